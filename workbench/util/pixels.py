"""Units of pictures: pixels that a network takes in its own units.

Bytes of a picture run from 0, black, to 255, white. Most networks were trained with pixels from 0
to 1; one that rescales them itself takes 0 to 255. Data sets give pictures as `Pixels`, from 0 to
1, and every network has a `pixel_range`, to which it brings them. Arrays of any other type hold
numbers that are taken as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.errors import SettingsError
from workbench.util.stored_samples import Rows, Samples, StoredSamples

PixelRange = tuple[float, float]

UNIT: PixelRange = (0.0, 1.0)
BYTES: PixelRange = (0.0, 255.0)


class Pixels(np.ndarray):
    """Pictures of known units: an array in which 0 is black and 1 is white.

    Parts of it are `Pixels`, too. What is computed from it is a plain array, whose units only its
    maker knows.
    """

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if "out" in options:
            options["out"] = tuple(map(_plain, options["out"]))
        return getattr(ufunc, method)(*map(_plain, inputs), **options)


def pixels_of_bytes(values: np.ndarray) -> Pixels:
    """Return bytes as pixels; float32."""
    pixels = values.astype(np.float32)
    pixels /= np.float32(255)
    return pixels.view(Pixels)


def checked_range(pixel_range: Any) -> PixelRange:
    """Return a range as two floats.

    Raises
    ------
    SettingsError
        If it is not (black, white).
    """
    try:
        low, high = map(float, pixel_range)
    except (TypeError, ValueError):
        low = high = np.nan
    if not (np.isfinite([low, high]).all() and low < high):
        raise SettingsError(
            f"pixel_range is {pixel_range!r}; accepted: the values that the network takes for "
            "black and white, as (0, 1), (0, 255) or (-1, 1)."
        )
    return low, high


def in_units(x: Samples, pixel_range: PixelRange) -> Samples:
    """Return samples in a network's units: pixels in its range, other numbers as they are.

    What lies on disk is brought there when it is read.
    """
    if pixel_range == UNIT:
        return x
    if isinstance(x, Pixels):
        return rescaled(x, UNIT, pixel_range)
    if not isinstance(x, StoredSamples):
        return x

    def read(rows: Rows) -> np.ndarray:
        return np.asarray(in_units(x[rows], pixel_range))

    return StoredSamples(x.shape, x.dtype, read)


def rescaled(values: np.ndarray, given: PixelRange, wanted: PixelRange) -> np.ndarray:
    """Return pixels of one range as pixels of another; float32."""
    factor = (wanted[1] - wanted[0]) / (given[1] - given[0])
    moved: np.ndarray = (_plain(values) - np.float32(given[0])) * np.float32(factor)
    return moved + np.float32(wanted[0])


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, Pixels) else value
