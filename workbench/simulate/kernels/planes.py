"""Planes of spikes: a byte per unit and step, which says how many spikes the unit stands for."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def link_plane(begin, member, weight, source, target):  # type: ignore[no-untyped-def]
    """Sum what each output's links bring it.

    Parameters
    ----------
    begin : int64 (outputs + 1,); member : int32; weight : uint8 or uint64 (links,)
        Links of output o are ``begin[o]`` to ``begin[o + 1]``.
    source, target : uint8 or uint64 (steps, units)
        Words hold eight units that have the same links; no sum may exceed 255, so that none
        reaches into its neighbour.
    """
    for step in range(source.shape[0]):
        row = source[step]
        for place in range(begin.size - 1):
            total = row.dtype.type(0)
            for link in range(begin[place], begin[place + 1]):
                total += row[member[link]] * weight[link]
            target[step, place] = total


@njit(cache=True, nogil=True)
def tally(plane, units, per_step, counts):  # type: ignore[no-untyped-def]
    """Count spikes; adds to `per_step` (steps,) and `counts` (units,), both int32."""
    for step in range(plane.shape[0]):
        row = plane[step]
        total = 0
        for unit in range(units):
            total += row[unit]
            counts[unit] += row[unit]
        per_step[step] += total
