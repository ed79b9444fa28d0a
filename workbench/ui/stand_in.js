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

const GIVEN_UP = "Error displaying widget: model not found";
const MENDING = Symbol.for("snn-workbench.mending"); // on `window`: by whom outputs are looked after
const MENDING_TIMES = 40;

// JupyterLab looks for the model of an output for two seconds. Of a page that is loaded again while it
// is busy or in the background, these can end before JupyterLab looks a second time: the output then
// says an error for good, although the model has come meanwhile. Such an output is rendered again.
async function mendOutputs(model) {
  const manager = model.widget_manager;
  const mended = (window[MENDING] ??= new WeakSet());
  if (manager?.context?.model?.cells == null || mended.has(manager)) return;
  mended.add(manager);
  for (let times = 0; times < MENDING_TIMES; times++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const gaveUp = [...document.querySelectorAll(".jp-OutputArea-output")].some((output) => output.textContent === GIVEN_UP);
    for (const { outputs } of (gaveUp && manager.context.model?.cells) || []) {
      for (let i = 0; i < (outputs?.length ?? 0); i++) {
        const kept = outputs.get(i).toJSON();
        const id = kept.data?.[WIDGET_VIEW]?.model_id;
        if (id == null || !manager.has_model(id)) continue;
        const { views } = await manager.get_model(id);
        if (Object.keys(views ?? {}).length === 0) outputs.set(i, kept);
      }
    }
  }
}
