"""How rates and activations are distributed over the units of each layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import NumeralTickFormatter
from bokeh.models.annotations import Span

from workbench.network.graph import Network
from workbench.plot.clock import Clock
from workbench.plot.from_run import RunLike, checked_run, chosen_layers, colours_of
from workbench.plot.palette import ANALOG, THRESHOLD
from workbench.plot.style import (
    TEXT,
    Remark,
    axis_range,
    checked_units,
    empty,
    make_figure,
    shortened,
    side_by_side,
    titled,
)

BINS = 40
LONGEST_NAME = 22
"""Letters of a layer's name in a title."""


def rate_histogram(
    run: RunLike, *, layers: Sequence[str] | str | None = None, units: str = "steps"
) -> Any:
    """Draw how often units spike, a plot per layer.

    Parameters
    ----------
    run : Run
        With recorded layers.
    layers : sequence of str, optional
        Recorded layers; all of them by default.
    units : "steps" or "ms"
        Spikes per step, or hertz.

    Returns
    -------
    bokeh.models.Row of figures
        Of the units that spike; the title gives how many are silent, and how many spike at every
        step.

    Raises
    ------
    SettingsError
        If no layer was recorded.
    """
    names = chosen_layers(checked_run(run), layers)
    recording = run.recording
    clock = Clock.of(recording)
    scale = clock.rate_scale(checked_units(units))
    colours = colours_of(run)
    plots = []
    for name in names:
        rates = np.abs(run.counts(name).reshape(-1)) / recording.steps
        silent, full = float((rates == 0).mean()), float((rates >= 1).mean())
        high = max(float(rates.max(initial=0)), 1 / recording.steps)
        # Rates are multiples of one spike per run: bins between them would stay empty.
        bins = max(1, min(BINS, round(high * recording.steps)))
        edges = np.linspace(0, high, bins + 1) + 0.5 / recording.steps
        plot = _histogram(rates[rates > 0] * scale, edges * scale, len(rates), colours[name])
        plot.xaxis.axis_label = clock.rate_label(units)
        told = f"{silent:.0%} silent" + (f", {_share(full)} at every step" if full else "")
        plots.append(titled(plot, shortened(name, LONGEST_NAME), told))
    return side_by_side(plots)


def activation_histogram(
    run: RunLike, ann: Network, *, layers: Sequence[str] | str | None = None
) -> Any:
    """Draw the activations that each layer should have, and those that its spikes represent.

    Parameters
    ----------
    run : Run
        With recorded layers.
    ann : Network
        The one that was converted.
    layers : sequence of str, optional
        Recorded layers; all of them by default.

    Returns
    -------
    bokeh.models.Row of figures
        Of the units that are not 0: those of the analog network filled, those decoded from spikes
        as a line. A dashed line is where activations are clipped, one spike per step; the title
        says which share of the positive activations of the analog network is above.

    Raises
    ------
    DataError, SettingsError
        If the network is another, or no layer was recorded.
    """
    names = chosen_layers(checked_run(run), layers)
    network = run.recording.network
    analog = run.activations(ann, names)
    colours = colours_of(run)
    plots = []
    for name in [name for name in names if name in analog]:
        expected, decoded = analog[name].reshape(-1), run.decoded(name).reshape(-1)
        population = network.population(name)
        largest = network.theta(population) * population.most_sent(1)
        clip = largest * float(np.max(population.scale))
        both = np.concatenate([expected, decoded])
        low, high = min(0.0, float(both.min(initial=0))), float(both.max(initial=0))
        clips = population is not network.output or population.output_activation.hidden
        high = max(high, 1.02 * clip if clips else 0.0) or 1.0
        edges = np.linspace(low, high, BINS + 1)
        plot = _histogram(expected[expected != 0], edges, len(expected), ANALOG)
        _outline(plot, decoded[decoded != 0], edges, len(decoded), colours[name])
        told = "gray: ANN, line: decoded from spikes"
        if clips:
            line: Any = Span(
                location=clip, dimension="height", line_color=THRESHOLD, line_dash="dashed",
                line_width=2,
            )  # fmt: skip
            plot.add_layout(line)
            above = float((expected > clip).sum() / max(1, (expected > 0).sum()))
            told = f"clip {clip:.3g}, {_share(above)} of positive above"
        plot.xaxis.axis_label = "activation (gray: ANN, line: spikes)"
        plots.append(titled(plot, shortened(name, LONGEST_NAME), told))
    if not plots:
        plot = make_figure(height=240, x_range=axis_range(0, 1), y_range=axis_range(0, 1))
        Remark(plot).show("no recorded layer represents an activation of the network")
        plots = [plot]
    return side_by_side(plots)


def _share(share: float) -> str:
    return "less than 0.01%" if 0 < share < 1e-4 else f"{share:.2%}"


def _histogram(values: np.ndarray, edges: np.ndarray, total: int, colour: str) -> Any:
    """Draw which share of `total` units lies in each bin."""
    counts, _ = np.histogram(values, edges)
    shares = counts / max(1, total)
    top = float(shares.max(initial=0)) or 1.0
    plot = bins_figure(edges, shares, colour, top=top, height=240, name="histogram")
    if not counts.any():
        Remark(plot).show("all units are 0")
    plot.yaxis.axis_label = "share of units"
    plot.yaxis.formatter = NumeralTickFormatter(format="0.[00]%")
    plot.yaxis.axis_label_text_font_size = TEXT
    return plot


def bins_figure(
    edges: np.ndarray, heights: np.ndarray, colour: str, *, top: float, height: int, name: str
) -> Any:
    """Draw bins as bars, with room above the highest value `top`; `height` is in pixels."""
    plot = make_figure(
        height=height,
        tools="",
        name=name,
        x_range=axis_range(float(edges[0]), float(edges[-1])),
        y_range=axis_range(0, 1.08 * top),
    )
    bars = empty("left", "right", "top")
    bars.name = "bins"
    bars.data = {"left": edges[:-1], "right": edges[1:], "top": heights}
    plot.quad(
        left="left", right="right", top="top", bottom=0, source=bars, fill_color=colour,
        line_color=None, fill_alpha=0.75,
    )  # fmt: skip
    plot.yaxis.ticker.desired_num_ticks = 4
    plot.xaxis.ticker.desired_num_ticks = 5
    plot.xgrid.visible = False
    return plot


def _outline(plot: Any, values: np.ndarray, edges: np.ndarray, total: int, colour: str) -> None:
    counts, _ = np.histogram(values, edges)
    shares = counts / max(1, total)
    line = empty("x", "y")
    line.name = "outline"
    line.data = {"x": np.repeat(edges, 2)[1:-1], "y": np.repeat(shares, 2)}
    plot.line("x", "y", source=line, line_color=colour, line_width=2.5)
    plot.y_range.end = max(plot.y_range.end, 1.08 * float(shares.max(initial=0)))
