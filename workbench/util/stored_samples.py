"""Samples that stay on disk, and are read when they are simulated."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.errors import DataError
from workbench.util.batches import plain_array

Rows = slice | np.ndarray
"""Which samples to read: a slice, or their numbers."""


class StoredSamples:
    """Samples on disk; only the chosen ones are in memory.

    Numbers, slices and lists of numbers choose samples, and give arrays; ``numpy.asarray`` reads
    all of them.

    Parameters
    ----------
    shape : tuple of int
        (samples, ...), as of an array.
    dtype : type
        Of the arrays that `read` returns.
    read : callable
        Returns the samples of a slice, or of an array of numbers that are not negative.
    """

    def __init__(self, shape: tuple[int, ...], dtype: Any, read: Callable[[Rows], np.ndarray]):
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self._read = read

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"StoredSamples(shape={self.shape}, dtype={self.dtype})"

    def __getitem__(self, index: Any) -> np.ndarray:
        if isinstance(index, slice):
            return self._read(index)
        try:
            number = operator.index(index)
        except TypeError:
            return self._read(self._numbers(index))
        if not -len(self) <= number < len(self):
            raise IndexError(f"There is no sample {number}; there are {len(self)}.")
        number %= len(self)
        return self._read(slice(number, number + 1))[0]

    def _numbers(self, index: Any) -> np.ndarray:
        """Return chosen samples as numbers from 0."""
        chosen = np.asarray(index) if isinstance(index, (list, np.ndarray)) else None
        if chosen is None or chosen.ndim != 1 or chosen.dtype.kind not in "iub":
            raise DataError(
                f"Samples on disk are chosen by {type(index).__name__}; accepted: a number, a "
                "slice, or a list of numbers. Read them first: numpy.asarray(x)."
            )
        numbers: np.ndarray = np.arange(len(self))[chosen]
        return numbers

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("Samples on disk are copied into memory when they are read.")
        return self._read(slice(None)).astype(dtype or self.dtype, copy=False)


Samples = np.ndarray | StoredSamples
"""What is simulated: an array, which may be a memory map, or samples that stay on disk."""


def first(x: Samples, count: int | None) -> Samples:
    """Return the first samples, or all where `count` is None; what lies on disk stays there."""
    if count is None or not isinstance(x, StoredSamples):
        return x if count is None else x[:count]
    taken = min(count, len(x))

    def read(rows: Rows) -> np.ndarray:
        return x[slice(*rows.indices(taken))] if isinstance(rows, slice) else x[rows]

    return StoredSamples((taken, *x.shape[1:]), x.dtype, read)


def on_disk(x: Any) -> bool:
    """Whether reading all of `x` at once may be more than memory holds.

    Told by what such arrays have in common: numpy's memory maps by their type, the data sets of
    HDF5 and Zarr by the chunks that they are stored in.
    """
    return isinstance(x, (np.memmap, StoredSamples)) or (
        hasattr(x, "chunks") and hasattr(x, "shape") and hasattr(x, "dtype")
    )


def as_samples(x: Any) -> Samples:
    """Return `x` as it lies on disk, or else as an array.

    Raises
    ------
    ValueError
        If it is no array of one shape.
    """
    if isinstance(x, (np.ndarray, StoredSamples)):
        return x
    if on_disk(x):
        return StoredSamples(tuple(x.shape), x.dtype, lambda rows: np.asarray(x[rows]))
    return plain_array(x)
