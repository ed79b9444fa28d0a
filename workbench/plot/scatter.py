"""What spikes say against what the analog network says, unit by unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from bokeh.models import LinearColorMapper

from workbench.network.graph import Network
from workbench.plot.from_run import RunLike, checked_run, chosen_layers, colours_of
from workbench.plot.palette import ANALOG, shades
from workbench.plot.style import (
    Remark,
    axis_range,
    empty,
    make_figure,
    shortened,
    side_by_side,
    titled,
)

POINTS = 4_000
"""More units than this are drawn as an image of their density."""

BINS = 90
LONGEST_NAME = 22
"""Letters of a layer's name in a title."""


def correlation_scatter(
    run: RunLike, ann: Network, *, layers: Sequence[str] | str | None = None
) -> Any:
    """Draw decoded spike rates against analog activations, a plot per layer.

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
        A point per unit and sample, in the units of the analog network; on the dashed line both
        are equal. More than 4,000 points are drawn as their density.

    Raises
    ------
    DataError, SettingsError
        If the network is another, or no layer was recorded.
    """
    names = chosen_layers(checked_run(run), layers)
    analog = run.activations(ann, names)
    colours = colours_of(run)
    table = run.correlations(ann).set_index("layer")["correlation"]
    plots = []
    for name in names:
        if name in analog:
            plot = scatter_figure(
                analog[name].reshape(-1), run.decoded(name).reshape(-1), colours[name]
            )
            told = f"r = {table[name]:.3f}" if np.isfinite(table[name]) else "no variation"
            plots.append(titled(plot, f"{shortened(name, LONGEST_NAME)}: {told}"))
    if not plots:
        plot = make_figure(height=260, x_range=axis_range(0, 1), y_range=axis_range(0, 1))
        Remark(plot).show("no recorded layer represents an activation of the network")
        plots = [plot]
    return side_by_side(plots)


def scatter_figure(
    x: np.ndarray, y: np.ndarray, colour: str, marked: Mapping[int, str] | None = None
) -> Any:
    """Draw decoded rates `y` against activations `x`, with rings around some of the points.

    Parameters
    ----------
    x, y : ndarray, shape (points,)
    colour : str
    marked : mapping of int to str, optional
        Colours of the rings, by the point's number.
    """
    low = float(min(x.min(initial=0.0), y.min(initial=0.0)))
    high = float(max(x.max(initial=0.0), y.max(initial=0.0))) or 1.0
    room = 0.03 * (high - low)
    ends = low - room, high + room
    plot = make_figure(
        height=280, tools="", name="scatter", x_range=axis_range(*ends), y_range=axis_range(*ends)
    )
    if len(x) <= POINTS:
        points = empty("x", "y")
        points.name = "units"
        points.data = {"x": x, "y": y}
        plot.scatter("x", "y", source=points, size=4, color=colour, alpha=0.5, line_color=None)
    else:
        mapper: Any = LinearColorMapper(
            palette=["#00000000", *shades(colour, 7)], low=-0.5, high=7.5
        )
        plot.image(
            [density(x, y, ends)], x=ends[0], y=ends[0], dw=ends[1] - ends[0],
            dh=ends[1] - ends[0], color_mapper=mapper, name="density",
        )  # fmt: skip
    plot.line(list(ends), list(ends), line_dash="dashed", line_color=ANALOG, line_width=1.5)
    if marked:
        rings = list(marked)
        plot.scatter(
            x[rings], y[rings], size=13, fill_color=None, line_color=list(marked.values()),
            line_width=3, name="picked",
        )  # fmt: skip
    plot.xaxis.axis_label, plot.yaxis.axis_label = "ANN activation", "decoded spike rate"
    plot.xaxis.ticker.desired_num_ticks = plot.yaxis.ticker.desired_num_ticks = 5
    return plot


def density(x: np.ndarray, y: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    """Count points in squares; uint8, shape (BINS, BINS): 0 where none is, else a shade 1 to 7.

    The shade grows with the logarithm, so that single points are seen beside thousands.
    """
    counts, _, _ = np.histogram2d(y, x, bins=BINS, range=[ends, ends])
    shade = np.ceil(7 * np.log1p(counts) / np.log1p(max(1.0, counts.max())))
    return shade.astype(np.uint8)
