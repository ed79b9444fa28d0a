// Presentation mode: a class of the workbench, and the whole screen where a click asks for it. Esc leaves.

// Returns how to stop; `root` returns what the widget stands in.
function watchPresentation(model, root) {
  const set = (presenting) => {
    model.set("presentation", presenting);
    model.save_changes();
  };
  const show = () => {
    const presenting = model.get("presentation");
    root()?.classList.toggle("swb-presenting", presenting);
    if (!presenting && document.fullscreenElement === root()) document.exitFullscreen();
    window.dispatchEvent(new Event("resize")); // plots take their new room
  };
  const click = (event) => {
    if (!event.target.closest?.(".swb-present") || model.get("presentation")) return;
    root().requestFullscreen?.().catch(() => {}); // a page that may not have it stays as it is
  };
  const key = (event) => {
    if (event.key !== "Escape" || !model.get("presentation")) return;
    event.stopPropagation();
    set(false);
  };
  const left = () => {
    if (document.fullscreenElement == null && model.get("presentation")) set(false);
  };
  model.on("change:presentation", show);
  document.addEventListener("keydown", key, true);
  document.addEventListener("fullscreenchange", left);
  return {
    begin: () => {
      root().addEventListener("click", click);
      if (new URLSearchParams(location.search).has("presentation")) set(true);
      show();
    },
    stop: () => {
      model.off("change:presentation", show);
      document.removeEventListener("keydown", key, true);
      document.removeEventListener("fullscreenchange", left);
      root()?.removeEventListener("click", click);
    },
  };
}
