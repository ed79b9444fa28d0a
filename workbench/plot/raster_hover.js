// What lies under the pointer in a rasterised raster: `format` says which part is asked for.
const { y } = special_vars;
const pick = (name) => bands.get_column(name);
const band = [...pick("top")].findIndex((top, i) => y <= top && y >= pick("bottom")[i]);
const span = (first, last) =>
  first >= last ? first.toLocaleString("en") : `${first.toLocaleString("en")} to ${last.toLocaleString("en")}`;
const [left, width, bottom, height] = ["x", "dw", "y", "dh"].map((name) => image.get_column(name)[0]);
const [rows, columns] = image.get_column("image")[0].shape;

if (format === "share") {
  if (value === 0) return "none spikes";
  const shade = (value - 1) % shades;
  const share = (((shade + 0.5) / shades) ** 2) * 100; // the shade grows with the square root
  return `about ${share < 10 ? share.toFixed(1) : share.toFixed(0)} % spike`;
}
if (format === "time") {
  const step = pick("step")[0];
  const column = Math.floor(((value - left) / width) * columns);
  const first = Math.ceil((left + (column / columns) * width) / step - 1e-6);
  const last = Math.ceil((left + ((column + 1) / columns) * width) / step - 1e-6) - 1;
  const told = (steps) => Number((steps * step).toPrecision(6));
  return span(told(first), told(last));
}
if (band < 0) return "–";
if (format === "layer") return pick("name")[band];
const size = pick("size")[band];
const place = (at) => ((pick("top")[band] - at) / (pick("top")[band] - pick("bottom")[band])) * size;
const row = Math.floor(((y - bottom) / height) * rows);
const low = Math.max(0, Math.floor(place(bottom + ((row + 1) / rows) * height) + 1e-6));
const high = Math.min(size, Math.ceil(place(bottom + (row / rows) * height) - 1e-6)) - 1;
return `${span(low, high)} of ${size.toLocaleString("en")}`;
