// ipywidgets gives inputs without a description no accessible name. Each row of controls says in its
// label what it is about; this hands the words on.

const ROW = ".swb-row";
const NAMELESS = "input:not([aria-label]), select:not([aria-label])";

function label(root) {
  for (const row of root.querySelectorAll(ROW)) {
    // Some widgets carry an empty label of their own beside the one that is read.
    const labels = [...row.querySelectorAll(".widget-label")].map((part) => part.textContent.trim());
    const words = labels.find((text) => text !== "");
    if (!words) continue;
    for (const control of row.querySelectorAll(NAMELESS)) {
      const own = control.closest(".jupyter-widgets[title], [title]")?.getAttribute("title");
      const name = control.type !== "number" ? words : own ? `${own} of ${words}` : `${words} (number)`;
      if (control.getAttribute("aria-label") !== name) control.setAttribute("aria-label", name);
    }
  }
}

function render({ model, el }) {
  el.classList.add("swb-page");
  let root = null;
  const unwatch = watchKernel(model, () => root);
  let timer = null;
  const later = () => (timer ??= setTimeout(() => ((timer = null), root && label(root)), 200));
  const observer = new MutationObserver(later);
  const begin = setInterval(() => {
    root = el.closest(".swb-app");
    if (root == null) return;
    clearInterval(begin);
    observer.observe(root, { childList: true, subtree: true });
    label(root);
    // All widgets are there by now. What changed while they were made has not reached them.
    model.send({ kind: "shown" });
  }, 100);
  return () => {
    unwatch();
    clearInterval(begin);
    clearTimeout(timer);
    observer.disconnect();
  };
}

export default { render };
