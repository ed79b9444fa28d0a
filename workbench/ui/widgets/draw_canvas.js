// A canvas for mouse, finger and pen. It holds strokes, not pixels: what is on the screen, what the
// kernel computes with, and what undo takes back are the same.

const RESOLUTION = 420; // pixels of the canvas in either direction
const NEAR = 0.008; // points closer than this add nothing

const unique = () => crypto.getRandomValues(new Uint32Array(2)).join("-");
const rounded = (share) => Math.round(share * 1000) / 1000;

function paint(canvas, strokes) {
  const context = canvas.getContext("2d");
  context.globalCompositeOperation = "source-over";
  context.fillStyle = "#000";
  context.fillRect(0, 0, RESOLUTION, RESOLUTION);
  context.lineCap = context.lineJoin = "round";
  for (const { points, width, erase } of strokes) {
    context.strokeStyle = erase ? "#000" : "#fff";
    context.lineWidth = width * RESOLUTION;
    context.beginPath();
    context.moveTo(points[0] * RESOLUTION, points[1] * RESOLUTION);
    for (let i = 0; i < points.length; i += 2) context.lineTo(points[i] * RESOLUTION, points[i + 1] * RESOLUTION);
    context.stroke();
  }
}

// Beside an empty canvas stands what the network says of a test sample.
function invite(canvas) {
  const context = canvas.getContext("2d");
  context.fillStyle = "#8a8a8a";
  context.font = `${RESOLUTION / 9}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText("Draw here", RESOLUTION / 2, RESOLUTION / 2);
}

function button(label, title, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "swb-draw-button";
  made.textContent = label;
  made.title = title;
  made.addEventListener("click", act);
  return made;
}

function render({ model, el }) {
  el.classList.add("swb-draw");
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = RESOLUTION;
  canvas.className = "swb-canvas";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Canvas: draw here with the mouse, a finger or a pen");
  let strokes = model.get("value");
  let erasing = false;
  let drawing = null; // the stroke that is being drawn, and the pointer that draws it
  let sent = 0;
  let timer = null;
  let gesture = unique();

  const send = () => {
    clearTimeout(timer);
    timer = null;
    sent = performance.now();
    // Whole copies: a trait that is changed in place is not seen to change.
    model.set("gesture", gesture);
    model.set("value", strokes.map((stroke) => ({ ...stroke, points: [...stroke.points] })));
    model.save_changes();
  };
  const sendSoon = () => {
    const wait = sent + model.get("send_ms") - performance.now();
    timer ??= setTimeout(send, Math.max(0, wait));
  };
  const show = () => {
    paint(canvas, strokes);
    if (strokes.length === 0) invite(canvas);
    undo.disabled = clear.disabled = strokes.length === 0 || model.get("disabled");
  };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [rounded((event.clientX - box.left) / box.width), rounded((event.clientY - box.top) / box.height)];
  };
  const extend = (event) => {
    // A fast pen moves several times between two frames.
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const move of moves.length > 0 ? moves : [event]) {
      const { points } = drawing.stroke;
      const [x, y] = at(move);
      if (Math.hypot(x - points.at(-2), y - points.at(-1)) >= NEAR) points.push(x, y);
    }
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (model.get("disabled") || drawing !== null || event.button > 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    gesture = unique();
    // The other end of a pen erases.
    const erase = erasing || event.buttons === 32;
    const stroke = { points: at(event), width: model.get("pen"), erase };
    drawing = { stroke, pointer: event.pointerId };
    strokes = [...strokes, stroke];
    show();
    sendSoon();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drawing === null || event.pointerId !== drawing.pointer) return;
    extend(event);
    show();
    sendSoon();
  });
  const finish = (event) => {
    if (drawing === null || event.pointerId !== drawing.pointer) return;
    drawing = null;
    send();
  };
  canvas.addEventListener("pointerup", finish);
  canvas.addEventListener("pointercancel", finish);

  const replace = (others) => {
    gesture = unique();
    strokes = others;
    show();
    send();
  };
  const undo = button("Undo stroke", "Take the last stroke back", () => replace(strokes.slice(0, -1)));
  const clear = button("Clear", "Take all strokes back: the test sample is shown again", () => replace([]));
  const eraser = button("Eraser", "Erase with the pointer", () => {
    erasing = !erasing;
    eraser.setAttribute("aria-pressed", String(erasing));
  });
  eraser.setAttribute("aria-pressed", "false");

  const onValue = () => {
    if (drawing !== null) return; // what is drawn right now is newer
    strokes = model.get("value");
    show();
  };
  const onDisabled = () => {
    canvas.classList.toggle("swb-disabled", model.get("disabled"));
    eraser.disabled = model.get("disabled");
    show();
  };
  model.on("change:value", onValue);
  model.on("change:disabled", onDisabled);
  const buttons = document.createElement("div");
  buttons.className = "swb-draw-buttons";
  buttons.append(eraser, undo, clear);
  el.replaceChildren(canvas, buttons);
  onDisabled();
  return () => {
    clearTimeout(timer);
    model.off("change:value", onValue);
    model.off("change:disabled", onDisabled);
  };
}

export default { render };
