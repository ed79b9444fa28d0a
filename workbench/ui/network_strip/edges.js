// Lines between the cards: direct ones, and those that pass layers in lanes above them.

const LANE = 13; // pixels between lanes
const TURN = 10; // radius of their corners

class Edges {
  constructor(root) {
    this.root = root; // what holds the cards
    this.svg = svg("svg", { class: "swb-strip-edges", "aria-hidden": "true" });
  }

  draw({ edges, lanes }, cards) {
    const box = this.root.getBoundingClientRect();
    if (box.width === 0) return;
    const places = new Map(
      [...cards].map(([name, card]) => {
        const { left, right, top, height } = card.el.getBoundingClientRect();
        return [name, { left: left - box.left, right: right - box.left, middle: top - box.top + Math.min(height / 2, 90), top: top - box.top }];
      }),
    );
    const entering = new Map();
    for (const { target } of edges) entering.set(target, (entering.get(target) ?? 0) + 1);
    const lines = edges.map(({ source, target, lane, way }) => {
      const [from, to] = [places.get(source), places.get(target)];
      const end = to.left - (entering.get(target) > 1 ? 13 : 2);
      const line = svg("path", { d: lane ? this.over(from, to, end, LANE * (lanes - lane) + 6) : this.direct(from, to, end) });
      line.append(svg("title", {}, `${source} → ${target}: ${way}`));
      return line;
    });
    const merges = [...entering].filter(([, count]) => count > 1).map(([target, count]) => {
      const { left, middle } = places.get(target);
      const mark = svg("g", { class: "swb-strip-merge", transform: `translate(${left - 8} ${middle})` });
      mark.append(svg("circle", { r: 6 }), svg("path", { d: "M-3.5 0H3.5M0 -3.5V3.5" }), svg("title", {}, `${target} adds up ${count} inputs`));
      return mark;
    });
    this.svg.replaceChildren(...lines, ...merges);
  }

  direct(from, to, end) {
    const bend = (end - from.right) / 2;
    return `M${from.right} ${from.middle}C${from.right + bend} ${from.middle} ${end - bend} ${to.middle} ${end} ${to.middle}`;
  }

  over(from, to, end, lane) {
    const [out, down] = [from.right + 7, to.left - 8];
    return `M${from.right} ${from.middle - 14}H${out - 4}Q${out} ${from.middle - 14} ${out} ${from.middle - 18}V${lane + TURN}Q${out} ${lane} ${out + TURN} ${lane}H${down - TURN}Q${down} ${lane} ${down} ${lane + TURN}V${to.middle - 6}`;
  }
}

