// A layer's units as a small picture in which spikes light up and fade: a mosaic of feature maps,
// a row per channel of a sequence, or a grid.

const MOST_PIXELS = 36_000; // of one picture; what is beyond would cost more than it shows
const GLOW_FRAMES = 14;
const SHADES_PER_FRAME = 4;
const FADING = 0.8; // from one frame to the next

// Where each unit stands: { width, height, places (-1 for units without room), shown, maps }.
function unitPlaces(shape) {
  const size = shape.reduce((product, length) => product * length, 1);
  const places = new Int32Array(size).fill(-1);
  if (shape.length === 1) {
    const shown = Math.min(size, MOST_PIXELS);
    const width = Math.max(1, Math.ceil(Math.sqrt(shown * (shown > 16 ? 1.15 : 1))));
    for (let unit = 0; unit < shown; unit++) places[unit] = unit;
    return { width, height: Math.ceil(shown / width), places, shown: `${shown} of ${size} units` };
  }
  const channels = shape.at(-1);
  if (shape.length === 2) {
    const width = shape[0];
    const shown = Math.max(1, Math.min(channels, Math.floor(MOST_PIXELS / width)));
    for (let unit = 0; unit < size; unit++) {
      if (unit % channels < shown) places[unit] = (unit % channels) * width + Math.floor(unit / channels);
    }
    return { width, height: shown, places, shown: `${shown} of ${channels} channels` };
  }
  const columns = shape.at(-2);
  const rows = size / channels / columns;
  const grain = Math.max(1, Math.ceil(Math.sqrt((rows * columns) / (MOST_PIXELS / 2)))); // units beside each other that share a pixel
  const [high, wide] = [Math.ceil(rows / grain), Math.ceil(columns / grain)];
  const shown = Math.max(1, Math.min(channels, Math.floor(MOST_PIXELS / ((high + 1) * (wide + 1)))));
  const across = Math.max(1, Math.min(shown, Math.round(Math.sqrt((shown * 1.1 * (high + 1)) / (wide + 1)))));
  const width = across * (wide + 1) - 1;
  for (let unit = 0; unit < size; unit++) {
    const map = unit % channels;
    if (map >= shown) continue;
    const place = Math.floor(unit / channels);
    const top = Math.floor(map / across) * (high + 1) + Math.floor(Math.floor(place / columns) / grain);
    places[unit] = top * width + (map % across) * (wide + 1) + Math.floor((place % columns) / grain);
  }
  return { width, height: Math.ceil(shown / across) * (high + 1) - 1, places, shown: `${shown} of ${channels} maps` };
}

const rgb = (text) => text.match(/[\d.]+/g).map(Number);
const hex = (colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
const abgr = ([red, green, blue], alpha) => ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;

// A colour from full to nothing, as spikes fade.
function fadingShades(colour) {
  return Uint32Array.from({ length: GLOW_FRAMES * SHADES_PER_FRAME }, (_, age) =>
    abgr(colour, Math.round(255 * FADING ** (age / SHADES_PER_FRAME) * (1 - age / (GLOW_FRAMES * SHADES_PER_FRAME)))),
  );
}

class FiringPicture {
  constructor(canvas, { shape, colour }) {
    this.canvas = canvas;
    Object.assign(this, unitPlaces(shape));
    canvas.width = this.width;
    canvas.height = this.height;
    this.context = canvas.getContext("2d");
    this.image = new ImageData(this.width, this.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.ground = new Uint32Array(this.pixels.length);
    this.rising = fadingShades(hex(colour));
    this.setText("rgb(0, 0, 0)");
  }

  // Spikes of -1 have the colour of text, which no layer has; silent units a trace of it.
  setText(colour) {
    const text = rgb(colour);
    this.falling = fadingShades(text);
    for (const place of this.places) if (place >= 0) this.ground[place] = abgr(text, 16);
  }

  // Show the spikes before a time, which is counted in frames and need not be an integer. Of the
  // frames, `stride` pass in one drawing.
  draw(layer, time, stride) {
    this.pixels.set(this.ground);
    if (layer != null) {
      const last = Math.floor(time);
      const slower = Math.max(1, stride); // fast playing must not outrun the fading
      const { events, starts, wide } = layer;
      const shift = wide ? 31 : 15;
      const mask = wide ? 0x7fffffff : 0x7fff;
      for (let frame = Math.max(0, last - Math.ceil(GLOW_FRAMES * slower)); frame < last; frame++) {
        const age = Math.floor(((time - frame - 1) / slower) * SHADES_PER_FRAME);
        if (age >= this.rising.length) continue;
        const rising = this.rising[age];
        const falling = this.falling[age];
        for (let i = starts[frame]; i < starts[frame + 1]; i++) {
          const place = this.places[events[i] & mask];
          if (place >= 0) this.pixels[place] = events[i] >>> shift ? falling : rising;
        }
      }
    }
    this.context.putImageData(this.image, 0, 0);
  }
}

