"""Sparse integer links (pooling, padding, ...): events to events, currents to currents."""

from __future__ import annotations

from workbench.simulation.kernels.cached import kernel


@kernel
def link_events(  # type: ignore[no-untyped-def]
    start, index, value, first, target, weight, total, out_start, out_index, out_value
):
    """Send events along links and sum what reaches the same unit in the same step.

    Parameters
    ----------
    first : int64 (inputs + 1,); target : int32; weight : int (links,)
        Links of input i are ``first[i]`` to ``first[i + 1]``.
    total : int (outputs,), zero before and after
    """
    found = 0
    out_start[0] = 0
    for step in range(start.size - 1):
        before = found
        for event in range(start[step], start[step + 1]):
            unit = index[event]
            for link in range(first[unit], first[unit + 1]):
                place = target[link]
                if total[place] == 0:  # All weights are positive: zero means not reached yet.
                    out_index[found] = place
                    found += 1
                total[place] += value[event] * weight[link]
        for event in range(before, found):
            out_value[event] = total[out_index[event]]
            total[out_index[event]] = 0
        out_start[step + 1] = found


@kernel
def link_currents(before, first, target, weight, current):  # type: ignore[no-untyped-def]
    """Send dense currents along links; adds to `current` (steps, outputs)."""
    for step in range(before.shape[0]):
        for unit in range(before.shape[1]):
            amount = before[step, unit]
            if amount != 0:
                for link in range(first[unit], first[unit + 1]):
                    current[step, target[link]] += amount * weight[link]


@kernel
def round_drive(total, amplitude, bits):  # type: ignore[no-untyped-def]
    """Multiply in place, divide by ``2 ** bits`` and round, halves up; int64 (rows, units)."""
    half = 1 << (bits - 1)
    for row in range(total.shape[0]):
        for unit in range(total.shape[1]):
            total[row, unit] = (total[row, unit] * amplitude + half) >> bits
