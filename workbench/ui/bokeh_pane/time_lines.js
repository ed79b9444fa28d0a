// The time over the plots of one view: a line of the page's own over each figure that has a Span of
// the name `time_cursor`, which itself stays unseen. A change of the Span would have BokehJS measure
// every label and, where a border is wider than its labels, lay the figure out anew: in each frame.

const CURSOR = "time_cursor";

function* cursorsIn(view) {
  if (view.model.name === CURSOR) yield view;
  for (const child of view.children()) yield* cursorsIn(child);
}

class TimeLines {
  // `roots` are BokehJS's views of what is shown.
  constructor(roots, colour) {
    this.roots = roots;
    this.colour = colour;
    this.now = null;
    this.lines = new Map(); // by the view of the Span
    this.look();
  }

  // Take in figures that came, and forget those that went.
  look() {
    const shown = new Set();
    for (const root of this.roots) for (const view of cursorsIn(root)) shown.add(view);
    for (const [view, line] of this.lines) {
      if (shown.has(view)) continue;
      line.remove();
      this.lines.delete(view);
    }
    for (const view of shown) if (!this.lines.has(view)) this.add(view);
  }

  add(view) {
    const line = document.createElement("div");
    line.className = "swb-time-line";
    Object.assign(line.style, { position: "absolute", left: "0", top: "0", width: "2px", pointerEvents: "none", willChange: "transform" });
    view.plot_view.canvas_view.overlays_el.append(line);
    this.lines.set(view, line);
    view.plot_view.repainted.connect(() => this.place(view)); // zoomed, or of another size
    this.place(view);
  }

  show(now) {
    this.now = now != null && now.step > 0 ? now : null;
    for (const view of this.lines.keys()) this.place(view);
  }

  setColour(colour) {
    this.colour = colour;
    for (const view of this.lines.keys()) this.place(view);
  }

  place(view) {
    const line = this.lines.get(view);
    if (line == null) return;
    const { left, right, top, height } = view.plot_view.frame.bbox;
    const x = this.now == null ? NaN : view.coordinates.x_scale.compute(this.now.x);
    const seen = height > 0 && x >= left && x <= right;
    line.style.display = seen ? "" : "none";
    if (!seen) return;
    line.dataset.time = this.now.x;
    line.style.transform = `translate(${x - 1}px, ${top}px)`;
    if (line.swbHeight !== height) line.style.height = `${(line.swbHeight = height)}px`;
    if (line.swbColour !== this.colour) line.style.backgroundColor = line.swbColour = this.colour;
  }
}

