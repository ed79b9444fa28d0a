"""The neuron update: integrate the drive of a step, fire, reset."""

from __future__ import annotations

import numpy as np
from numba import njit

RESET_SUBTRACT, RESET_ZERO, RESET_MODULO, RESET_NONE = 0, 1, 2, 3


@njit(cache=True, nogil=True)
def _emit(mask, index, found, counts):  # type: ignore[no-untyped-def]
    """Append the units whose mask is set; whole words of silent units are skipped."""
    words = mask.view(np.uint64)
    for word in range(words.size):
        if words[word] != 0:
            for unit in range(8 * word, 8 * word + 8):
                if mask[unit] != 0:
                    index[found] = unit
                    counts[unit] += 1
                    found += 1
    return found


@njit(cache=True, nogil=True)
def fire(  # type: ignore[no-untyped-def]
    potential, drive, current, threshold, reset, mask, start, index, counts, trace
):
    """Advance integrate-and-fire neurons by a window.

    Parameters
    ----------
    potential : int (units,), changed in place
    drive : int (units,)
        Constant input of every step.
    current : int (steps, units), or (0, 0) for none
        Input that differs from step to step.
    threshold : int
    reset : int
        One of the RESET constants.
    mask : uint8 (units rounded up to 8,), zero beyond the units
    start, index : events that leave, written
    counts : int32 (units,), spikes so far, changed in place
    trace : int64 (steps, units) to record potentials, or (0, 0)
    """
    steps = start.size - 1
    units = potential.size
    driven = current.shape[0] > 0
    # Sums go through the array: numba computes in 64 bits in between, and only what is stored
    # back at the array's width lets the loop use full vectors.
    found = 0
    start[0] = 0
    for step in range(steps):
        if driven:
            row = current[step]
            for unit in range(units):
                potential[unit] += drive[unit] + row[unit]
                spike = potential[unit] >= threshold
                mask[unit] = spike
                potential[unit] -= threshold * spike
        else:
            for unit in range(units):
                potential[unit] += drive[unit]
                spike = potential[unit] >= threshold
                mask[unit] = spike
                potential[unit] -= threshold * spike
        before = found
        found = _emit(mask, index, found, counts)
        # Subtraction has been done above; the other resets correct the few that fired.
        if reset == RESET_ZERO:
            for event in range(before, found):
                potential[index[event]] = 0
        elif reset == RESET_MODULO:
            for event in range(before, found):
                potential[index[event]] %= threshold
        elif reset == RESET_NONE:
            for event in range(before, found):
                potential[index[event]] += threshold
        start[step + 1] = found
        if trace.shape[0] > 0:
            for unit in range(units):
                trace[step, unit] = potential[unit]
