// One card per layer: what it is, how it fires now, how often, and where it clips.

const SPARK_POINTS = 120;
const RATE_FRAMES = 10; // the number that a card tells is the mean of so many frames

function node(name, css, ...children) {
  const part = document.createElement(name);
  if (css) part.className = css;
  part.append(...children);
  return part;
}

// Change a text as cheaply as can be: the page's style has to be found anew for other elements, not
// for other letters.
function say(part, text) {
  const letters = part.firstChild ?? part.appendChild(document.createTextNode(""));
  if (letters.data !== text) letters.data = text;
}

// Tells its explanation on hover, and on a click below the strip.
function explained(text, explanation, explain, css = "swb-explain") {
  const button = node("button", css, text);
  button.type = "button";
  button.title = explanation;
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    explain(button.title, button);
  });
  return button;
}

class LayerCard {
  constructor(card, { explain, focus, clip }) {
    this.card = card;
    this.name = card.name;
    this.el = node("section", `swb-strip-card swb-strip-${card.kind}`);
    this.el.dataset.layer = card.name;
    this.el.style.gridColumn = card.place[0] + 1;
    this.el.style.gridRow = card.place[1] + 1;
    if (card.colour) this.el.style.setProperty("--swb-layer", card.colour);
    this.el.setAttribute("aria-label", card.name);
    this.title = node("button", "swb-strip-name", node("span", "swb-dot"), card.label);
    this.title.type = "button";
    this.title.title = `${card.name}: look at this layer in every view`;
    this.title.setAttribute("aria-pressed", "false");
    this.loss = explained("", "", explain, "swb-strip-loss");
    this.loss.hidden = true;
    const facts = node("div", "swb-strip-facts", ...card.facts.map((fact) => explained(fact.text, fact.explanation, explain)));
    this.el.append(node("header", "swb-strip-head", this.title, this.loss), facts);
    if (card.kind !== "input") this.el.addEventListener("click", () => focus(card.name));
    else this.title.disabled = true;
    this.addPicture();
    if (card.kind === "output") this.addRace();
    if (card.spikes) this.addRate(explain);
    if (card.kind === "neurons" || card.kind === "output") this.addClip(explain, clip);
  }

  addPicture() {
    this.view = node("div", "swb-strip-view");
    if (this.card.kind === "input") this.view.append((this.sample = node("div", "swb-strip-sample")));
    if (this.card.spikes && this.card.kind !== "output") {
      const canvas = node("canvas", "swb-strip-map");
      canvas.setAttribute("role", "img");
      this.picture = new FiringPicture(canvas, this.card);
      const { width, height, shown } = this.picture;
      canvas.style.aspectRatio = `${width} / ${height}`;
      canvas.style.setProperty("--swb-aspect", width / height);
      const about = `Spikes of ${this.name}: ${shown}`;
      canvas.setAttribute("aria-label", about);
      canvas.title = about;
      this.view.classList.toggle("swb-strip-beside", this.sample != null);
      this.view.append(canvas);
    }
    this.el.append(this.view);
  }

  addRace() {
    this.race = node("div", "swb-strip-race");
    this.race.setAttribute("role", "img");
    this.view.replaceWith(this.race);
    this.runners = [];
  }

