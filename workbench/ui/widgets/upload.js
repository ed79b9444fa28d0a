// Sends a file in parts; each is acknowledged before the next one leaves.

const PICTURE =
  '<svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true"><path fill="currentColor" ' +
  'd="M8 1 3.5 5.5h3V11h3V5.5h3zM2 10.5V15h12v-4.5h-1.6v2.9H3.6v-2.9z"/></svg>';

function render({ model, el }) {
  const chooser = document.createElement("input");
  chooser.type = "file";
  chooser.accept = model.get("accept");
  chooser.hidden = true;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "swb-upload";
  button.title = model.get("hint");
  const words = model.get("label");
  button.setAttribute("aria-label", words || model.get("hint"));
  button.classList.toggle("swb-worded", words !== "");
  const rest = () => {
    button.innerHTML = PICTURE;
    if (words) button.append(words);
    button.removeAttribute("aria-busy");
  };

  let file = null;
  let upload = "";
  const sendFrom = async (start) => {
    const mine = upload;
    const part = await file.slice(start, start + model.get("part_bytes")).arrayBuffer();
    if (mine !== upload) return; // another file was chosen meanwhile
    const about = { kind: "part", upload, name: file.name, size: file.size, start };
    model.send(about, undefined, [part]);
  };
  const stop = (reason) => {
    upload = "";
    rest();
    button.textContent = "!";
    button.title = reason;
  };
  const fail = () => stop(`${file.name} cannot be read on this computer; choose it again.`);
  const taken = (content) => {
    if (content?.upload !== upload) return;
    if (content.kind === "refused") stop(content.reason);
    if (content.kind !== "taken") return;
    if (content.bytes >= file.size) {
      upload = "";
      rest();
      return;
    }
    button.textContent = `${Math.floor((100 * content.bytes) / file.size)} %`;
    sendFrom(content.bytes).catch(fail);
  };
  button.addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    file = chooser.files[0] ?? null;
    chooser.value = ""; // the same file may be chosen once more
    if (file === null) return;
    upload = `${Date.now()}-${Math.random()}`;
    button.title = model.get("hint");
    button.textContent = "0 %";
    button.setAttribute("aria-busy", "true");
    sendFrom(0).catch(fail);
  });
  model.on("msg:custom", taken);
  rest();
  el.replaceChildren(button, chooser);
  return () => model.off("msg:custom", taken);
}

export default { render };
