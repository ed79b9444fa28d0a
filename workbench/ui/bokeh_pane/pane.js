// The browser's half of BokehPane (pane.py): one PaneView for each place that shows the pane.
//
// Every pane imports this module on its own, so what panes of one page share (the code of BokehJS)
// lives on `window`. Custom messages of the kernel reach every view of the pane; those with a
// `view` are meant for one of them.

const LOADS = Symbol.for("snn-workbench.bokehjs");
const ASK_AGAIN_MS = 20_000; // a kernel that is busy answers later, one that died never does
const EVENTS_MS = 50; // panning changes four ranges a frame: the kernel gets the last of them
const HIDDEN_MS = 500; // a hidden page draws no frames but must not hold up the kernel
const PATIENCE_MS = 1_500;
const DRAWN_MS = 20_000; // how long a picture of a figure that is being drawn is waited for

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Not crypto.randomUUID: it is missing on plain http, as when a dashboard serves a local network.
const newName = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("-");

// ---- BokehJS, once a page ---------------------------------------------------------------------

function loadOf(version, component) {
  const loads = (window[LOADS] ??= new Map());
  const key = `${version}/${component}`;
  if (!loads.has(key)) {
    const load = { done: false, asked: -Infinity, asker: null };
    load.arrived = new Promise((resolve) => (load.resolve = resolve));
    loads.set(key, load);
  }
  return loads.get(key);
}

async function install(version, component, compressed) {
  const load = loadOf(version, component);
  if (load.done || load.installing) return;
  load.installing = true;
  try {
    const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script); // runs at once
    script.remove();
    if (!window.Bokeh?.[version]) throw new Error(`BokehJS ${version} did not start`);
    keepEqualStyles(window.Bokeh[version]);
    load.done = true;
    load.resolve();
  } finally {
    load.installing = false;
  }
}

// At every paint Bokeh writes the place of each part of a plot into a style sheet of its own, mostly
// the place it had. A sheet that is written is read again by the browser, which then works out all
// styles before Bokeh gets the next colour: that took longer than painting.
function keepEqualStyles(Bokeh) {
  const sheet = Bokeh.require("core/dom").InlineStyleSheet?.prototype;
  const write = sheet?._update;
  if (typeof write !== "function") return; // another version of Bokeh, which may do so itself
  sheet._update = function (css) {
    if (this.css !== css) write.call(this, css);
  };
}

// ---- one view -----------------------------------------------------------------------------------

class PaneView {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.name = newName();
    this.version = model.get("_bokeh_version");
    this.doc = null; // until drawn
    this.number = -1; // of the last patch that is part of the document
    this.early = []; // patches that came while the document was being drawn
    this.events = [];
    this.disposed = false;
    this.applying = false;

    el.classList.add("snn-workbench-bokeh-pane");
    Object.assign(el.style, { display: "block", width: "100%", minWidth: "0" });
    this.banner = document.createElement("div");
    this.banner.setAttribute("role", "alert");
    this.banner.className = "snn-workbench-bokeh-pane-error";
    this.banner.hidden = true;
    this.plot = document.createElement("div");
    this.plot.style.width = "100%";
    el.replaceChildren(this.banner, this.plot);
    el.takePicture = (kind, about) => this.picture(kind, about); // for whoever saves the figure

