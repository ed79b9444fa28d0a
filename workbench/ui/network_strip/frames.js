// The frames of a run, as they arrive (`packed` in strip.py sends them).

// Jupyter hands out views into one large message: keep a copy of our part alone, aligned.
const taken = (kind, view) => new kind(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));

class LayerFrames {
  constructor(frames, width) {
    this.wide = width === 4;
    this.events = new (this.wide ? Uint32Array : Uint16Array)(1024);
    this.starts = new Uint32Array(frames + 1); // of each frame's events; the next one's is their end
    this.counts = new Uint32Array(frames);
    this.most = 0;
  }

  add(first, counts, kept, events) {
    const begin = this.starts[first];
    if (begin + events.length > this.events.length) {
      const larger = new this.events.constructor(2 * (begin + events.length));
      larger.set(this.events.subarray(0, begin));
      this.events = larger;
    }
    this.events.set(events, begin);
    this.counts.set(counts, first);
    for (let i = 0; i < kept.length; i++) this.starts[first + i + 1] = this.starts[first + i] + kept[i];
  }
}

class Frames {
  constructor() {
    this.clear();
  }

  clear() {
    this.about = null; // of the run: what the kernel tells besides its spikes
    this.done = 0;
    this.layers = new Map();
    this.race = { outputs: [], steps: new Uint32Array(0), values: new Float32Array(0) };
  }

  // Take a message in; false where frames before it are missing.
  take(content, buffers) {
    if (content.run !== this.about?.run) this.clear();
    if (content.first > this.done) return false;
    this.about = content;
    for (const { name, width, counts, kept, events } of content.layers) {
      if (!this.layers.has(name)) this.layers.set(name, new LayerFrames(content.frames, width));
      const kind = width === 4 ? Uint32Array : Uint16Array;
      this.layers.get(name).add(
        content.first,
        taken(Uint32Array, buffers[counts]),
        taken(Uint32Array, buffers[kept]),
        taken(kind, buffers[events]),
      );
    }
    this.done = content.last;
    const { outputs, steps, values } = content.race;
    this.race = { outputs, steps: taken(Uint32Array, buffers[steps]), values: taken(Float32Array, buffers[values]) };
    return true;
  }

  get count() {
    return this.about?.frames ?? 0;
  }

  // Steps that are over at the end of so many frames.
  stepsAt(frame) {
    return this.about == null ? 0 : Math.min(frame * this.about.every, this.about.steps);
  }

  // Mean spikes per unit and step of a layer in the frames before `frame`.
  rate(name, size, frame, frames) {
    const layer = this.layers.get(name);
    const from = Math.max(0, frame - frames);
    if (layer == null || frame <= from) return 0;
    let spikes = 0;
    for (let i = from; i < frame; i++) spikes += layer.counts[i];
    return spikes / (size * (this.stepsAt(frame) - this.stepsAt(from)));
  }

  // What each runner has gathered after a step.
  standings(step) {
    const { outputs, steps, values } = this.race;
    let low = 0;
    let high = steps.length; // the number of points at or before the step
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle] <= step) low = middle + 1;
      else high = middle;
    }
    const row = (low - 1) * outputs.length;
    return outputs.map((_, place) => (low === 0 ? 0 : values[row + place]));
  }

  // The largest distance from 0 that any runner ever reaches.
  get farthest() {
    return this.race.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  }
}

