// A figure has the colours of the page that it is on, and follows them when the theme changes.

const COLOURS = {
  text: "var(--jp-ui-font-color1, #222)",
  line: "var(--jp-ui-font-color3, #888)",
  grid: "var(--jp-border-color2, #e0e0e0)",
};

const THEMED = {
  background_fill_color: "ground",
  border_fill_color: "ground",
  outline_line_color: "grid",
  border_line_color: "grid",
  grid_line_color: "grid",
  axis_line_color: "line",
  major_tick_line_color: "line",
  minor_tick_line_color: "line",
  axis_label_text_color: "text",
  group_text_color: "text",
  major_label_text_color: "text",
  label_text_color: "text",
  title_text_color: "text",
};

const THEMED_KINDS = ["Plot", "Axis", "Grid", "Legend", "BaseColorBar", "Title"];

// A plot has the colour of what lies behind it, which differs between JupyterLab, Voila and tabs.
// Not transparent: the picture that its save tool writes is to be readable anywhere.
function colourBehind(el) {
  for (let node = el; node != null; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor;
    if (colour && !/^transparent$|^rgba\(.*, 0\)$/.test(colour)) return colour;
  }
  return "white";
}

function pageColours(el) {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  // A view may be off the page for a moment, where nothing has a colour.
  const colours = { ground: colourBehind(el.isConnected ? el : document.body) };
  for (const [name, value] of Object.entries(COLOURS)) {
    probe.style.color = value;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return colours;
}

class Theme {
  constructor(Bokeh) {
    const models = Bokeh.require("models/index");
    this.kinds = THEMED_KINDS.map((name) => models[name]).filter((kind) => kind != null);
    this.Title = models.Title;
    this.own = new WeakMap(); // model -> the colours set here; a property set elsewhere is left alone
  }

  apply(doc, colours) {
    for (const model of doc._all_models.values()) {
      if (!this.kinds.some((kind) => model instanceof kind)) continue;
      const themed = model instanceof this.Title ? { text_color: "text" } : THEMED;
      const own = this.own.get(model) ?? {};
      const changes = {};
      for (const [attr, colour] of Object.entries(themed)) {
        const property = model.properties[attr];
        if (property == null) continue;
        const current = property.is_unset ? null : property.get_value();
        if (current == null) continue; // not drawn at all, such as the border line of a figure
        if (attr in own ? current !== own[attr] : property.dirty) continue;
        changes[attr] = own[attr] = colours[colour];
      }
      this.own.set(model, own);
      model.setv(changes, { sync: false });
    }
  }
}
