"""Spiking maximum over windows, by the spikes counted so far."""

from __future__ import annotations

from numba import njit

RULE_FIR, RULE_EXACT = 0, 1


@njit(cache=True, nogil=True)
def max_pool(  # type: ignore[no-untyped-def]
    start, index, first, target, begin, member, rule, seen, highest, plane
):
    """Pass spikes of the inputs that lead their windows.

    "fir": an input passes if, counting this step, it has the highest count of the window;
    among equals the first in row-major order leads. "exact": a window spikes when its highest
    count rises.

    Parameters
    ----------
    first : int64 (inputs + 1,), target : int32
        Windows that read each input.
    begin : int64 (windows + 1,), member : int32
        Inputs of each window, in row-major order.
    seen : int32 (inputs,), spikes so far, changed in place
    highest : int32 (windows,), changed in place under "exact"
    plane : uint8 (steps, windows + spare), spikes passed, written
    """
    for step in range(start.size - 1):
        plane[step] = 0
        for event in range(start[step], start[step + 1]):
            seen[index[event]] += 1
        for event in range(start[step], start[step + 1]):
            unit = index[event]
            for link in range(first[unit], first[unit + 1]):
                window = target[link]
                passes = False
                if rule == RULE_EXACT:
                    passes = seen[unit] > highest[window]
                    if passes:
                        highest[window] = seen[unit]
                else:
                    passes = True
                    before_unit = True
                    for k in range(begin[window], begin[window + 1]):
                        other = member[k]
                        if other == unit:
                            before_unit = False
                        elif seen[other] > seen[unit] or (
                            before_unit and seen[other] == seen[unit]
                        ):
                            passes = False
                            break
                if passes:
                    plane[step, window] = 1
