"""What a run costs as time goes on, beside one pass of the analog network."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import CustomJSTickFormatter
from bokeh.models.annotations import Span

from workbench.network.graph import Network
from workbench.network.recording import Recording
from workbench.plot.clock import Clock
from workbench.plot.from_run import RunLike, checked_run
from workbench.plot.palette import ANALOG, layer_colours
from workbench.plot.style import (
    axis_range,
    checked_units,
    empty,
    legend_beside,
    make_figure,
    short_names,
    thinned,
    titled,
)

LONGEST_NAME = 16
"""Letters of a layer's name in the legend."""


def operations(run: RunLike, ann: Network | None = None, *, units: str = "steps") -> Any:
    """Draw the operations of each layer up to every step, mean per sample.

    Parameters
    ----------
    run : Run
        Layers need not be recorded.
    ann : Network, optional
        The analog network, whose multiply-accumulates are a dashed line.
    units : "steps" or "ms"
        Of time.

    Returns
    -------
    bokeh.plotting.figure
        Synaptic operations, and the multiply-accumulates of a constant input, which are done
        before the first step; layers stand on top of each other. The ends are those of
        `Run.operations`.
    """
    recording = checked_run(run).recording
    clock = Clock.of(recording)
    scale = clock.scale(checked_units(units))
    layers, costs = operations_over_time(run)
    shown = np.concatenate([[0], thinned(recording.steps) + 1])
    x = shown * scale
    total = np.concatenate([np.zeros((1, len(shown))), costs[:, shown].cumsum(axis=0)])
    top = float(total.max(initial=0)) or 1.0
    macs = float(ann.totals.macs) if ann is not None else float("nan")
    top = max(top, 0.0 if np.isnan(macs) else macs)
    colours = layer_colours(layers, origins=recording.network.origins)
    plot = make_figure(
        height=300, name="operations", x_range=axis_range(0, recording.steps * scale),
        y_range=axis_range(0, 1.08 * top),
    )  # fmt: skip
    areas = empty("xs", "ys", "colour", "layer")
    areas.name = "operations"
    areas.data = {
        "xs": [np.concatenate([x, x[::-1]]) for _ in layers],
        "ys": [np.concatenate([total[i + 1], total[i][::-1]]) for i in range(len(layers))],
        "colour": [colours[name] for name in layers],
        "layer": list(layers),
    }
    drawn = plot.patches(
        "xs", "ys", source=areas, fill_color="colour", fill_alpha=0.75, line_color="colour"
    )
    names = list(short_names(layers, LONGEST_NAME).values())
    legend_beside(plot, drawn, names)
    if not np.isnan(macs):
        line: Any = Span(
            location=macs, dimension="width", line_color=ANALOG, line_dash="dashed", line_width=2
        )
        plot.add_layout(line)
    plot.xaxis.axis_label = clock.label(units)
    plot.yaxis.axis_label = "operations per sample"
    plot.yaxis.formatter = CustomJSTickFormatter(code=SHORT)
    told = "" if np.isnan(macs) else f"Dashed: {macs:,.0f} multiply-accumulates of the ANN"
    after = clock.lasts(recording.steps)
    return titled(plot, f"{total[-1, -1]:,.0f} operations after {after}", told)


SHORT = """
for (const [unit, name] of [[1e9, " G"], [1e6, " M"], [1e3, " k"]])
  if (Math.abs(tick) >= unit) return Number((tick / unit).toPrecision(3)) + name
return Number(tick.toPrecision(3)).toString()
"""


def operations_over_time(run: RunLike) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the operations of every layer up to each step, mean per sample.

    Spikes of a recorded layer are followed one by one. Those of another layer are taken to reach
    as many synapses at every step as they do on average, so that the sum over the run is exact.

    Returns
    -------
    layers : tuple of str
        Of `Run.operations`, those that cost something or have neurons.
    costs : ndarray of float64, shape (layers, steps + 1)
        From before the first step on.
    """
    recording = run.recording
    network, table = recording.network, run.operations()
    costs = np.zeros((len(table), recording.steps + 1))
    for place, layer in enumerate(table["layer"]):
        if network.population(layer).kind != "if":
            continue
        costs[place, 0] = float(table["macs"].iloc[place])
        for projection in network.incoming(layer):
            if projection.source != network.input.name or recording.settings.encoding != "constant":
                costs[place, 1:] += _synops(recording, projection)
    neural = [network.population(layer).kind == "if" for layer in table["layer"]]
    layers = tuple(str(name) for name, own in zip(table["layer"], neural, strict=True) if own)
    return layers, costs[neural].cumsum(axis=1)


def _synops(recording: Recording, projection: Any) -> np.ndarray:
    """Synaptic operations of every step behind one projection, mean per sample."""
    fan_out, source = projection.fan_out(), projection.source
    if source in recording.events:
        _, step, unit, *_ = recording.events[source]
        reached = np.bincount(step, weights=fan_out[unit], minlength=recording.steps)
        return reached / recording.samples
    spikes = recording.step_totals[source]
    mean = float(recording.unit_totals[source] @ fan_out) / max(1, int(spikes.sum()))
    scaled: np.ndarray = spikes * mean / recording.samples
    return scaled
