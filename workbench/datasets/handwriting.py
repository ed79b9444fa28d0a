"""Strokes of a pen as an image, placed as the digits of MNIST are.

MNIST's digits were scaled to fit a box of 20 x 20 pixels, keeping their proportions, and placed in
28 x 28 pixels so that their centre of mass is in the middle. Networks trained on MNIST expect that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from workbench.errors import DataError

BOX = 20 / 28
"""Share of the image that a digit's longer side takes."""

MOST_STROKES = 400
MOST_POINTS = 20_000


@dataclass(frozen=True)
class Stroke:
    """A line that a pen draws.

    Parameters
    ----------
    points : tuple of float
        x, y, x, y, ... in shares of the canvas.
    width : float
        Share of the canvas, 0.005 to 0.5.
    erase : bool
        Whether it takes ink away.

    Raises
    ------
    DataError
        If there is no point, a number is not finite, or the width is out of range.
    """

    points: tuple[float, ...]
    width: float = 0.07
    erase: bool = False

    def __post_init__(self) -> None:
        numbers = (*self.points, self.width)
        if not all(type(n) in (int, float) and -1e6 < n < 1e6 for n in numbers):
            raise DataError("A stroke's points and width must be numbers below a million.")
        if len(self.points) < 2 or len(self.points) % 2:
            raise DataError(
                f"A stroke has {len(self.points)} numbers; accepted: x and y of every point."
            )
        if not 0.005 <= self.width <= 0.5:
            raise DataError(f"A stroke's width is {self.width}; accepted: 0.005 to 0.5.")


def check_strokes(strokes: Sequence[Stroke]) -> None:
    """Refuse more strokes than a person draws.

    Raises
    ------
    DataError
    """
    points = sum(len(stroke.points) for stroke in strokes) // 2
    if len(strokes) > MOST_STROKES or points > MOST_POINTS:
        raise DataError(
            f"The drawing has {len(strokes):,} strokes with {points:,} points; accepted: up to "
            f"{MOST_STROKES:,} strokes with {MOST_POINTS:,} points. Clear it and draw less."
        )


def inked(strokes: Sequence[Stroke], size: int = 112) -> np.ndarray:
    """Return the ink of strokes on a square canvas.

    Parameters
    ----------
    strokes : sequence of Stroke
        In their order: an eraser takes away what is there by then.
    size : int
        Pixels in either direction.

    Returns
    -------
    ndarray of float64, shape (size, size)
        0 without ink to 1; edges are smooth over a pixel.
    """
    ink = np.zeros((size, size))
    for stroke in strokes:
        cover = _cover(stroke, size)
        ink = ink * (1 - cover) if stroke.erase else np.maximum(ink, cover)
    return ink


@lru_cache(64)  # while a person draws, only the last stroke grows
def _cover(stroke: Stroke, size: int) -> np.ndarray:
    """How much of each pixel a stroke covers: by its distance from the line."""
    # A pen may leave the canvas, but not by more than matters.
    places = np.clip(np.reshape(stroke.points, (-1, 2)), -1, 2) * size - 0.5
    radius = stroke.width * size / 2
    cover = np.zeros((size, size))
    for start, end in zip(places, places[1:] if len(places) > 1 else places, strict=False):
        low = np.maximum(np.floor(np.minimum(start, end) - radius - 1), 0).astype(int)
        high = np.minimum(np.ceil(np.maximum(start, end) + radius + 2), size).astype(int)
        if (high <= low).any():
            continue
        y, x = np.mgrid[low[1] : high[1], low[0] : high[0]]
        along = end - start
        length = float(along @ along)
        share = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / (length or 1.0)
        share = np.clip(share, 0, 1)
        distance = np.hypot(x - start[0] - share * along[0], y - start[1] - share * along[1])
        part = cover[low[1] : high[1], low[0] : high[0]]
        np.maximum(part, np.clip(radius + 0.5 - distance, 0, 1), out=part)
    cover.flags.writeable = False
    return cover


def centred(ink: np.ndarray, height: int, width: int) -> np.ndarray:
    """Scale ink to a box and place its centre of mass in the middle, as MNIST does.

    Parameters
    ----------
    ink : ndarray, shape (rows, columns)
        0 where there is none.
    height, width : int
        Of the image.

    Returns
    -------
    ndarray of float64, shape (height, width)
        The ink's longer side takes 20/28 of the image's shorter one. All 0 without ink.
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    image = np.zeros((height, width))
    if not len(rows):
        return image
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    box = max(1, round(BOX * min(height, width)))
    scale = box / max(cut.shape)
    small = resized(cut, max(1, round(cut.shape[0] * scale)), max(1, round(cut.shape[1] * scale)))
    mass = small.sum()
    middle = [float((np.arange(n) * small.sum(axis=1 - axis)).sum() / mass)
              for axis, n in enumerate(small.shape)]  # fmt: skip
    top, left = (
        round((size - 1) / 2 - at) for size, at in zip((height, width), middle, strict=True)
    )
    # What would stick out is moved back in.
    top = min(max(top, 0), height - small.shape[0])
    left = min(max(left, 0), width - small.shape[1])
    image[top : top + small.shape[0], left : left + small.shape[1]] = small
    return image


def resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return an image in another size: every pixel is the mean of the area that it stands for.

    Parameters
    ----------
    image : ndarray, shape (rows, columns, ...)
    height, width : int
    """
    tall = np.tensordot(_shares(image.shape[0], height), image, axes=(1, 0))
    wide = np.tensordot(_shares(image.shape[1], width), tall, axes=(1, 1))
    return np.asarray(np.moveaxis(wide, 0, 1))


def _shares(before: int, after: int) -> np.ndarray:
    """Share of each pixel before in each pixel after; rows add up to 1."""
    edges = np.linspace(0, before, after + 1)
    low, high = edges[:-1, None], edges[1:, None]
    pixel = np.arange(before)
    covered = np.minimum(high, pixel + 1) - np.maximum(low, pixel)
    return np.asarray(np.clip(covered, 0, None) * after / before)
