// The head of a figure's card: its title, and buttons that save the figure as it is shown.
//
// Pictures are made here, of the figure in the same card: no file and no program of the server takes
// part. Tables come from the kernel, as a message.

const FIGURE = ".snn-workbench-bokeh-pane";
const PICTURES = ["png", "svg"];

function render({ model, el }) {
  el.classList.add("swb-card-head");
  const title = document.createElement("div");
  title.className = "swb-card-title";
  title.setAttribute("role", "heading");
  title.setAttribute("aria-level", "3");
  const summary = document.createElement("p");
  summary.className = "swb-summary";
  const buttons = document.createElement("div");
  buttons.className = "swb-save-buttons";
  buttons.setAttribute("role", "group");
  const problem = document.createElement("span");
  problem.className = "swb-problem";
  problem.setAttribute("role", "alert");

  const figure = () => el.closest(".swb-card")?.querySelector(FIGURE);
  const say = (text) => (problem.textContent = text);
  const view = Math.random(); // by which it knows answers to its own requests

  const picture = async (kind) => {
    say("");
    try {
      const about = { title: model.get("title"), words: model.get("summary") };
      const blob = await figure().takePicture(kind, about);
      if (blob == null) throw new Error("the browser has no memory left for it");
      saveFile(`${model.get("file_name")}.${kind}`, blob);
    } catch (error) {
      say(`Not saved: ${error?.message ?? error}`);
    }
  };
  const table = (name) => {
    say("");
    model.send({ kind: "table", name, view });
  };
  // The answer reaches every view; the one whose button was pressed saves it.
  const answer = (content, buffers) => {
    if (content?.view !== view) return;
    say(content.kind === "refused" ? content.reason : "");
    if (content.kind === "file") saveFile(content.name, new Blob([buffers[0]], { type: "text/csv" }));
  };

  const button = (label, hint, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "swb-save";
    made.textContent = label;
    made.title = hint;
    made.setAttribute("aria-label", hint);
    made.addEventListener("click", act);
    return made;
  };
  const offer = () => {
    const tables = model.get("tables");
    const about = model.get("title");
    buttons.setAttribute("aria-label", `Save: ${about}`);
    buttons.replaceChildren(
      ...PICTURES.map((kind) => button(kind.toUpperCase(), `Save as ${kind.toUpperCase()}: ${about}`, () => picture(kind))),
      ...tables.map((name) => {
        const label = tables.length > 1 ? `CSV ${name}` : "CSV";
        return button(label, `Save ${name} as CSV: ${about}`, () => table(name));
      }),
    );
  };
  const show = () => {
    const [words, about] = [model.get("summary"), model.get("title")];
    title.textContent = about;
    summary.textContent = title.title = words;
    const plot = figure();
    plot?.setAttribute("role", "group");
    plot?.setAttribute("aria-label", words ? `${about}. ${words}` : about);
  };
  const retitle = () => {
    const focused = [...buttons.children].indexOf(document.activeElement);
    offer();
    buttons.children[focused]?.focus();
    show();
  };
  model.on("msg:custom", answer);
  model.on("change:summary", show);
  model.on("change:title", retitle);
  offer();
  el.replaceChildren(title, problem, buttons, summary);
  show();
  const later = setTimeout(show, 500); // the figure beside it comes a moment later
  return () => {
    clearTimeout(later);
    model.off("msg:custom", answer);
    model.off("change:summary", show);
    model.off("change:title", retitle);
  };
}

export default { render };
