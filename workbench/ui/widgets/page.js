// ipywidgets gives slider handles and inputs without a description no accessible name. Each row of
// controls says in its label what it is about; this hands the words on.

const ROW = ".swb-row";
const NAMELESS = ".noUi-handle, input:not([aria-label]), select:not([aria-label])";

function label(root) {
  for (const row of root.querySelectorAll(ROW)) {
    const words = row.querySelector(".widget-label")?.textContent.trim();
    if (!words) continue;
    for (const control of row.querySelectorAll(NAMELESS)) {
      const name = control.type === "number" ? `${words} (number)` : words;
      if (control.getAttribute("aria-label") !== name) control.setAttribute("aria-label", name);
    }
  }
}

function render({ el }) {
  el.classList.add("swb-page");
  let root = null;
  let timer = null;
  const later = () => (timer ??= setTimeout(() => ((timer = null), root && label(root)), 200));
  const observer = new MutationObserver(later);
  const begin = setInterval(() => {
    root = el.closest(".swb-app");
    if (root == null) return;
    clearInterval(begin);
    observer.observe(root, { childList: true, subtree: true });
    label(root);
  }, 100);
  return () => {
    clearInterval(begin);
    clearTimeout(timer);
    observer.disconnect();
  };
}

export default { render };
