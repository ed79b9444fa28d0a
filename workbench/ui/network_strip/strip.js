// One place on a page that shows a NetworkStrip (strip.py): the cards, the time bar, the messages.

// Not crypto.randomUUID: it is missing on plain http, as when a dashboard serves a local network.
const newView = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

const SETTLED_MS = 500; // without another run, after which the last one is played

class StripView {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.view = newView();
    this.frames = new Frames();
    this.cards = new Map();
    this.visible = new Set();
    this.started = false; // whether it has played by itself, which it does once
    this.shownFrame = null;
    this.player = new Player((time, stride) => this.draw(time, stride), () => this.onPlaying(), model.get("play_s"));
    this.bar = new TimeBar(this.player);
    this.build();
    this.listeners = {
      "msg:custom": (content, buffers) => this.receive(content, buffers ?? []),
      "change:graph": () => this.makeCards(),
      "change:clips": () => this.showClips(),
      "change:losses": () => this.showLosses(),
      "change:picture": () => this.showPicture(),
      "change:focus": () => this.showFocus(),
      "change:units": () => this.showFrames(),
      "change:remark": () => this.showRemark(),
    };
    for (const [name, listener] of Object.entries(this.listeners)) model.on(name, listener);
    this.onTheme = new MutationObserver(() => this.showTheme());
    this.onTheme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
    this.onSize = new ResizeObserver(() => {
      this.showTheme(); // also when the strip comes onto the page: before, nothing has a colour
      this.joinClock();
      this.drawEdges();
    });
    this.onSize.observe(this.grid);
    this.onSight = new IntersectionObserver((changes) => this.see(changes), { rootMargin: "100px" });
    this.onPageHide = () => this.send({ kind: "unmount" });
    window.addEventListener("pagehide", this.onPageHide);
    this.makeCards();
    this.showFrames();
    this.showRemark();
    this.send({ kind: "mount" });
  }

  build() {
    this.el.classList.add("swb-strip");
    this.el.setAttribute("role", "group");
    this.el.setAttribute("aria-label", "Network with its firing");
    this.grid = node("div", "swb-strip-cards");
    this.edges = new Edges(this.grid);
    this.scroll = node("div", "swb-strip-scroll", this.grid);
    this.scroll.tabIndex = 0; // for scrolling, and for space and arrows, without a mouse
    this.scroll.setAttribute("role", "group");
    this.scroll.setAttribute("aria-label", "Layers; space plays, arrow keys step");
    this.remark = node("p", "swb-strip-remark");
    this.note = node("p", "swb-strip-note");
    this.note.setAttribute("aria-live", "polite");
    this.note.hidden = true;
    this.legend = node("p", "swb-strip-legend");
    this.words = node("p", "swb-strip-words");
    this.words.setAttribute("role", "status");
    this.el.replaceChildren(this.remark, this.scroll, this.bar.el, this.legend, this.note, this.words);
    this.el.addEventListener("keydown", (event) => this.press(event));
  }

  // ---- what the kernel tells ----

  receive(content, buffers) {
    if (content.view !== this.view) return;
    if (content.kind === "nothing") {
      this.frames.clear();
      this.player.extend(0, 0, 1);
    } else if (!this.frames.take(content, buffers)) {
      return this.send({ kind: "mount" }); // something was lost on the way
    }
    this.send({ kind: "taken" });
    if (content.kind === "frames") this.player.extend(this.frames.done, this.frames.count, content.every);
    this.showFrames(); // which draws, once the time bar knows the run
    this.follow?.(timeOf(this.clock).now);
    this.playUnasked();
  }

  // Something to see before anybody asks, unless people want no motion.
  playUnasked() {
    if (this.frames.count === 0 || this.frames.done < this.frames.count) return;
    if (this.model.get("clock") === "follows") return;
    const always = this.model.get("plays") === "always";
    if (this.started && !(always && this.frames.about.run !== this.played)) return;
    if (this.started) this.player.rest(); // while runs follow each other their ends are shown
    const wait_ms = this.started ? SETTLED_MS : 0;
    this.started = true;
    this.played = this.frames.about.run;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    if (always) this.bar.setLoop(true);
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.player.play(), wait_ms);
  }

  makeCards() {
    const { cards, lanes } = this.model.get("graph");
    for (const card of this.cards.values()) card.dispose();
    this.cards.clear();
    this.visible.clear();
    this.note.hidden = true;  // what it explained is gone
    this.explaining = null;
    this.onSight.disconnect();
    this.grid.replaceChildren(this.edges.svg);
    this.el.classList.toggle("swb-strip-empty", cards == null);
    if (cards == null) return;
    const actions = {
      explain: (text, button) => this.explain(text, button),
      focus: (layer) => this.send({ kind: "focus", layer: this.model.get("focus") === layer ? "" : layer }),
      clip: (moved) => this.send({ kind: "clip", ...moved }),
    };
    for (const card of cards) {
      const made = new LayerCard(card, actions);
      this.cards.set(card.name, made);
      this.grid.append(made.el);
      this.onSight.observe(made.el);
    }
    this.grid.style.paddingTop = lanes ? `${LANE * lanes + 10}px` : "";
    this.grid.style.setProperty("--swb-columns", Math.max(...cards.map(({ place }) => place[0])) + 1);
    this.showTheme();
    this.showClips();
    this.showLosses();
    this.showPicture();
    this.showFocus();
    this.showFrames();
    this.drawEdges();
  }

  showFrames() {
    const units = this.model.get("units");
    this.bar.setFrames(this.frames, units);
    if (this.frames.about != null) for (const card of this.cards.values()) card.setFrames(this.frames, units);
    this.showLegend();
    this.shownFrame = null;
    this.player.show();
  }

  showLegend() {
    const { spikes, shown, taken_back: negative } = this.frames.about ?? {};
    const told = [];
    if (shown < spikes) {
      told.push(`The pictures show ${Math.round((100 * shown) / spikes)} % of ${spikes.toLocaleString("en")} spikes, at random; numbers count all of them.`);
    }
    if (negative > 0) told.push(node("span", "swb-strip-negative"), "spike of −1");
    this.legend.replaceChildren(...told);
    this.legend.hidden = told.length === 0;
  }

  showClips() {
    const clips = this.model.get("clips");
    for (const [name, card] of this.cards) card.clip?.show(clips[name]);
  }

  showLosses() {
    const losses = this.model.get("losses");
    for (const [name, card] of this.cards) card.setLoss(losses[name]);
  }

  showPicture() {
    for (const card of this.cards.values()) card.setSample(this.model.get("picture"));
  }

  showFocus() {
    for (const card of this.cards.values()) card.setFocus(this.model.get("focus"));
  }

  showRemark() {
    this.remark.textContent = this.model.get("remark");
    this.remark.hidden = !this.model.get("remark");
  }

  showTheme() {
    const { color } = getComputedStyle(this.el);
    if (color === "") return; // off the page
    for (const card of this.cards.values()) card.setText(color);
    this.player.show();
  }

  // ---- the time ----

  // Strips of one clock show the same share of their runs, however long these are.
  joinClock() {
    const clock = this.model.get("clock");
    if (this.clock != null || clock === "own" || !this.el.isConnected) return;
    this.clock = this.el.closest(".swb-one-clock") ?? document.body;
    if (clock !== "follows") return;
    this.follow = (now) => now != null && this.player.seek(now.x * this.frames.count);
    this.leaveClock = watchTime(this.el, this.follow, this.clock);
  }

  draw(time, stride) {
    if (this.clock != null && this.leaveClock == null && this.frames.count > 0) {
      setTime(this.el, { x: time / this.frames.count, steps: 1 }, this.clock);
    }
    for (const name of this.visible) this.cards.get(name)?.draw(this.frames, time, stride);
    const frame = Math.floor(time);
    if (frame === this.shownFrame) return;
    this.shownFrame = frame;
    for (const card of this.cards.values()) card.tell(this.frames, frame);
    this.bar.tell(this.frames, frame);
    if (!this.player.playing) this.tellWords(frame);
    const { about } = this.frames;
    const step = this.frames.stepsAt(frame);
    const scale = about?.clock[this.model.get("units")].scale;
    setTime(this.el, about == null ? null : { step, steps: about.steps, x: step * scale });
  }

  // What a screen reader is told while time stands still.
  tellWords(frame) {
    const { about } = this.frames;
    if (about == null) return void (this.words.textContent = "");
    const { rate_unit, rate_scale } = about.clock[this.model.get("units")];
    const rates = [...this.cards.values()].filter(({ card }) => card.spikes).map(({ name, card }) => `${name} ${(this.frames.rate(name, card.size, frame, RATE_FRAMES) * rate_scale).toPrecision(3)}`);
    const standings = this.frames.standings(this.frames.stepsAt(frame));
    const best = standings.indexOf(Math.max(...standings));
    const leads = about.regression || !(standings[best] > 0) ? "" : ` ${about.classes[best]} leads with ${Number.isInteger(standings[best]) ? `${standings[best]} output spikes` : standings[best].toPrecision(3)}.`;
    this.words.textContent = `Time: ${this.bar.at(this.frames.stepsAt(frame))} of ${this.bar.words(about.steps)}. Rates in ${rate_unit}: ${rates.join(", ")}.${leads}`;
  }

  onPlaying() {
    this.bar.showPlaying();
    if (!this.player.playing) this.tellWords(Math.floor(this.player.time));
  }

  press(event) {
    if (this.model.get("clock") === "follows") return; // the strip that leads has the keys
    const act = { " ": () => this.player.toggle(), ArrowLeft: () => this.player.step(-1), ArrowRight: () => this.player.step(1), Home: () => this.player.seek(0), End: () => this.player.seek(this.player.done) }[event.key];
    event.stopPropagation(); // no shortcuts of the notebook
    if (act == null || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("select") || (event.key === " " && event.target.closest("button"))) return;
    event.preventDefault();
    act();
  }

  see(changes) {
    for (const { target, isIntersecting } of changes) {
      if (isIntersecting) this.visible.add(target.dataset.layer);
      else this.visible.delete(target.dataset.layer);
    }
    this.player.show();
  }

  // ---- besides ----

  explain(text, button) {
    const same = this.explaining === button && !this.note.hidden;
    this.explaining = button;
    this.note.hidden = same;
    this.note.textContent = text;
  }

  drawEdges() {
    const graph = this.model.get("graph");
    if (this.cards.size > 0) this.edges.draw(graph, this.cards);
  }

  send(content) {
    try {
      this.model.send({ ...content, view: this.view });
    } catch (error) {
      console.debug("NetworkStrip:", error); // the kernel has ended, and the page says so
    }
  }

  dispose() {
    clearTimeout(this.settling);
    this.leaveClock?.();
    this.player.dispose();
    for (const card of this.cards.values()) card.dispose();
    for (const [name, listener] of Object.entries(this.listeners)) this.model.off(name, listener);
    for (const observer of [this.onTheme, this.onSize, this.onSight]) observer.disconnect();
    window.removeEventListener("pagehide", this.onPageHide);
    setTime(this.el, null);
    this.send({ kind: "unmount" });
  }
}

function render({ model, el }) {
  const view = new StripView(model, el);
  return () => view.dispose();
}

export default { render };
