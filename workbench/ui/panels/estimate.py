"""What settings leave of activations, estimated while a slider moves."""

from __future__ import annotations

import math

import ipywidgets as widgets

from workbench.methods.estimate import Estimate
from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape

ABOUT = (
    "From the histograms of the activations on the calibration data, without simulating: mean "
    "absolute differences, as shares of a layer's scale. Clipping in deeper layers and accuracy "
    "cannot be estimated; run, or use the Diagnose tab."
)


def estimate_line(context: Context) -> widgets.HTML:
    """A line that says what percentile, threshold, levels and steps leave, at once."""
    line = widgets.HTML()
    line.add_class("swb-estimate")

    def refresh() -> None:
        text = _told(context.state.estimate)
        if line.value != text:
            line.value = text

    context.watch(["estimate"], refresh)
    refresh()
    return line


def _told(found: Estimate | None) -> str:
    words = "comes with the run." if found is None else estimate_sentence(found)
    return f'<p class="swb-note" title="{escape(ABOUT)}"><b>Estimated</b> {escape(words)}</p>'


def estimate_sentence(found: Estimate) -> str:
    """Tell an estimate in a line: the mean quantization, where it is largest, and clipping."""
    parts = []
    known = {n: e.quantization for n, e in found.layers.items() if not math.isnan(e.quantization)}
    if known:
        most = max(known, key=lambda name: known[name])
        mean = sum(known.values()) / len(known)
        where = f", most in {most} ({_percent(known[most])})" if len(known) > 1 else ""
        parts.append(f"quantization {_percent(mean)} of the scale{where}")
    clipped = {n: e.clipping for n, e in found.layers.items() if not math.isnan(e.clipping)}
    if clipped:
        told = ", ".join(f"{_percent(value)} in {name}" for name, value in clipped.items())
        parts.append(f"clipping {told}")
    sentence = f"{'; '.join(parts)}." if parts else ""
    if not found.layers and not found.notes:
        sentence = "nothing: the network has no hidden layers that count."
    return " ".join((sentence, *found.notes)).strip()


def _percent(share: float) -> str:
    """A share with two digits; less than a hundredth of a percent is not told apart."""
    return f"{100 * share:.2g} %" if share >= 1e-4 else "0 %" if not share else "below 0.01 %"
