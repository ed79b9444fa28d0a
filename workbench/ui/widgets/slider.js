// A native slider over places: it speaks only when a person moves it, never when it is set.

const unique = () => crypto.getRandomValues(new Uint32Array(2)).join("-");

const PAUSE_MS = 700; // Presses of a key that follow sooner belong together.

function render({ model, el }) {
  const label = document.createElement("label");
  label.className = "widget-label";
  const range = document.createElement("input");
  range.type = "range";
  range.className = "swb-range";
  range.min = 0;
  range.step = 1;
  range.id = label.htmlFor = `swb-${unique()}`;

  const nearest = (value) => {
    const distances = model.get("places").map((place) => Math.abs(place - value));
    return distances.indexOf(Math.min(...distances));
  };
  const show = () => {
    const value = model.get("value");
    range.max = model.get("places").length - 1;
    range.value = nearest(value);
    range.setAttribute("aria-valuetext", String(value)); // the value itself, not its place
  };
  const name = () => {
    label.textContent = model.get("description");
    label.title = range.title = model.get("tooltip");
    range.setAttribute("aria-label", model.get("description"));
  };
  // A drag, or several key presses in a row, is one gesture: it is undone in one step.
  let gesture = unique();
  let pressed = -Infinity;
  range.addEventListener("pointerdown", () => (gesture = unique()));
  range.addEventListener("keydown", () => {
    if (performance.now() - pressed > PAUSE_MS) gesture = unique();
    pressed = performance.now();
  });
  range.addEventListener("input", () => {
    const place = model.get("places")[Number(range.value)];
    range.setAttribute("aria-valuetext", String(place));
    model.set("gesture", gesture);
    model.set("value", place);
    model.save_changes();
  });
  range.addEventListener("keydown", (event) => event.stopPropagation()); // no notebook shortcuts
  model.on("change:value change:places", show);
  model.on("change:description change:tooltip", name);
  name();
  show();
  el.classList.add("swb-slider");
  el.replaceChildren(label, range);
  return () => {
    model.off("change:value change:places", show);
    model.off("change:description change:tooltip", name);
  };
}

export default { render };
