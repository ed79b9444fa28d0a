// A layer's activations as a histogram, and the line at which they are clipped, for moving.

const SVG = "http://www.w3.org/2000/svg";
const SEND_MS = 60; // a drag tells the kernel at most this often where it is
const ROOM = 1.12; // the axis ends a bit beyond the largest activation, so that the line can too

function svg(name, attributes = {}, ...children) {
  const part = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
  part.append(...children);
  return part;
}

const unique = () => crypto.getRandomValues(new Uint32Array(2)).join("-");

class ClipLine {
  // `send` tells the kernel: { at } or { places }, with the gesture.
  constructor(layer, send) {
    this.layer = layer;
    this.send = send;
    this.bars = svg("path", { class: "swb-strip-bars" });
    this.clipped = svg("rect", { class: "swb-strip-clipped", y: 0, height: 1 });
    this.histogram = svg("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" }, this.bars, this.clipped);
    this.handle = document.createElement("div");
    this.handle.className = "swb-strip-clip";
    this.handle.tabIndex = 0;
    this.handle.setAttribute("role", "slider");
    this.box = document.createElement("div");
    this.box.className = "swb-strip-histogram";
    this.box.append(this.histogram, this.handle);
    this.words = document.createElement("button");
    this.words.type = "button";
    this.words.className = "swb-strip-clip-words swb-explain";
    this.dragging = false;
    this.gesture = unique();
    this.pressed = -Infinity;
    this.box.addEventListener("pointerdown", (event) => this.begin(event));
    this.box.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) this.box.addEventListener(end, (event) => this.end(event));
    this.handle.addEventListener("keydown", (event) => this.press(event));
  }

  show(clip) {
    this.clip = clip;
    for (const part of [this.box, this.words]) part.hidden = clip == null;
    if (clip == null) return;
    const width = 1 / clip.bars.length / ROOM;
    this.bars.setAttribute("d", clip.bars.map((high, i) => `M${i * width} 1V${1 - high}H${(i + 1) * width}V1Z`).join(""));
    if (!this.dragging) this.place(clip.at);
    const value = `${clip.setting} ${Number(clip.value.toPrecision(5))}`;
    this.words.textContent = value;
    this.words.title = this.box.title = clip.help;
    for (const [name, of] of Object.entries({
      label: `Clip line of ${this.layer}`,
      valuemin: clip.low,
      valuemax: clip.high,
      valuenow: clip.value,
      valuetext: `${value}: activations above ${Number(clip.at.toPrecision(3))} are clipped`,
    })) this.handle.setAttribute(`aria-${name}`, of);
  }

  place(at) {
    const share = Math.min(1, Math.max(0, at / this.clip.top / ROOM));
    this.handle.style.left = `${100 * share}%`;
    this.clipped.setAttribute("x", share);
    this.clipped.setAttribute("width", 1 - share);
  }

  // Not through the browser's own dragging: the line is where the pointer is, the answer follows.
  begin(event) {
    if (event.button !== 0 || this.clip == null) return;
    event.preventDefault();
    event.stopPropagation();
    this.handle.focus({ preventScroll: true });
    this.box.setPointerCapture(event.pointerId);
    this.dragging = true;
    this.gesture = unique();
    this.from = event.clientX;
    this.moved = false;
  }

  move(event) {
    if (!this.dragging) return;
    this.moved ||= Math.abs(event.clientX - this.from) > 2;
    if (!this.moved) return; // a click on the line is no wish for another place
    const { left, width } = this.box.getBoundingClientRect();
    this.wanted = (Math.min(1, Math.max(0.002, (event.clientX - left) / width)) * ROOM) * this.clip.top;
    this.place(this.wanted);
    this.timer ??= setTimeout(() => this.tell(), SEND_MS);
  }

  tell() {
    this.timer = null;
    if (this.wanted == null) return;
    this.send({ at: this.wanted, gesture: this.gesture });
    this.wanted = null;
  }

  end() {
    if (!this.dragging) return;
    this.dragging = false;
    clearTimeout(this.timer);
    this.tell();
  }

  press(event) {
    const places = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -1000, End: 1000 }[event.key];
    if (places == null || this.clip == null) return;
    event.preventDefault();
    event.stopPropagation();
    if (performance.now() - this.pressed > 700) this.gesture = unique(); // presses in a row are one change
    this.pressed = performance.now();
    this.send({ places, gesture: this.gesture });
  }

  dispose() {
    clearTimeout(this.timer);
  }
}

