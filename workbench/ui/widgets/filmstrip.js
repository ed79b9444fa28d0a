// A list box of pictures. The arrow keys go to the neighbour at once; the kernel sends new neighbours.

function render({ model, el }) {
  const list = document.createElement("div");
  list.className = "swb-frames";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Neighbouring samples");
  list.setAttribute("aria-orientation", "horizontal");

  const choose = (number) => {
    if (number === model.get("value")) return;
    model.set("value", number);
    model.save_changes();
    show();
  };
  const show = () => {
    const focused = list.contains(list.getRootNode().activeElement);
    const chosen = model.get("value");
    const frames = model.get("frames").map(({ number, picture, words }) => {
      const frame = document.createElement("button");
      frame.type = "button";
      frame.className = "swb-frame";
      frame.setAttribute("role", "option");
      frame.setAttribute("aria-selected", String(number === chosen));
      frame.setAttribute("aria-label", words);
      frame.title = words;
      frame.tabIndex = number === chosen ? 0 : -1;
      const image = document.createElement("img");
      image.src = picture;
      image.alt = "";
      frame.append(image);
      frame.addEventListener("click", () => choose(number));
      return frame;
    });
    list.replaceChildren(...frames);
    if (focused) frames.find((frame) => frame.tabIndex === 0)?.focus();
  };
  list.addEventListener("keydown", (event) => {
    const numbers = model.get("frames").map(({ number }) => number);
    const place = numbers.indexOf(model.get("value"));
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (step == null) return;
    event.preventDefault();
    event.stopPropagation(); // no notebook shortcuts
    const next = numbers[place + step];
    if (next != null) choose(next);
  });
  model.on("change:value change:frames", show);
  show();
  el.classList.add("swb-filmstrip");
  el.replaceChildren(list);
  return () => model.off("change:value change:frames", show);
}

export default { render };
