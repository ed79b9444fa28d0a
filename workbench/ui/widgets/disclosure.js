// A button that shows and hides its following siblings; the style sheet does it, by a class of this one.

function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "swb-disclose";
  const show = () => {
    const open = model.get("unfolded");
    button.textContent = model.get("title");
    button.setAttribute("aria-expanded", String(open));
    el.classList.toggle("mod-open", open);
  };
  button.addEventListener("click", () => {
    model.set("unfolded", !model.get("unfolded"));
    model.save_changes();
  });
  button.addEventListener("keydown", (event) => event.stopPropagation()); // no notebook shortcuts
  model.on("change:title change:unfolded", show);
  show();
  el.replaceChildren(button);
  return () => model.off("change:title change:unfolded", show);
}

export default { render };
