// The clipboard proper exists on secure pages alone; elsewhere a selected field is copied.

const SAID_MS = 1500;

async function toClipboard(text) {
  if (navigator.clipboard != null) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused by the browser: try the other way.
    }
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}

function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "swb-download swb-copy";
  let timer = null;
  const show = () => {
    button.textContent = model.get("label");
    button.title = model.get("hint");
  };
  button.addEventListener("click", async () => {
    const copied = await toClipboard(model.get("text"));
    button.textContent = copied ? "Copied" : "Select the lines and press Ctrl+C";
    clearTimeout(timer);
    timer = setTimeout(show, SAID_MS);
  });
  button.setAttribute("aria-live", "polite");
  model.on("change:label change:hint", show);
  show();
  el.replaceChildren(button);
  return () => {
    clearTimeout(timer);
    model.off("change:label change:hint", show);
  };
}

export default { render };