  addRate(explain) {
    this.line = svg("path", { class: "swb-strip-line" });
    this.mark = svg("line", { class: "swb-strip-mark", x1: 0, x2: 0, y1: 0, y2: 1 });
    const spark = svg("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" }, this.line, this.mark);
    this.rate = explained("", "", explain, "swb-explain swb-strip-rate");
    this.el.append(node("div", "swb-strip-spark", spark, this.rate));
  }

  addClip(explain, clip) {
    this.clip = new ClipLine(this.name, (moved) => clip({ layer: this.name, ...moved }));
    this.clip.words.addEventListener("click", (event) => {
      event.stopPropagation();
      explain(this.clip.words.title, this.clip.words);
    });
    this.clip.box.addEventListener("click", (event) => event.stopPropagation());
    this.clip.show(null);
    this.el.append(this.clip.box, this.clip.words);
  }

  setText(colour) {
    this.picture?.setText(colour);
  }

  setFocus(layer) {
    this.el.classList.toggle("swb-strip-focused", layer === this.name);
    this.title.setAttribute("aria-pressed", String(layer === this.name));
  }

  setLoss(loss) {
    this.loss.hidden = loss == null;
    this.el.classList.toggle("swb-strip-lossy", loss != null);
    if (loss == null) return;
    this.el.style.setProperty("--swb-loss", Math.min(1, Math.max(0, loss.share)));
    this.loss.textContent = loss.text;
    this.loss.title = loss.help ?? loss.text;
  }

  setSample(pictures) {
    if (this.sample == null) return;
    this.sample.replaceChildren(
      ...pictures.map(([name, address]) => {
        const picture = node("img", "swb-strip-input-picture");
        picture.src = address;
        picture.alt = picture.title = name ? `Sample, input ${name}` : "Sample";
        return picture;
      }),
    );
  }

  // More frames, or another run.
  setFrames(frames, units) {
    if (this.line != null) this.drawSpark(frames);
    if (this.race != null) this.makeRunners(frames);
    this.clock = frames.about?.clock[units];
    if (this.rate != null) {
      const unit = { Hz: "hertz", "spikes/step": "spikes per unit and step", "spikes/window": "spikes per unit and window" }[this.clock?.rate_unit];
      this.rate.title = `${this.name}: mean firing rate in the ${RATE_FRAMES} steps before the time shown, in ${unit}. The line: the rate over the whole run, its highest value on top.`;
    }
  }

  drawSpark(frames) {
    const every = Math.max(1, Math.ceil(frames.count / SPARK_POINTS));
    const points = [];
    for (let frame = every; frame <= frames.done + every - 1; frame += every) {
      const end = Math.min(frame, frames.done);
      points.push([end / frames.count, frames.rate(this.name, this.card.size, end, 2 * every)]);
    }
    const most = Math.max(1e-9, ...points.map(([, rate]) => rate));
    this.line.setAttribute("d", points.map(([x, rate], i) => `${i ? "L" : "M"}${x.toFixed(4)} ${(0.96 - (0.9 * rate) / most).toFixed(3)}`).join(""));
  }

  makeRunners({ about }) {
    const key = JSON.stringify([about.classes, about.race.outputs, about.true, about.targets]);
    if (key === this.runnersKey) return;
    this.runnersKey = key;
    this.runners = about.race.outputs.map((output, place) => {
      const isTrue = output === about.true;
      const name = node("span", "swb-strip-class", about.classes[place]);
      const bar = node("span", "swb-strip-bar");
      const number = node("span", "swb-strip-number");
      const row = node("div", "swb-strip-runner", name, node("span", "swb-strip-track", bar), number);
      row.classList.toggle("swb-strip-true", isTrue);
      row.title = isTrue ? `${about.classes[place]}: the true class` : about.classes[place];
      return { row, bar, number };
    });
    this.race.replaceChildren(...this.runners.map(({ row }) => row));
  }

  // The picture at a time between steps; numbers change from step to step.
  draw(frames, time, stride) {
    this.picture?.draw(frames.layers.get(this.name), time, stride);
  }

  tell(frames, frame) {
    if (this.mark != null) {
      const x = frames.count ? frame / frames.count : 0;
      this.mark.setAttribute("transform", `translate(${x} 0)`);
      const rate = frames.rate(this.name, this.card.size, frame, RATE_FRAMES);
      const { rate_unit = "", rate_scale = 1 } = this.clock ?? {};
      say(this.rate, rate_unit === "Hz" ? `${(rate * rate_scale).toPrecision(3)} Hz` : (rate * rate_scale).toFixed(3));
    }
    if (this.race != null && frames.about != null) this.tellRace(frames, frame);
  }

  tellRace(frames, frame) {
    const values = frames.standings(frames.stepsAt(frame));
    const most = frames.farthest || 1;
    const best = Math.max(...values.map((value) => (frames.about.regression ? Infinity : value)));
    this.runners.forEach((runner, place) => {
      const { row, bar, number } = runner;
      const value = values[place] ?? 0;
      const leads = value === best && value > 0;
      const shown = `${value} of ${most} ${leads}`;
      if (runner.shown === shown) return;
      runner.shown = shown;
      bar.style.transform = `scaleX(${Math.abs(value) / most})`;
      bar.classList.toggle("swb-strip-below", value < 0);
      say(number, Number.isInteger(value) ? String(value) : value.toPrecision(3));
      row.classList.toggle("swb-strip-leads", leads);
    });
  }

  dispose() {
    this.clip?.dispose();
  }
}

