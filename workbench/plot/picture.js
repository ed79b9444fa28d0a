// Pictures of what BokehJS has drawn, made in the browser: no program of a server is needed.
//
// `view` is BokehJS's view of a figure or a layout, as it is shown. `ground` is the colour behind
// it; a `title` is drawn above it in the colour `ink`, and `words` describe it inside an SVG.

const PICTURE = { title: 30, margin: 8, font: "600 15px system-ui, sans-serif", scale: 2 };

// A screen's own pixels are too coarse for print and projectors. BokehJS takes the ratio of its
// layers from this global name, which a page may set for itself; nothing else runs meanwhile.
function finely(draw) {
  const own = Object.getOwnPropertyDescriptor(window, "devicePixelRatio");
  const ratio = Math.max(PICTURE.scale, window.devicePixelRatio);
  Object.defineProperty(window, "devicePixelRatio", { value: ratio, configurable: true });
  try {
    return draw(ratio);
  } finally {
    if (own) Object.defineProperty(window, "devicePixelRatio", own);
    else delete window.devicePixelRatio;
  }
}

function canvasPicture(view, { ground, ink = "", title = "", exact = false }) {
  const paint = (ratio) => {
    const layer = view.export("png", true).canvas;
    const head = title ? Math.round(PICTURE.title * ratio) : 0;
    const canvas = document.createElement("canvas");
    canvas.width = layer.width;
    canvas.height = layer.height + head;
    const context = canvas.getContext("2d");
    context.fillStyle = ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(layer, 0, head);
    if (title) {
      context.scale(ratio, ratio);
      context.font = PICTURE.font;
      context.fillStyle = ink;
      context.textBaseline = "middle";
      const room = canvas.width / ratio - 2 * PICTURE.margin;
      context.fillText(title, PICTURE.margin, PICTURE.title / 2, room);
    }
    return canvas;
  };
  return exact ? paint(window.devicePixelRatio) : finely(paint);
}

function svgPicture(view, { ground, ink = "", title = "", words = "" }) {
  const inner = view.export("svg", true).ctx.get_serialized_svg(true);
  const { width, height } = view.bbox;
  const head = title ? PICTURE.title : 0;
  const SVG = "http://www.w3.org/2000/svg";
  const outer = document.implementation.createDocument(SVG, "svg");
  const add = (name, attributes, text) => {
    const element = outer.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text) element.textContent = text;
    outer.documentElement.append(element);
  };
  const size = { width, height: height + head };
  for (const [key, value] of Object.entries({ ...size, viewBox: `0 0 ${width} ${height + head}` })) {
    outer.documentElement.setAttribute(key, value);
  }
  if (title) add("title", {}, title);
  if (words) add("desc", {}, words);
  add("rect", { ...size, fill: ground });
  if (title) {
    const place = { x: PICTURE.margin, y: PICTURE.title / 2, "dominant-baseline": "middle" };
    add("text", { ...place, fill: ink, style: `font: ${PICTURE.font}` }, title);
  }
  const figure = outer.importNode(new DOMParser().parseFromString(inner, "image/svg+xml").documentElement, true);
  figure.setAttribute("y", head);
  outer.documentElement.append(figure);
  return new XMLSerializer().serializeToString(outer);
}
