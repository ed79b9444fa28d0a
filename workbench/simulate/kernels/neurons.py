"""The neuron update: integrate the drive of a step, fire, reset."""

from __future__ import annotations

from numba import njit

RESET_SUBTRACT, RESET_ZERO, RESET_MODULO, RESET_NONE = 0, 1, 2, 3

BLOCK = 2048
"""Neurons that run through all steps together: their state stays in the nearest cache."""


@njit(cache=True, nogil=True)
def _fire_step(potential, threshold, reset, spikes):  # type: ignore[no-untyped-def]
    """Mark the neurons that have reached the threshold, and reset them."""
    # Sums go through the array: numba computes in 64 bits in between, and only what is stored
    # back at the array's width lets the loop use full vectors.
    if reset == RESET_NONE:
        for unit in range(potential.size):
            spikes[unit] = potential[unit] >= threshold
    elif reset == RESET_SUBTRACT:
        for unit in range(potential.size):
            spike = potential[unit] >= threshold
            spikes[unit] = spike
            potential[unit] -= threshold * spike
    elif reset == RESET_ZERO:
        for unit in range(potential.size):
            spike = potential[unit] >= threshold
            spikes[unit] = spike
            potential[unit] *= not spike
    else:
        for unit in range(potential.size):
            spike = potential[unit] >= threshold
            spikes[unit] = spike
            if spike:
                potential[unit] %= threshold


@njit(cache=True, nogil=True)
def _is_silent(potential, drive, threshold):  # type: ignore[no-untyped-def]
    """Whether no neuron can fire, because none is at the threshold and none is driven there."""
    rising = False
    for unit in range(potential.size):
        rising |= (potential[unit] >= threshold) | (drive[unit] > 0)
    return not rising


@njit(cache=True, nogil=True)
def fire(  # type: ignore[no-untyped-def]
    potential, drive, current, threshold, reset, plane, trace
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
    plane : uint8 (steps, units + spare)
        Spikes, written.
    trace : int64 (steps, units) to record potentials, or (0, 0)
    """
    steps, units = plane.shape[0], potential.size
    driven, traced = current.shape[0] > 0, trace.shape[0] > 0
    for first in range(0, units, BLOCK):
        last = min(first + BLOCK, units)
        block, constant = potential[first:last], drive[first:last]
        if not driven and not traced and _is_silent(block, constant, threshold):
            for unit in range(last - first):
                block[unit] += steps * constant[unit]
            for step in range(steps):
                plane[step, first:last] = 0
            continue
        for step in range(steps):
            if driven:
                row = current[step, first:last]
                for unit in range(last - first):
                    block[unit] += constant[unit] + row[unit]
            else:
                for unit in range(last - first):
                    block[unit] += constant[unit]
            _fire_step(block, threshold, reset, plane[step, first:last])
            if traced:
                for unit in range(last - first):
                    trace[step, first + unit] = block[unit]
