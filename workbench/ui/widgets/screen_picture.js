// A picture of an element as the page shows it, for places where nothing draws it any more: boxes and
// their borders, words, images, canvases, and figures that make pictures of themselves.

const SCREEN = { scale: 1.25, highest: 1600, head: 26, font: "13px system-ui, sans-serif" };

// Resolves to { blob, width } or, where there is nothing to see, to null. The caption is above it:
// nobody should take the picture for the page.
async function screenPicture(root, caption) {
  const frame = root.getBoundingClientRect();
  const [width, height] = [Math.ceil(frame.width), Math.min(Math.ceil(frame.height), SCREEN.highest)];
  if (width === 0 || height === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = width * SCREEN.scale;
  canvas.height = (height + SCREEN.head) * SCREEN.scale;
  const context = canvas.getContext("2d");
  context.setTransform(SCREEN.scale, 0, 0, SCREEN.scale, 0, 0);
  context.fillStyle = groundOf(root);
  context.fillRect(0, 0, width, height + SCREEN.head);
  context.font = SCREEN.font;
  context.fillStyle = getComputedStyle(root).color;
  context.fillText(caption, 0, SCREEN.head - 10);
  context.translate(0, SCREEN.head);
  // All places at once, before anything can move; then the painting, one figure after the other.
  const strokes = [];
  collect(root, { frame, strokes, clip: new DOMRect(frame.left, frame.top, width, height) });
  for (const { clip, paint } of strokes) {
    context.save();
    context.translate(-frame.left, -frame.top);
    context.beginPath();
    context.rect(clip.left, clip.top, clip.width, clip.height);
    context.clip();
    try {
      await paint(context);
    } catch (error) {
      console.debug("picture:", error); // of a figure that is not drawn yet, say
    }
    context.restore();
  }
  return { width, blob: await new Promise((resolve) => canvas.toBlob(resolve, "image/png")) };
}

function groundOf(element) {
  for (let node = element; node != null; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor;
    if (isSeen(colour)) return colour;
  }
  return "white";
}

const isSeen = (colour) => colour !== "transparent" && !/^rgba\(.*, 0\)$/.test(colour);

function collect(element, { frame, strokes, clip }) {
  const style = getComputedStyle(element);
  if (style.display === "none" || style.visibility !== "visible" || style.opacity === "0") return;
  const box = element.getBoundingClientRect();
  if (style.overflowX !== "visible" || style.overflowY !== "visible") clip = common(clip, box);
  if (clip.width <= 0 || clip.height <= 0) return;
  const add = (paint) => strokes.push({ clip, paint });
  const place = [box.left, box.top, box.width, box.height];
  if (box.width > 0 && box.height > 0) add((context) => paintBox(context, box, style));
  if (element.takePicture != null) {
    return add(async (context) => context.drawImage(await element.takePicture("canvas"), ...place));
  }
  if (["CANVAS", "IMG"].includes(element.tagName)) {
    return box.width && add((context) => {
      context.imageSmoothingEnabled = style.imageRendering !== "pixelated";
      context.drawImage(element, ...place);
    });
  }
  if (element instanceof SVGElement) return collectShapes(element, add);
  if (element.tagName === "INPUT" || element.tagName === "SELECT") {
    return add((context) => paintInput(context, element, box, style));
  }
  for (const child of element.childNodes) {
    if (child.nodeType === Node.ELEMENT_NODE) collect(child, { frame, strokes, clip });
    else if (child.nodeType === Node.TEXT_NODE) collectWords(child, style, add);
  }
}

function common(one, other) {
  const [left, top] = [Math.max(one.left, other.left), Math.max(one.top, other.top)];
  return new DOMRect(left, top, Math.min(one.right, other.right) - left, Math.min(one.bottom, other.bottom) - top);
}

function paintBox(context, box, style) {
  const { left, top, width, height } = box;
  if (isSeen(style.backgroundColor)) {
    context.fillStyle = style.backgroundColor;
    context.beginPath();
    context.roundRect(left, top, width, height, Math.min(parseFloat(style.borderTopLeftRadius) || 0, width / 2, height / 2));
    context.fill();
  }
  const sides = {
    Top: (wide) => [left, top, width, wide],
    Bottom: (wide) => [left, box.bottom - wide, width, wide],
    Left: (wide) => [left, top, wide, height],
    Right: (wide) => [box.right - wide, top, wide, height],
  };
  for (const [side, place] of Object.entries(sides)) {
    const wide = parseFloat(style[`border${side}Width`]);
    const colour = style[`border${side}Color`];
    if (!wide || !isSeen(colour)) continue;
    context.fillStyle = colour;
    context.fillRect(...place(wide));
  }
}

function write(context, words, left, top, height, style) {
  context.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = style.color;
  const { fontBoundingBoxAscent: above, fontBoundingBoxDescent: below } = context.measureText(words);
  context.fillText(words, left, top + (height - above - below) / 2 + above);
}

// Word by word: lines break where the page has broken them.
function collectWords(text, style, add) {
  const range = document.createRange();
  for (const { 0: word, index } of text.data.matchAll(/\S+/g)) {
    range.setStart(text, index);
    range.setEnd(text, index + word.length);
    const box = range.getBoundingClientRect();
    if (box.width === 0) continue;
    const shown = style.textTransform === "uppercase" ? word.toUpperCase() : word;
    add((context) => write(context, shown, box.left, box.top, box.height, style));
  }
}

function collectShapes(svg, add) {
  for (const shape of svg.querySelectorAll("path, circle")) {
    const style = getComputedStyle(shape);
    const place = shape.getScreenCTM();
    if (style.visibility !== "visible" || place == null) continue;
    const path = new Path2D();
    if (shape.tagName === "path") path.addPath(new Path2D(shape.getAttribute("d")), place);
    else {
      const round = new Path2D();
      round.arc(shape.cx.baseVal.value, shape.cy.baseVal.value, shape.r.baseVal.value, 0, 2 * Math.PI);
      path.addPath(round, place);
    }
    add((context) => {
      context.lineWidth = parseFloat(style.strokeWidth) || 1;
      for (const kind of ["fill", "stroke"]) {
        if (style[kind] === "none") continue;
        context[`${kind}Style`] = style[kind];
        context[kind](path);
      }
    });
  }
}

function paintInput(context, input, box, style) {
  const middle = box.top + box.height / 2;
  if (input.type === "range") {
    const [low, high, value] = [input.min || 0, input.max || 100, input.value].map(Number);
    const at = box.left + 8 + ((box.width - 16) * (value - low)) / (high - low || 1);
    context.fillStyle = style.color;
    context.globalAlpha = 0.5;
    context.fillRect(box.left, middle - 1.5, box.width, 3);
    context.globalAlpha = 1;
    context.beginPath();
    context.arc(at, middle, 6, 0, 2 * Math.PI);
    context.fill();
  } else if (input.type === "checkbox" || input.type === "radio") {
    context.strokeStyle = style.color;
    context.strokeRect(box.left + 0.5, box.top + 0.5, box.width - 1, box.height - 1);
    if (input.checked) write(context, "✓", box.left + 1, box.top, box.height, style);
  } else if (input.type !== "file" && input.type !== "color") {
    const words = input.tagName === "SELECT" ? (input.selectedOptions[0]?.textContent ?? "") : input.value;
    write(context, words.trim(), box.left + parseFloat(style.paddingLeft) + 1, box.top, box.height, style);
  }
}
