// A table whose cells may carry an explanation: as a title on hover, and below the table on a click
// or with the keyboard, where it stays, and can be read out and shown to a class.

function content(cell, explain, act) {
  const parts = [];
  if (cell.colour) {
    const dot = document.createElement("span");
    dot.className = "swb-dot";
    dot.style.background = cell.colour;
    parts.push(dot);
  }
  if (cell.action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "swb-action";
    button.title = cell.explanation;
    button.setAttribute("aria-label", cell.explanation || cell.text);
    button.textContent = cell.text;
    button.addEventListener("click", () => act(cell.action));
    return [...parts, button];
  }
  if (!cell.explanation) return [...parts, document.createTextNode(cell.text)];
  const button = document.createElement("button");
  button.type = "button";
  button.className = "swb-explain";
  button.title = cell.explanation;
  button.textContent = cell.text;
  button.addEventListener("click", () => explain(cell, button));
  return [...parts, button];
}

function line(cells, tag, explain, act) {
  const row = document.createElement("tr");
  cells.forEach((cell, index) => {
    const box = document.createElement(tag === "td" && index === 0 ? "th" : tag);
    if (tag === "th") box.scope = "col";
    else if (index === 0) box.scope = "row";
    box.classList.toggle("swb-number", cell.number);
    box.append(...content(cell, explain, act));
    row.append(box);
  });
  return row;
}

function render({ model, el }) {
  const draw = () => {
    const { caption, header, rows, footer } = model.get("table");
    el.classList.add("swb-explained");
    if (!header) return el.replaceChildren();
    const table = document.createElement("table");
    table.className = "swb-table";
    const name = document.createElement("caption");
    name.textContent = caption;
    const note = document.createElement("p");
    note.className = "swb-explanation";
    note.setAttribute("aria-live", "polite");
    note.hidden = true;
    let open = null;
    const explain = (cell, button) => {
      open?.classList.remove("swb-open");
      open = open === button ? null : button;
      open?.classList.add("swb-open");
      note.hidden = open == null;
      note.textContent = cell.explanation;
    };
    const act = (action) => model.send({ action });
    const head = document.createElement("thead");
    head.append(line(header, "th", explain));
    const body = document.createElement("tbody");
    body.append(...rows.map((cells) => line(cells, "td", explain, act)));
    table.append(name, head, body);
    if (footer.length > 0) {
      const foot = document.createElement("tfoot");
      foot.append(line(footer, "td", explain));
      table.append(foot);
    }
    const scroll = document.createElement("div");
    scroll.className = "swb-scroll";
    scroll.append(table);
    el.replaceChildren(scroll, note);
  };
  model.on("change:table", draw);
  draw();
  return () => model.off("change:table", draw);
}

export default { render };
