"""Membrane potentials of single neurons against time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.models.annotations import Span

from workbench.errors import DataError
from workbench.plot.clock import Clock
from workbench.plot.from_run import RunLike, checked_run, checked_sample, sample_spikes
from workbench.plot.palette import LAYERS, THRESHOLD
from workbench.plot.style import (
    FEW_POINTS,
    axis_range,
    checked_units,
    empty,
    legend_beside,
    make_figure,
    thinned,
    titled,
    with_time_cursor,
)

CHOSEN = 3
"""Neurons that are drawn where none are chosen: those that spike most."""

MOST = 8
"""Neurons that can be told apart."""


@dataclass(frozen=True, eq=False)
class Trace:
    """One neuron over a run.

    Parameters
    ----------
    neuron : int
    potential : ndarray of float64, shape (steps,)
        After each step, in thresholds.
    spikes, signs : ndarray of int64, or None
        Steps, from 0, of its spikes, and 1 or -1 for each; None where they were not recorded.
    """

    neuron: int
    potential: np.ndarray
    spikes: np.ndarray | None = None
    signs: np.ndarray | None = None


def potentials(
    run: RunLike,
    layer: str,
    sample: int = 0,
    *,
    neurons: Sequence[int] | None = None,
    units: str = "steps",
) -> Any:
    """Draw membrane potentials after every step, with the threshold and the spikes.

    Parameters
    ----------
    run : Run
        With ``record_potentials`` of the layer; spikes are marked where it was recorded, too.
    layer : str
    sample : int
    neurons : sequence of int, optional
        Up to 8 numbers of neurons; by default the three that are most active.
    units : "steps" or "ms"
        Of time.

    Returns
    -------
    bokeh.plotting.figure
        In units of a normalized threshold; what is left after a spike's reset.

    Raises
    ------
    DataError, SettingsError
        If there is no such sample or neuron, or the layer's potentials were not recorded.
    """
    sample = checked_sample(checked_run(run), sample)
    values = run.potentials(layer)[sample]
    recording = run.recording
    population = recording.network.population(layer)
    traces = values.reshape(len(values), -1)
    spikes = None
    if population.name in recording.events:
        spikes = sample_spikes(recording, population.name, sample)
    chosen = _chosen(traces, spikes, neurons, population.name)
    clock = Clock.of(recording)
    threshold = recording.network.theta(population) / population.payload_unit
    if population.is_step:
        threshold = population.threshold * recording.network.grid_unit(population)
    drawn = []
    for neuron in chosen:
        own = (None, None)
        if spikes is not None:
            step, unit, sign = spikes
            own = step[unit == neuron], sign[unit == neuron]
        drawn.append(Trace(neuron, traces[:, neuron], *own))
    plot = traces_figure(drawn, threshold, clock, checked_units(units))
    marked = "Dashed: threshold" + (", squares: spikes" if spikes is not None else "")
    return titled(plot, f"{population.name}, sample {sample}", marked)


def traces_figure(
    traces: Sequence[Trace],
    threshold: float,
    clock: Clock,
    units: str,
    colours: Sequence[str] = LAYERS,
) -> Any:
    """Draw the potentials of some neurons of one layer, with its threshold and their spikes.

    Parameters
    ----------
    traces : sequence of Trace
        Of one run.
    threshold : float
    clock : Clock
        What a step is.
    units : "steps" or "ms"
    colours : sequence of str
        Of the traces.
    """
    scale = clock.scale(units)
    every = np.stack([trace.potential for trace in traces])
    low, high = float(min(0.0, every.min())), float(max(threshold, every.max()))
    row, steps = 0.06 * (high - low), every.shape[1]
    plot = make_figure(
        height=300, name="potentials", x_range=axis_range(0, (steps + 1) * scale),
        y_range=axis_range(low - row, high + row * (len(traces) + 1.5)),
    )  # fmt: skip
    with_time_cursor(plot)
    shown = thinned(steps)
    lines = empty("xs", "ys", "colour", "neuron")
    lines.name = "potentials"
    colours = [colours[place % len(colours)] for place in range(len(traces))]
    lines.data = {
        "xs": [(shown + 1.0) * scale for _ in traces],
        "ys": [trace.potential[shown] for trace in traces],
        "colour": colours,
        "neuron": [trace.neuron for trace in traces],
    }
    drawn = plot.multi_line(
        "xs", "ys", source=lines, line_color="colour", line_width=2, line_join="round"
    )
    if steps < FEW_POINTS:  # a line of one point shows nothing
        for x, y, colour in zip(*(lines.data[key] for key in ("xs", "ys", "colour")), strict=True):
            plot.scatter(x, y, size=6, color=colour)
    line: Any = Span(
        location=threshold, dimension="width", line_color=THRESHOLD, line_dash="dashed",
        line_width=2,
    )  # fmt: skip
    plot.add_layout(line)
    _mark_spikes(plot, traces, colours, scale, high, row)
    legend_beside(plot, drawn, [f"neuron {trace.neuron:,}" for trace in traces])
    plot.xaxis.axis_label = clock.label(units)
    plot.yaxis.axis_label = "membrane potential (thresholds)"
    return plot


def _chosen(
    traces: np.ndarray,
    spikes: tuple[np.ndarray, ...] | None,
    neurons: Sequence[int] | None,
    layer: str,
) -> list[int]:
    count = traces.shape[1]
    if neurons is None:
        # Without spikes, those whose potential moves most.
        activity = np.abs(np.diff(traces, axis=0)).sum(axis=0)
        if spikes is not None and len(spikes[1]):
            activity = np.bincount(spikes[1], minlength=count)
        return [int(unit) for unit in np.argsort(-activity, kind="stable")[:CHOSEN]]
    wrong = [n for n in neurons if not isinstance(n, (int, np.integer)) or not 0 <= n < count]
    if wrong or not 0 < len(neurons) <= MOST:
        what = f"holds {wrong[0]!r}" if wrong else f"names {len(neurons)} neurons"
        raise DataError(
            f"neurons {what}; accepted: 1 to {MOST} numbers from 0 to {count - 1} of layer "
            f"'{layer}'."
        )
    return [int(unit) for unit in neurons]


def _mark_spikes(
    plot: Any,
    traces: Sequence[Trace],
    colours: Sequence[str],
    scale: float,
    high: float,
    row: float,
) -> None:
    """Mark spikes in a row per neuron above the potentials; those of -1 are hollow."""
    marks = empty("x", "y", "colour", "fill")
    marks.name = "spikes"
    x, y, colour, fill = [], [], [], []
    for place, trace in enumerate(traces):
        if trace.spikes is None or trace.signs is None:
            continue
        x += ((trace.spikes + 1) * scale).tolist()
        y += [high + row * (place + 1)] * len(trace.spikes)
        colour += [colours[place]] * len(trace.spikes)
        fill += [1.0 if one > 0 else 0.0 for one in trace.signs]
    marks.data = {"x": x, "y": y, "colour": colour, "fill": fill}
    plot.scatter(
        "x", "y", source=marks, size=6, marker="square", line_color="colour",
        fill_color="colour", fill_alpha="fill",
    )  # fmt: skip