    this.onMessage = (content, buffers) => this.guard("receive", content, buffers ?? []);
    this.onError = () => this.showError();
    this.onMark = () => {
      this.showStandIn?.();
      this.showStandIn = hideStandIn(model.get("_mark"));
    };
    this.onTheme = new MutationObserver(() => this.guard("updateTheme"));
    this.onTheme.observe(document.body, {
      attributes: true,
      attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"],
    });
    this.onPageHide = () => this.send({ kind: "unmount" });
    window.addEventListener("pagehide", this.onPageHide);
    model.on("msg:custom", this.onMessage);
    model.on("change:error", this.onError);
    model.on("change:_mark", this.onMark);
    this.onMark();
    this.showError();
    this.mountWhenAttached();
  }

  // JupyterLab forgets a view without a word when its output is cleared while the view is being
  // made. Such a view is never put on the page, and so never gets a document that it would keep.
  async mountWhenAttached() {
    for (let i = 0; i < 40 && !this.el.isConnected; i++) await sleep(50);
    if (this.disposed) return;
    if (this.el.isConnected) return this.mount();
    this.onVisible = new IntersectionObserver(() => {
      if (this.disposed || !this.el.isConnected) return;
      this.onVisible.disconnect();
      this.mount();
    });
    this.onVisible.observe(this.el);
  }

  mount() {
    this.clear();
    this.browserError = null;
    this.showError();
    this.waiting = setTimeout(() => (this.plot.textContent = "Waiting for the kernel to send the plot …"), PATIENCE_MS);
    this.send({ kind: "mount" });
  }

  clear() {
    clearTimeout(this.waiting);
    clearTimeout(this.eventsTimer);
    this.eventsTimer = null;
    this.events = [];
    this.early = [];
    this.unwatchTime?.();
    this.unwatchTime = this.lines = null;
    const doc = this.doc ?? this.drawing;
    this.doc = this.drawing = null;
    if (doc != null) {
      doc.clear({ sync: false }); // removes the views and their observers
      const { documents } = window.Bokeh[this.version].require("document"); // which lists all there ever were
      documents.splice(0, documents.length, ...documents.filter((other) => other !== doc));
    }
    this.plot.replaceChildren();
  }

  dispose() {
    if (this.disposed) return;
    this.disposed = true;
    this.onTheme.disconnect();
    this.onVisible?.disconnect();
    window.removeEventListener("pagehide", this.onPageHide);
    this.model.off("msg:custom", this.onMessage);
    this.model.off("change:error", this.onError);
    this.model.off("change:_mark", this.onMark);
    this.showStandIn();
    for (const load of window[LOADS]?.values() ?? []) {
      if (load.asker === this.name) load.asked = -Infinity; // another view has to ask
    }
    this.clear();
    this.el.replaceChildren();
    this.tell({ kind: "unmount" });
  }

  send(content) {
    if (!this.disposed) this.tell(content);
  }

  tell(content) {
    try {
      this.model.send({ ...content, view: this.name });
    } catch (error) {
      // The kernel was restarted or has ended: nobody is there to be told, and the page says so.
      console.debug("BokehPane:", error);
    }
  }

  // Nothing above us reports what a message handler throws, so every entry goes through here.
  async guard(method, ...args) {
    try {
      await this[method](...args);
    } catch (error) {
      if (this.disposed) return;
      clearTimeout(this.waiting);
      console.warn("BokehPane:", error);
      this.browserError = `The plot could not be drawn: ${error?.message ?? error}`;
      this.showError();
      this.send({ kind: "error", message: this.browserError });
    }
  }

  async receive(content, buffers) {
    if (this.disposed || (content.view != null && content.view !== this.name)) return;
    switch (content.kind) {
      case "bokehjs":
        return install(this.version, content.component, buffers[0]);
      case "document":
        return this.draw(content);
      case "remount":
        return this.mount();
      case "picture":
        return this.sendPicture();
      case "stand_in":
        return keepStandIn(this.model, this.model.get("_mark"), content);
      case "patch": {
        // Jupyter hands out views into one large message: keep a copy of our part alone.
        const parts = buffers.map((b) => (b instanceof ArrayBuffer ? b : b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength)));
        const patch = { ...content, parts: new Map(content.buffers.map((id, i) => [id, parts[i]])) };
        return this.doc == null ? void this.early.push(patch) : this.apply(patch);
      }
    }
  }

  async load(components) {
    for (const component of components) {
      const load = loadOf(this.version, component);
      while (!load.done && !this.disposed) {
        const now = performance.now();
        if (now - load.asked > ASK_AGAIN_MS) {
          load.asked = now;
          load.asker = this.name;
          this.send({ kind: "bokehjs", component });
        }
        await Promise.race([load.arrived, sleep(500)]);
      }
    }
  }

  async draw({ document: json, number, components }) {
    const turn = (this.turn = {});
    await this.load(components);
    if (this.disposed || turn !== this.turn) return;
    const early = this.early;
    this.clear();
    this.early = early;
    const Bokeh = window.Bokeh[this.version];
    const { Document } = Bokeh.require("document");
    const { add_document_standalone } = Bokeh.require("embed/standalone");
    this.theme = new Theme(Bokeh);
    const doc = (this.drawing = Document.from_json(JSON.parse(json)));
    this.number = number;
    this.colours = pageColours(this.el);
    this.theme.apply(doc, this.colours);
    const views = await add_document_standalone(doc, this.plot, doc.roots().map(() => this.plot));
    if (this.drawing !== doc) return views.clear(); // cleared meanwhile
    this.drawing = null;
    this.doc = doc;
    doc.on_change((event) => this.collect(event));
    for (const patch of this.early.splice(0)) {
      if (this.doc === doc) this.apply(patch);
    }
    this.unwatchTime?.();
    this.views = views;
    this.lines = new TimeLines(views, this.colours.text);
    this.unwatchTime = watchTime(this.el, (now) => this.lines.show(now));
    this.acknowledge();
  }

  apply({ number, patch, parts }) {
    if (number <= this.number) return; // part of the document already
    if (number !== this.number + 1) return this.mount(); // the server dropped one: begin afresh
    this.number = number;
    this.applying = true;
    try {
      const before = this.doc._all_models.size;
      this.doc.apply_json_patch(JSON.parse(patch), parts);
      if (this.doc._all_models.size !== before) this.theme.apply(this.doc, this.colours);
    } finally {
      this.applying = false;
      this.acknowledge();
    }
  }

  // Once the frame with the patch is on the screen: this is what paces the kernel.
  acknowledge() {
    if (this.acknowledging) return; // one message covers all patches of a frame
    this.acknowledging = true;
    const done = () => {
      if (!this.acknowledging) return;
      this.acknowledging = false;
      this.lines?.look();
      clearTimeout(fallback);
      this.send({ kind: "drawn", number: this.number });
    };
    const fallback = setTimeout(done, document.hidden ? 0 : HIDDEN_MS);
    requestAnimationFrame(() => setTimeout(done));
  }

  collect(event) {
    // Colours of the page are this view's own: sent, they would come back with the next drawing.
    if (this.applying || this.doc == null || !event.sync) return;
    const same = (other) => event.kind === "ModelChanged" && other.kind === event.kind && other.model === event.model && other.attr === event.attr;
    this.events = this.events.filter((other) => !same(other));
    this.events.push(event);
    this.eventsTimer ??= setTimeout(() => this.guard("sendEvents"), EVENTS_MS);
  }

  sendEvents() {
    this.eventsTimer = null;
    const events = this.events.splice(0);
    if (this.doc == null || events.length === 0) return;
    const { Serializer } = window.Bokeh[this.version].require("core/serialization");
    const references = new Map();
    for (const model of this.doc._all_models.values()) {
      if (!this.doc._new_models.has(model)) references.set(model, model.ref());
    }
    this.doc._new_models.clear();
    this.send({ kind: "events", events: new Serializer({ references }).encode(events) });
  }

  // For the notebook. A figure that nobody can see at the moment may not be drawn.
  async sendPicture() {
    const width = Math.round(this.plot.getBoundingClientRect().width);
    if (this.doc == null || width === 0) return;
    const blob = await this.picture("png");
    this.model.send({ kind: "picture", width }, undefined, [await blob.arrayBuffer()]);
  }

  // A Blob of the figure as it is shown; `kind` is "png" or "svg" (picture.js), or "canvas" for one.
  async picture(kind, about = {}) {
    // Whoever presses a button while the figure is being drawn means the figure that comes. A picture
    // of the whole page (screen_picture.js) takes what there is.
    for (let left = DRAWN_MS; kind !== "canvas" && this.doc == null && !this.disposed && left > 0; left -= 50) await sleep(50);
    const root = this.doc?.roots()[0];
    const view = root && window.Bokeh[this.version].index.get(root);
    if (view == null) throw new Error("The figure is not drawn yet.");
    const look = { ground: this.colours.ground, ink: this.colours.text, ...about };
    if (kind === "svg") return new Blob([svgPicture(view, look)], { type: "image/svg+xml" });
    const canvas = canvasPicture(view, look);
    return kind === "canvas" ? canvas : new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  updateTheme() {
    const colours = pageColours(this.el);
    if (this.doc == null || JSON.stringify(colours) === JSON.stringify(this.colours)) return;
    this.colours = colours;
    this.theme.apply(this.doc, colours);
    // A legend beside a plot is drawn anew in the next frame, and pushes the toolbar out of the pane.
    const views = [...this.views];
    requestAnimationFrame(() => requestAnimationFrame(() => {
      for (const view of views) view.invalidate_layout?.();
    }));
    this.lines?.setColour(colours.text);
  }

  showError() {
    const message = this.browserError || this.model.get("error");
    this.banner.hidden = !message;
    if (!message) return this.banner.replaceChildren();
    Object.assign(this.banner.style, {
      padding: "4px 8px",
      color: "var(--jp-error-color1, #b00020)",
      border: "1px solid currentColor",
      whiteSpace: "pre-wrap",
    });
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = "Draw again";
    again.style.marginLeft = "8px";
    again.addEventListener("click", () => this.mount());
    this.banner.replaceChildren(document.createTextNode(message), again);
  }
}

function render({ model, el }) {
  const view = new PaneView(model, el);
  return () => view.dispose();
}

// Not awaited: a model is there once this returns.
function initialize({ model }) {
  mendOutputs(model);
}

export default { initialize, render };
