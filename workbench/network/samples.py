"""Whether samples fit a network, for analog and spiking ones alike."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from workbench.errors import DataError
from workbench.network.layer import Shape
from workbench.util.batches import gives_batches, joined_batches
from workbench.util.pixels import UNIT, PixelRange, in_units
from workbench.util.stored_samples import Rows, Samples, StoredSamples, as_samples, on_disk

INPUT_BITS = 12
"""Inputs are rounded to this many bits of their range before they drive the first layer."""

BATCH = 64
"""Most samples of one forward batch."""

BATCH_BYTES = 2**28
"""Memory that a forward batch may take, roughly; large networks run fewer samples at once."""


def batched(x: Samples, numbers: int, dtype: type) -> Iterator[np.ndarray]:
    """Yield successive batches of samples, small enough to be worked on in bounded memory.

    Parameters
    ----------
    x : ndarray or StoredSamples, shape (samples, ...)
    numbers : int
        How many numbers are held at once for each sample.
    dtype : type
        Of these numbers.
    """
    size = max(1, min(BATCH, BATCH_BYTES // (np.dtype(dtype).itemsize * max(1, numbers))))
    for start in range(0, len(x), size):
        yield x[start : start + size]


def joined_inputs(
    x: Any, parts: tuple[tuple[str, Shape], ...], name: str, pixel_range: PixelRange = UNIT
) -> Any:
    """Put the arrays of several inputs side by side, as a network with several inputs reads them.

    Parameters
    ----------
    x : array, or list, tuple or dict of arrays
        One array for each input, in order or by name; anything else is returned as it is.
    parts : tuple of (name, shape)
        The inputs; empty where there is one.
    name : str
        Of the network, for messages.
    pixel_range : (float, float)
        To which pictures are brought.

    Returns
    -------
    ndarray, shape (samples, units of all inputs)
        Where an array stays on disk, StoredSamples, which are joined when they are read.

    Raises
    ------
    DataError
        If inputs are missing, or do not fit their shapes or each other.
    """
    if not parts or isinstance(x, np.ndarray) or on_disk(x):
        return x
    named = ", ".join(f"{part} {shape}" for part, shape in parts)
    if isinstance(x, Mapping):
        missing = sorted({part for part, _ in parts} ^ set(x))
        if missing:
            raise DataError(
                f"Samples name the inputs {', '.join(map(str, x))}; network '{name}' takes {named}."
            )
        x = [x[part] for part, _ in parts]
    if len(x) != len(parts):
        raise DataError(f"Samples are {len(x)} arrays; network '{name}' takes {named}.")
    arrays = [in_units(as_samples(array), pixel_range) for array in x]
    for array, (part, shape) in zip(arrays, parts, strict=True):
        if array.shape[1:] != shape or len(array) != len(arrays[0]):
            raise DataError(
                f"Samples of the input '{part}' have shape {array.shape}; network '{name}' takes "
                f"({len(arrays[0])}, {', '.join(map(str, shape))}): the same number for every "
                "input."
            )

    def side_by_side(rows: Any) -> np.ndarray:
        chosen = [array[rows] for array in arrays]
        return np.concatenate([array.reshape(len(array), -1) for array in chosen], axis=1)

    if not any(map(on_disk, arrays)):
        return side_by_side(slice(None))
    units = sum(math.prod(shape) for _, shape in parts)
    dtype = np.result_type(*(array.dtype for array in arrays))
    return StoredSamples((len(arrays[0]), units), dtype, side_by_side)


def given_samples(x: object, part: str, network: Any = None) -> Samples:
    """Return what a caller gave as samples as an array, refusing what is none.

    Parameters
    ----------
    x : array_like, or source of batches
        What lies on disk, as memory maps and data sets of HDF5 do, stays there. A
        `tf.data.Dataset`, a PyTorch `DataLoader` and a generator are gone through once; labels
        that they give along are left out.
    part : str
        Which part of a data set is meant, for the message to somebody who gave all of it.
    network : Network or SpikingNetwork, optional
        Whose several inputs, if it has them, the samples may be given as.

    Raises
    ------
    DataError
        If this is no array of samples.
    """
    if hasattr(x, "x_test"):
        raise DataError(f"A whole data set was given; give its samples: data.{part}.")
    if gives_batches(x):
        x, _ = joined_batches(x, part, None if network is None else network.input_shape)
    if network is not None and isinstance(x, (tuple, list, Mapping)):
        x = joined_inputs(x, network.input_parts, network.name, network.pixel_range)
    if x is None or isinstance(x, (str, bytes, Mapping)):
        raise DataError(f"Samples are a {type(x).__name__}; accepted: an array of numbers.")
    return _array(x)


def _array(x: object) -> Samples:
    try:
        return as_samples(x)
    except ValueError as error:
        reason = str(error).rstrip(".")
        raise DataError(
            f"Samples do not form an array of one shape: {reason}. Give every row the same number "
            "of values."
        ) from error


def shaped_samples(x: Any, shape: Shape, name: str) -> Samples:
    """Return samples as they lie, without a look at their values.

    Parameters
    ----------
    x : array_like, shape (samples, *shape)
    shape : tuple of int
        Of one sample.
    name : str
        Of the network, for messages.

    Raises
    ------
    DataError
        If the shape is wrong, or values are no numbers.
    """
    x = _array(x)
    if x.ndim != len(shape) + 1 or x.shape[1:] != shape:
        raise DataError(
            f"Samples have shape {x.shape}; network '{name}' takes "
            f"(samples, {', '.join(map(str, shape))}). {_remedy(x.shape[1:], shape)}"
        )
    if x.dtype.kind not in "biuf":
        raise DataError(f"Samples have type {x.dtype}; accepted: real numbers.")
    return x


def checked_samples(x: Any, shape: Shape, name: str, dtype: type) -> np.ndarray:
    """Return samples as an array of `dtype`, all of them in memory.

    Parameters
    ----------
    x, shape, name
        As of `shaped_samples`.
    dtype : type
        float32 or float64.

    Raises
    ------
    DataError
        If the shape is wrong, or values are no numbers, NaN or infinite.
    """
    given = np.asarray(shaped_samples(x, shape, name))
    with np.errstate(over="ignore"):  # What float32 cannot hold becomes infinite and is refused.
        samples: np.ndarray = given.astype(dtype, copy=False)
    if not np.isfinite(samples).all():
        raise DataError("Samples hold NaN or infinite values. Clean or drop those samples.")
    return samples


def mean_frames(x: Samples, steps: int, full_scale: float) -> Samples:
    """Return the analog samples that frames of events represent, over some steps.

    Parameters
    ----------
    x : ndarray or StoredSamples of bool, shape (samples, frames, *input shape)
        A frame a step; after the last frame nothing comes.
    steps : int
    full_scale : float
        What an event is worth for one step.

    Returns
    -------
    ndarray of float32, shape (samples, *input shape)
        Where the frames stay on disk, StoredSamples, which are computed when they are read.
    """

    def means(rows: Rows) -> np.ndarray:
        total = np.asarray(x[rows])[:, :steps].sum(axis=1, dtype=np.float64)
        return (total * (full_scale / steps)).astype(np.float32)

    if isinstance(x, StoredSamples):
        return StoredSamples((len(x), *x.shape[2:]), np.float32, means)
    return means(slice(None))


def _remedy(given: Shape, shape: Shape) -> str:
    """Say how samples of another shape can be made to fit."""
    if given[1:] == shape:
        return 'If these are frames of events, use Simulation(encoding="events").'
    if len(given) == len(shape) == 3:
        if (given[2], *given[:2]) == shape:
            return "It reads channels first, as PyTorch does: give x.transpose(0, 3, 1, 2)."
        if (*given[1:], given[0]) == shape:
            return "It reads channels last, as Keras does: give x.transpose(0, 2, 3, 1)."
    return "Reshape or resize the samples to fit."
