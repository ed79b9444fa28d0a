"""Where spikes lie in a raster: every layer a band of equal height, its units scaled into it.

Spikes are placed as points; many of them are rasterised to a small image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.plot.sample_view import SampleView

GAP = 0.06
IMAGE_ROWS = 360
IMAGE_COLUMNS = 800
SHADES = 7


@dataclass(frozen=True)
class Band:
    """The part of the y axis that shows one layer: unit 0 at the top."""

    name: str
    size: int
    bottom: float
    top: float

    def position(self, unit: np.ndarray) -> np.ndarray:
        """Place units on the y axis."""
        return self.top - (unit + 0.5) / self.size * (self.top - self.bottom)


def make_bands(layers: Sequence[str], sizes: Mapping[str, int]) -> list[Band]:
    """Stack the layers, the first on top."""
    count = len(layers)
    return [
        Band(name, sizes[name], count - 1 - i + GAP, count - i - GAP)
        for i, name in enumerate(layers)
    ]


def spike_points(run: SampleView, *, time_scale: float = 1.0) -> dict[str, np.ndarray]:
    """Place every spike.

    Returns
    -------
    dict of str to ndarray
        `x` (end of its step), `y`, `unit`, and `layer`, the layer's place in `run.layers`.
    """
    bands = make_bands(run.layers, run.sizes)
    x, y, unit, layer = [], [], [], []
    for index, band in enumerate(bands):
        steps, units = run.spikes[band.name]
        x.append(((steps + 1) * time_scale).astype(np.float32))
        y.append(band.position(units).astype(np.float32))
        unit.append(units.astype(np.int32))
        layer.append(np.full(len(steps), index, np.uint8))
    if not bands:
        return {"x": np.zeros(0), "y": np.zeros(0), "unit": np.zeros(0), "layer": np.zeros(0)}
    return {
        "x": np.concatenate(x),
        "y": np.concatenate(y),
        "unit": np.concatenate(unit),
        "layer": np.concatenate(layer),
    }


def spike_image(
    points: Mapping[str, np.ndarray],
    bands: Sequence[Band],
    *,
    left: float,
    right: float,
    bottom: float,
    top: float,
    step: float = 1.0,
) -> np.ndarray:
    """Rasterise the spikes of a part of the plane.

    Parameters
    ----------
    points : mapping
        What `spike_points` returns.
    bands : sequence of Band
    left, right, bottom, top : float
        The part to draw.
    step : float
        Length of a time step on the x axis; no column is narrower.

    Returns
    -------
    ndarray of uint8, shape (IMAGE_ROWS, columns)
        0 without a spike; otherwise ``1 + layer * SHADES + shade``, the shade growing with the
        square root of the share of (unit, step) places in the pixel that hold a spike.
    """
    columns = int(np.clip(round((right - left) / step), 1, IMAGE_COLUMNS))
    x, y, layer = points["x"], points["y"], points["layer"]
    inside = (x >= left) & (x < right) & (y >= bottom) & (y < top)
    column = ((x[inside] - left) / (right - left) * columns).astype(np.int64)
    column = np.minimum(column, columns - 1)
    place, owner = (y[inside] - bottom) / (top - bottom) * IMAGE_ROWS, layer[inside]
    steps = max(1.0, (right - left) / step / columns)
    image = np.zeros((IMAGE_ROWS, columns), np.uint8)
    for index, band in enumerate(bands):
        mine = owner == index
        height = unit_rows(band, bottom, top)
        count = np.zeros((IMAGE_ROWS, columns), np.int64)
        thickness = max(1, int(0.8 * height))
        first = np.floor(place[mine] - 0.5 * (thickness - 1)).astype(np.int64)
        for row in range(thickness):
            rows = np.clip(first + row, 0, IMAGE_ROWS - 1)
            np.add.at(count, (rows, column[mine]), 1)
        hit = count > 0
        share = np.minimum(1.0, count[hit] / (max(1.0, 1 / height) * steps))
        shade = np.minimum(SHADES - 1, (np.sqrt(share) * SHADES).astype(np.uint8))
        image[hit] = 1 + index * SHADES + shade
    return image


def unit_rows(band: Band, bottom: float, top: float) -> float:
    """Rows that one unit takes in a part of the plane; less than one where units share a row."""
    return (band.top - band.bottom) / band.size / (top - bottom) * IMAGE_ROWS
