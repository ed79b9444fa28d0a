"""Payloads into currents: each output adds up the weights of active inputs times what they sent.

As `workbench.simulation.kernels.gather`, whose arguments are the same but for the plane, of
payloads. An entry of a list holds a unit and its payload, and rows are multiplied as they are
added: stored multiples of weights would leave the cache.
"""

from __future__ import annotations

import numpy as np

from workbench.simulation.kernels.cached import kernel
from workbench.simulation.kernels.gather import sum_windows
from workbench.simulation.kernels.listing import list_units
from workbench.simulation.kernels.row_sums import FACTOR_BITS, sum_scaled_rows

MOST_ROWS = 1 << (31 - FACTOR_BITS)
"""Rows that entries can name."""

LARGEST_FACTOR = 2 ** (FACTOR_BITS - 1) - 1
"""Largest absolute payload that entries can hold."""

_FACTOR = (1 << FACTOR_BITS) - 1


@kernel(inline=True)
def _pack(payloads, out, begin, end):  # type: ignore[no-untyped-def]
    """Put payloads behind the units in a list."""
    for k in range(begin, end):
        unit = out[k]
        out[k] = unit << FACTOR_BITS | (np.int32(payloads[unit]) & _FACTOR)


@kernel
def gather_dense(plane, lists, weights, multiples, columns, current):  # type: ignore[no-untyped-def]
    """Add the rows of active inputs, times their payloads, to the currents."""
    steps, units, active = plane.shape[0], weights.shape[1] // multiples, lists[0]
    begin = np.zeros(steps + 1, np.int64)
    for step in range(steps):
        end = list_units(plane, step * plane.shape[1], units, 0, active, begin[step])
        _pack(plane[step], active, begin[step], end)
        begin[step + 1] = end
    for part in range(weights.shape[0]):
        numbers = weights[part]
        for step in range(steps):
            place = step * current.shape[1] + part * columns
            sum_scaled_rows(numbers, 0, active, begin[step], begin[step + 1], current, place)


@kernel
def gather_convolution(plane, lists, weights, multiples, geometry, current):  # type: ignore[no-untyped-def]
    """Add to each output the weights under its window, times the payloads of their inputs."""
    width, channels = geometry[1], geometry[2]
    steps, pixels = plane.shape[0], geometry[0] * width
    active, rows = lists[0], lists[1]
    pixel = np.zeros((steps, pixels + 1), np.int32)
    begin = np.zeros((steps, width + 1), np.int32)
    end = 0
    for step in range(steps):
        first = step * plane.shape[1]
        begun = pixel[step, 0] = end
        for place in range(pixels):
            unit = place * channels
            end = list_units(plane, first + unit, channels, unit, active, end)
            pixel[step, place + 1] = end
        _pack(plane[step], active, begun, end)
    sum_windows(
        sum_scaled_rows, pixel, active, begin, rows, weights, geometry, FACTOR_BITS, current
    )
