"""The units of a layer as pictures: what spikes, what should, and the difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import DataRange1d, HoverTool, LinearColorMapper
from bokeh.models.annotations import ColorBar

from workbench.errors import DataError, SettingsError
from workbench.network.graph import Network
from workbench.plot.from_run import RunLike, checked_run, checked_sample
from workbench.plot.palette import AMOUNTS, DIFFERENCES, graded
from workbench.plot.style import make_figure, titled

SHOWN = {
    "rates": "rate (spikes/step)",
    "decoded": "decoded activation",
    "activations": "ANN activation",
    "difference": "decoded - ANN activation",
}
"""What a map can show, and the name of its colours."""

MOST_MAPS = 144
"""Channels that are drawn; more would be too small to see."""

MOST_UNITS = 40_000
"""Units of a layer without space that are drawn."""


def feature_maps(
    run: RunLike,
    layer: str,
    sample: int = 0,
    *,
    show: str = "rates",
    ann: Network | None = None,
) -> Any:
    """Draw a layer's units as images: a map per channel, or a grid of a dense layer's units.

    Parameters
    ----------
    run : Run
    layer : str
        A recorded layer, or the network's input, whose samples are drawn.
    sample : int
    show : "rates", "decoded", "activations" or "difference"
        Spikes per step; the activations that these represent; those of the analog network; or how
        much the former are larger than the latter.
    ann : Network, optional
        The one that was converted; "activations" and "difference" need it.

    Returns
    -------
    bokeh.plotting.figure

    Raises
    ------
    DataError, SettingsError
        If there is no such sample or map, or the layer was not recorded.
    """
    sample = checked_sample(checked_run(run), sample)
    if show not in SHOWN:
        raise SettingsError(f"show is {show!r}; accepted: {', '.join(SHOWN)}.")
    network = run.recording.network
    name = network.population(layer).name
    if name == network.input.name and name not in run.recording.layers:
        values, label = np.asarray(run.x[sample], float), "input value"
    else:
        values, label = _values(run, name, sample, show, ann), SHOWN[show]
    image, drawn = mosaic(values)
    plot = map_figure(image, label, symmetric=show == "difference")
    channels = values.shape[-1] if values.ndim > 1 else values.size
    cut = f" (the first {drawn:,} of {channels:,})" if drawn < channels else ""
    return titled(plot, f"{name}, sample {sample}: {label}{cut}")


def _values(run: RunLike, name: str, sample: int, show: str, ann: Network | None) -> np.ndarray:
    if show == "rates":
        rates: np.ndarray = run.counts(name)[sample] / run.recording.steps
        return rates
    if show == "decoded":
        return run.decoded(name)[sample]
    if ann is None:
        raise DataError(f"show={show!r} needs ann, the analog network that was converted.")
    found = run.activations(ann, (name,))
    if name not in found:
        raise DataError(f"Layer '{name}' represents no activation of network '{ann.name}'.")
    expected = found[name][sample]
    return expected if show == "activations" else run.decoded(name)[sample] - expected


def mosaic(values: np.ndarray) -> tuple[np.ndarray, int]:
    """Arrange the units of one sample in a picture.

    Parameters
    ----------
    values : ndarray, shape (height, width, channels), (length, channels) or (units,)

    Returns
    -------
    image : ndarray of float64, shape (rows, columns)
        The first row is on top; NaN between maps.
    drawn : int
        Channels, or units, that are in it.
    """
    if values.ndim == 1:
        flat = values[:MOST_UNITS]
        columns = math.ceil(math.sqrt(2 * len(flat))) if len(flat) > 16 else len(flat)
        rows = math.ceil(len(flat) / columns)
        grid = np.full(rows * columns, np.nan)
        grid[: len(flat)] = flat
        return grid.reshape(rows, columns), len(flat)
    if values.ndim == 2:  # a sequence: a row per channel
        shown = values[:, :MOST_MAPS].T
        return shown.astype(float), len(shown)
    maps = values.reshape(values.shape[0], -1, values.shape[-1])[..., :MOST_MAPS]
    height, width, count = maps.shape
    columns = min(count, max(1, round(math.sqrt(count * 2.2 * (height + 1) / (width + 1)))))
    rows = math.ceil(count / columns)
    image = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for channel in range(count):
        top, left = channel // columns * (height + 1), channel % columns * (width + 1)
        image[top : top + height, left : left + width] = maps[..., channel]
    return image, count


def cell_of(unit: int, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Return row and column of a unit in the picture of its layer; None where it is not drawn."""
    cells = np.argwhere(_numbers(shape) == unit)
    return (int(cells[0, 0]), int(cells[0, 1])) if len(cells) else None


def unit_at(row: int, column: int, shape: tuple[int, ...]) -> int | None:
    """Return the unit in a cell of the picture of its layer; None where there is none."""
    numbers = _numbers(shape)
    inside = 0 <= row < numbers.shape[0] and 0 <= column < numbers.shape[1]
    found = numbers[row, column] if inside else np.nan
    return None if np.isnan(found) else int(found)


def _numbers(shape: tuple[int, ...]) -> np.ndarray:
    """Every unit's number where it is drawn."""
    return mosaic(np.arange(math.prod(shape), dtype=float).reshape(shape))[0]


def map_figure(
    image: np.ndarray,
    label: str,
    *,
    symmetric: bool,
    marked: Sequence[tuple[int, int, str]] = (),
) -> Any:
    """Draw a picture of a layer.

    Parameters
    ----------
    image : ndarray of float64, shape (rows, columns)
        As of `mosaic`.
    label : str
        What the colours stand for.
    symmetric : bool
        Whether colours are those of differences, the same far on both sides of 0.
    marked : sequence of (row, column, colour)
        Cells with a frame.
    """
    rows, columns = image.shape
    known = image[np.isfinite(image)]
    low, high = float(known.min(initial=0)), float(known.max(initial=0))
    if symmetric or low < 0:
        high = max(-low, high) or 1.0
        low, palette = -high, graded(DIFFERENCES)
    else:
        low, high, palette = 0.0, high or 1.0, graded(AMOUNTS)
    # As wide as the page, but not higher than it; a row of a few units is not squeezed to a line.
    height = int(np.clip(760 * rows / columns, 150, 460))
    plot = make_figure(
        height=height, tools="save", name="maps", match_aspect=True,
        x_range=DataRange1d(range_padding=0), y_range=DataRange1d(range_padding=0),
    )  # fmt: skip
    mapper: Any = LinearColorMapper(palette=palette, low=low, high=high, nan_color="#00000000")
    drawn = plot.image(
        [image[::-1]], x=0, y=0, dw=columns, dh=rows, color_mapper=mapper, name="map"
    )
    hover: Any = HoverTool(renderers=[drawn], tooltips=[(label, "@image")])
    plot.add_tools(hover)
    if marked:
        plot.rect(
            x=[column + 0.5 for _, column, _ in marked],
            y=[rows - row - 0.5 for row, _, _ in marked],
            width=1, height=1, fill_color=None, line_color=[each[2] for each in marked],
            line_width=3, name="picked",
        )  # fmt: skip
    bar: Any = ColorBar(color_mapper=mapper, width=10, background_fill_color=None)
    plot.add_layout(bar, "right")
    plot.xaxis.visible = plot.yaxis.visible = False
    plot.xgrid.visible = plot.ygrid.visible = False
    return plot
