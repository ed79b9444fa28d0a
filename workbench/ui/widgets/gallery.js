// Small pictures of samples as buttons: one of them takes the Tab key, arrow keys walk among them.

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function card(thumbnail, choose) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "swb-thumbnail";
  button.classList.toggle("swb-wrong", thumbnail.wrong);
  button.title = thumbnail.name;
  button.setAttribute("aria-label", thumbnail.name);
  const image = document.createElement("img");
  image.alt = "";
  image.src = thumbnail.picture;
  const caption = document.createElement("span");
  caption.className = "swb-caption";
  caption.textContent = thumbnail.caption;
  const detail = document.createElement("span");
  detail.className = "swb-detail";
  detail.textContent = thumbnail.detail;
  button.append(image, caption, detail);
  button.addEventListener("click", () => choose(thumbnail.number));
  return button;
}

function render({ model, el }) {
  el.classList.add("swb-gallery");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", "Samples");
  let buttons = [];
  const mark = () => {
    const shown = model.get("shown");
    const numbers = model.get("thumbnails").map(({ number }) => number);
    const current = numbers.indexOf(shown);
    buttons.forEach((button, place) => {
      button.toggleAttribute("aria-current", place === current);
      if (place === current) button.setAttribute("aria-current", "true");
      button.tabIndex = place === Math.max(0, current) ? 0 : -1;
    });
  };
  const draw = () => {
    const choose = (number) => model.send({ choose: number });
    buttons = model.get("thumbnails").map((thumbnail) => card(thumbnail, choose));
    el.replaceChildren(...buttons);
    mark();
  };
  el.addEventListener("keydown", (event) => {
    event.stopPropagation(); // no notebook shortcuts
    const place = buttons.indexOf(event.target.closest(".swb-thumbnail"));
    if (!(event.key in STEPS) || place < 0) return;
    event.preventDefault();
    buttons[Math.min(buttons.length - 1, Math.max(0, place + STEPS[event.key]))].focus();
  });
  model.on("change:thumbnails", draw);
  model.on("change:shown", mark);
  draw();
  return () => {
    model.off("change:thumbnails", draw);
    model.off("change:shown", mark);
  };
}

export default { render };
