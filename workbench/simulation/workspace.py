"""Buffers of one thread of the event engine, used again for every sample and window."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from workbench.simulation.kernels.row_sums import LANES, WIDEST

CACHE_LINE = 64
"""Bytes that processors load at once."""

EventList = tuple[np.ndarray, np.ndarray, np.ndarray]


def aligned(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return an array that begins where a cache line does; what it holds is left open."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    room = np.empty(size + CACHE_LINE, np.uint8)
    begin = -room.ctypes.data % CACHE_LINE
    return room[begin : begin + size].view(dtype).reshape(shape)


class Workspace:
    """Named buffers, made when first asked for.

    Parameters
    ----------
    dtype : integer type
        Of currents, where none is asked for.
    window_steps : int
        Steps of the longest window.
    """

    def __init__(self, dtype: type, window_steps: int):
        self.dtype = dtype
        self.steps = window_steps
        self.no_trace = np.zeros((0, 0), np.int64)
        self.no_counts = np.zeros(0, np.int32)
        self._buffers: dict[tuple[str, str], np.ndarray] = {}
        self._lists: dict[str, np.ndarray] = {}

    def _buffer(self, kind: str, name: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        key = (kind, name)
        if key not in self._buffers or self._buffers[key].shape != shape:
            self._buffers[key] = aligned(shape, dtype)
        return self._buffers[key]

    def plane(self, name: str, units: int, span: int, dtype: Any = np.uint8) -> np.ndarray:
        """Return a number per unit for each step, with a vector and more to spare."""
        stride = -(-(units + LANES) // CACHE_LINE) * CACHE_LINE
        return self._buffer("plane", name, (self.steps, stride), dtype)[:span]

    def events(self, name: str, most: int, span: int) -> EventList:
        """Return room for a number of events (start, index, value)."""
        index, value = self.lists(name, 2, most)
        return np.zeros(span + 1, np.int64), index, value

    def lists(self, name: str, count: int, most: int) -> np.ndarray:
        """Return room for lists of a number of entries and more, int32."""
        # Rooms at least double, so that they are seldom made again.
        room = self._lists.get(name)
        if room is None or room.shape[1] < most + LANES:
            room = self._lists[name] = np.empty((count, 1 << (most + LANES).bit_length()), np.int32)
        return room

    def total(self, name: str, units: int) -> np.ndarray:
        """Return a zero per unit; whoever uses it leaves it so."""
        key = ("total", name)
        if key not in self._buffers:
            self._buffers[key] = np.zeros(units, np.int32)
        return self._buffers[key]

    def current(self, name: str, units: int, span: int, dtype: Any = None) -> np.ndarray:
        """Return a zeroed table of currents (span, units), with room behind it for vectors."""
        shape = (self.steps * units + WIDEST,)
        table = self._buffer("current", name, shape, dtype or self.dtype)[: span * units]
        table[...] = 0
        return table.reshape(span, units)
