// Plain keys belong to the control that has the focus, not to the notebook around the workbench, whose
// shortcuts are letters and arrows. Notebook 7 takes keys before they reach an element, unless that has
// this attribute. Keys with Ctrl, and Escape, stay shortcuts, such as Ctrl+S.
function keepKeys(root) {
  const onKey = (event) => {
    const { target } = event;
    if (!root()?.contains(target)) return;
    const shortcut = event.ctrlKey || event.metaKey || event.altKey || event.key === "Escape";
    target.toggleAttribute("data-lm-suppress-shortcuts", !shortcut);
  };
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}
