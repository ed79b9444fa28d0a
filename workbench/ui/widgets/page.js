// ipywidgets gives inputs without a description no accessible name. Each row of controls says in its
// label what it is about; this hands the words on.

const ROW = ".swb-row";
const NAMELESS = "input:not([aria-label]), select:not([aria-label])";

function label(root) {
  for (const row of root.querySelectorAll(ROW)) {
    // Some widgets carry an empty label of their own beside the one that is read.
    const labels = [...row.querySelectorAll(".widget-label")].map((part) => part.textContent.replace("\u200b", "").trim());
    const words = labels.find((text) => text !== "");
    if (!words) continue;
    for (const control of row.querySelectorAll(NAMELESS)) {
      const own = control.closest(".jupyter-widgets")?.querySelector(".widget-label")?.textContent.trim();
      const name = control.type !== "number" ? words : own && own !== words ? `${own} of ${words}` : `${words} (number)`;
      if (control.getAttribute("aria-label") !== name) control.setAttribute("aria-label", name);
    }
  }
}

// Help on each row of controls, behind a question mark: a mouse that rests on the row, a finger, and
// the keyboard all get at it.
function explain(root, helps) {
  for (const [css, text] of Object.entries(helps)) {
    for (const row of root.querySelectorAll(`${ROW}.${css}`)) {
      if (row.querySelector(":scope > .swb-help") != null) continue;
      const words = row.querySelector(".widget-label:not([style*='none']), span")?.textContent;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "swb-help";
      button.textContent = "?";
      button.setAttribute("aria-label", `About ${words?.trim() || "this"}`);
      button.setAttribute("aria-expanded", "false");
      row.title = button.title = text;
      const note = document.createElement("p");
      note.className = "swb-help-text";
      note.setAttribute("role", "note");
      note.textContent = text;
      button.addEventListener("click", () => {
        const open = row.classList.toggle("swb-helped");
        button.setAttribute("aria-expanded", String(open));
        if (open) row.append(note);
        else note.remove();
      });
      row.append(button);
    }
  }
}

function render({ model, el }) {
  el.classList.add("swb-page");
  let root = null;
  const unwatch = watchKernel(model, () => root);
  let timer = null;
  const tell = () => {
    timer = null;
    if (root == null) return;
    label(root);
    explain(root, model.get("helps"));
  };
  const later = () => (timer ??= setTimeout(tell, 200));
  const observer = new MutationObserver(later);
  const begin = setInterval(() => {
    root = el.closest(".swb-app");
    if (root == null) return;
    clearInterval(begin);
    observer.observe(root, { childList: true, subtree: true });
    tell();
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
