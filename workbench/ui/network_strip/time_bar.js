// Play, pause, step, speed, loop and scrub, with the step from which the decision stays.

const MOST_TICKS = 6;

// Round numbers of steps, few enough to be read, the last one always.
function tickSteps(steps) {
  const least = steps / (MOST_TICKS - 1);
  const decade = 10 ** Math.floor(Math.log10(least));
  const every = Math.max(1, [1, 2, 2.5, 5, 10].map((factor) => factor * decade).find((each) => each >= least * 0.999 && (each >= 10 || Number.isInteger(each))) ?? 10 * decade);
  const found = [];
  for (let step = 0; step < steps - every / 2; step += every) found.push(step);
  return [...found, steps];
}

const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  back: "M11 3v10L5 8zM3 3h1.6v10H3z",
  forward: "M5 3v10l6-5zM11.4 3H13v10h-1.6z",
  loop: "M4.5 5.5h6V3.2L14 6.4l-3.5 3.1V7.3h-5v2.2H3.7V6.3zM11.5 10.5h-6v2.3L2 9.6l3.5-3.1v2.2h5V6.5h1.8v3.2z",
};

function iconButton(icon, label, act) {
  const button = node("button", "swb-strip-button", svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: ICONS[icon] })));
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.title = label;
  button.addEventListener("click", act);
  return button;
}

class TimeBar {
  constructor(player) {
    this.player = player;
    this.playButton = iconButton("play", "Play", () => player.toggle());
    const back = iconButton("back", "One step back", () => player.step(-1));
    const forward = iconButton("forward", "One step forward", () => player.step(1));
    this.loop = iconButton("loop", "Repeat", () => this.setLoop(!player.looping));
    this.range = node("input", "swb-strip-time");
    Object.assign(this.range, { type: "range", min: 0, step: 1 });
    this.range.setAttribute("aria-label", "Time");
    this.range.addEventListener("input", () => {
      player.pause();
      player.seek(Number(this.range.value));
    });
    this.decided = node("span", "swb-strip-decided");
    this.awaited = node("span", "swb-strip-awaited");
    this.ticks = node("div", "swb-strip-ticks");
    this.ticks.setAttribute("aria-hidden", "true");
    this.readout = node("output", "swb-strip-readout");
    this.speed = node("select", "swb-strip-speed");
    this.speed.setAttribute("aria-label", "Speed in steps per second");
    this.speed.title = "Speed";
    this.speed.append(
      ...SPEEDS.map((speed) => Object.assign(node("option", "", `${speed.toLocaleString("en")} steps/s`), { value: speed })),
    );
    this.speed.addEventListener("change", () => Object.assign(player, { speed: Number(this.speed.value), chosen: true }));
    this.el = node(
      "div", "swb-strip-bar-row", back, this.playButton, forward,
      node("div", "swb-strip-scrub", this.range, this.awaited, this.decided, this.ticks),
      this.readout, this.speed, this.loop,
    );
    this.setLoop(false);
  }

  setLoop(looping) {
    this.player.looping = looping;
    this.loop.setAttribute("aria-pressed", String(looping));
  }

  showPlaying() {
    const label = this.player.playing ? "Pause" : "Play";
    this.playButton.querySelector("path").setAttribute("d", ICONS[label.toLowerCase()]);
    this.playButton.setAttribute("aria-label", label);
    this.playButton.title = `${label} (space)`;
  }

  // Another run, more of one, or other units.
  setFrames(frames, units) {
    const { about } = frames;
    this.el.inert = about == null;
    this.el.classList.toggle("swb-strip-nothing", about == null);
    if (about == null) return;
    this.speed.value = this.player.speed;
    this.range.max = frames.count;
    const { unit, scale } = about.clock[units];
    const number = (steps) => Number((steps * scale).toPrecision(unit === "windows" ? 3 : 6)).toLocaleString("en");
    this.words = (steps) => (unit === "ms" ? `${number(steps)} ms` : number(steps));
    this.at = (step) => (unit === "ms" ? this.words(step) : `${unit.slice(0, -1)} ${number(step)}`);
    const place = (steps) => `calc(8px + (100% - 16px) * ${steps / about.steps})`; // half of the handle is beyond either end
    this.decided.hidden = !about.decided || about.regression;
    this.decided.style.left = place(about.decided);
    this.decided.title = `The decision has not changed since ${this.at(about.decided)}`;
    this.awaited.hidden = frames.done >= frames.count;
    this.awaited.style.left = place(frames.stepsAt(frames.done));
    this.ticks.replaceChildren(
      ...tickSteps(about.steps).map((steps) => {
        const tick = node("span", "", steps === about.steps && unit !== "ms" ? `${number(steps)} ${unit}` : this.words(steps));
        tick.style.left = place(steps);
        return tick;
      }),
    );
  }

  tell(frames, frame) {
    this.range.value = frame;
    if (frames.about == null) return;
    const step = frames.stepsAt(frame);
    say(this.readout, this.at(step));
    this.range.setAttribute("aria-valuetext", `${this.at(step)} of ${this.words(frames.about.steps)}`);
  }
}

