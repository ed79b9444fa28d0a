// The bytes come as a message and leave as a Blob that the browser saves.

function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "swb-download";
  const problem = document.createElement("span");
  problem.className = "swb-problem";
  problem.setAttribute("role", "alert");
  const show = () => {
    button.textContent = `⤓ ${model.get("label") || model.get("file_name")}`;
    button.title = model.get("hint") || `Save ${model.get("file_name")} on this computer`;
    problem.textContent = model.get("error");
  };
  const save = (content, buffers) => {
    if (content?.kind !== "file") return;
    saveFile(content.name, new Blob([buffers[0]]));
  };
  // The answer reaches every view of the button; the one that was clicked saves it.
  let asked = 0;
  const answer = (content, buffers) => {
    if (asked === 0) return;
    asked -= 1;
    save(content, buffers);
  };
  button.addEventListener("click", () => {
    asked += 1;
    model.send("get");
  });
  model.on("msg:custom", answer);
  model.on("change", show);
  show();
  el.replaceChildren(button, problem);
  return () => {
    model.off("msg:custom", answer);
    model.off("change", show);
  };
}

export default { render };
