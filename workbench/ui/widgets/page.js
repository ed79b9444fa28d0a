// ipywidgets gives inputs without a description no accessible name. Each row of controls says in its
// label what it is about; this hands the words on.

const ROW = ".swb-row";
const PAGE_OF = Symbol("model"); // of an element that shows a Page
const CAPTION = "Last picture of the workbench. To use it, run this cell.";
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

const words = (row) => row.querySelector(".widget-label:not([style*='none']), span")?.textContent.trim() || "this";

// Help on each row of controls, behind a question mark: a mouse that rests on the row, a finger, and
// the keyboard all get at it.
function explain(root, helps) {
  for (const [css, text] of Object.entries(helps)) {
    for (const row of root.querySelectorAll(`${ROW}.${css}`)) {
      const button = row.querySelector(":scope > .swb-help") ?? helpButton(row);
      if (button.title === text) continue;
      row.title = button.title = text;
      const note = row.querySelector(":scope > .swb-help-text");
      if (note != null) note.textContent = text;
    }
  }
}

function helpButton(row) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "swb-help";
  button.textContent = "?";
  button.setAttribute("aria-label", `About ${words(row)}`);
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    const open = row.classList.toggle("swb-helped");
    button.setAttribute("aria-expanded", String(open));
    row.querySelector(":scope > .swb-help-text")?.remove();
    if (!open) return;
    const note = document.createElement("p");
    note.className = "swb-help-text";
    note.setAttribute("role", "note");
    note.textContent = button.title;
    row.append(note);
  });
  row.append(button);
  return button;
}

// A way back to the default on each row whose setting is another.
function offerReset(root, changed, reset) {
  for (const old of root.querySelectorAll(`${ROW} > .swb-undo-row`)) {
    if (!changed.some((css) => old.parentElement.classList.contains(css))) old.remove();
  }
  for (const css of changed) {
    for (const row of root.querySelectorAll(`${ROW}.${css}`)) {
      if (row.querySelector(":scope > .swb-undo-row") != null) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "swb-undo-row";
      button.textContent = "↺";
      button.title = `Set ${words(row)} back to its default`;
      button.setAttribute("aria-label", button.title);
      button.addEventListener("click", () => reset(css));
      row.append(button);
    }
  }
}

const WIDE = 1460; // pixels from which type is larger; screen.css has the same number

// Pixels of height that the first plots have on the first screen; null while they are not shown.
function roomOfPlots(root) {
  const plots = root?.querySelector(".swb-main .swb-cards");
  if (plots?.offsetParent == null) return null;
  const scrolled = document.fullscreenElement === root ? null : root.closest(".jp-WindowedPanel-outer, #site");
  const height = scrolled?.clientHeight ?? window.innerHeight;
  const above = plots.getBoundingClientRect().top - root.getBoundingClientRect().top + root.scrollTop;
  return Math.round(height - above);
}

function render({ model, el }) {
  el.classList.add("swb-page");
  let root = null;
  const unwatch = watchKernel(model, () => root);
  const presentation = watchPresentation(model, () => root);
  let timer = null;
  const reset = (row) => model.send({ kind: "reset", row });
  const tell = () => {
    timer = null;
    if (root == null) return;
    label(root);
    explain(root, model.get("helps"));
    offerReset(root, model.get("changed"), reset);
  };
  const later = () => (timer ??= setTimeout(tell, 200));
  const observer = new MutationObserver(later);
  model.on("change:helps change:changed", later);
  const measure = () => {
    if (root == null) return;
    const room = roomOfPlots(root) ?? model.get("plot_room");
    const wide = root.clientWidth >= WIDE;
    if (Math.abs(room - model.get("plot_room")) < 2 && wide === model.get("wide")) return;
    model.set({ plot_room: room, wide });
    model.save_changes();
  };
  let resized = null;
  const resize = () => {
    clearTimeout(resized);
    resized = setTimeout(measure, 300);
  };
  window.addEventListener("resize", resize);
  let showStandIn = () => {};
  const mark = () => {
    showStandIn();
    showStandIn = hideStandIn(model.get("mark"));
  };
  model.on("change:mark", mark);
  mark();
  // One view answers, where a page has several.
  const onMessage = async (content) => {
    if (content?.kind === "stand_in") keepStandIn(model, model.get("mark"), content);
    if (content?.kind !== "picture" || root == null) return;
    const views = [...document.querySelectorAll(".swb-page")].filter((other) => other[PAGE_OF] === model && other.closest(".swb-app")?.checkVisibility());
    if (views[0] !== el) return;
    const picture = await screenPicture(root, CAPTION);
    if (picture != null) model.send({ kind: "picture", width: picture.width }, undefined, [await picture.blob.arrayBuffer()]);
  };
  el[PAGE_OF] = model;
  model.on("msg:custom", onMessage);
  const rootResized = new ResizeObserver(resize); // what stands above the plots may grow
  const begin = setInterval(() => {
    root = el.closest(".swb-app");
    if (root == null) return;
    clearInterval(begin);
    observer.observe(root, { childList: true, subtree: true });
    rootResized.observe(root);
    tell();
    presentation.begin();
    measure();
    // All widgets are there by now. What changed while they were made has not reached them.
    model.send({ kind: "shown" });
  }, 100);
  return () => {
    unwatch();
    showStandIn();
    model.off("change:mark", mark);
    model.off("msg:custom", onMessage);
    presentation.stop();
    window.removeEventListener("resize", resize);
    clearTimeout(resized);
    model.off("change:helps change:changed", later);
    clearInterval(begin);
    clearTimeout(timer);
    observer.disconnect();
    rootResized.disconnect();
  };
}

// Not awaited: a model is there once this returns.
function initialize({ model }) {
  mendOutputs(model);
}

export default { initialize, render };
