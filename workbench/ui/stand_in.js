// While a widget is shown, the stand-in that a notebook keeps for it (stand_in.py) is hidden.

const WIDGET_VIEW = "application/vnd.jupyter.widget-view+json";

function hideStandIn(mark) {
  if (!mark) return () => {};
  const parts = [`.swb-stand-in-${mark}`, `img[src*="${mark}"]`];
  const outputs = [".jp-OutputArea-child", ".output_area"]; // of JupyterLab and Notebook, and of nbclassic
  const style = document.createElement("style");
  style.textContent = [
    parts.join(", "),
    // By themselves: a browser that lacks :has drops these rules alone.
    ...outputs.flatMap((output) => parts.map((part) => `${output}:has(${part})`)),
  ].map((selector) => `${selector} { display: none !important; }`).join("\n");
  document.head.append(style);
  return () => style.remove();
}

// JupyterLab applies a change of an output only where it has seen the output come, not where it has
// read it from the notebook: a page that was loaded again makes the change itself.
function keepStandIn(model, mark, { data, metadata }) {
  const cells = model.widget_manager?.context?.model?.cells ?? []; // no other program has them
  for (const { outputs } of cells) {
    for (let i = 0; i < (outputs?.length ?? 0); i++) {
      const kept = outputs.get(i).toJSON();
      const stands = kept.data != null && !(WIDGET_VIEW in kept.data) && JSON.stringify(kept.data).includes(mark);
      if (stands && kept.data["image/png"] !== data["image/png"]) outputs.set(i, { ...kept, data, metadata });
    }
  }
}
