"""Spiking maximum over windows, by the scores of their inputs."""

from __future__ import annotations

import numpy as np

from workbench.simulation.kernels.cached import kernel

RULE_FIR, RULE_EXACT, RULE_EXP, RULE_RECENT = 0, 1, 2, 3


@kernel
def max_pool_of_events(  # type: ignore[no-untyped-def]
    start, index, first, target, begin, member, rule, seen, highest, plane
):
    """Pass spikes of the inputs that lead their windows; its cost follows the spikes.

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


@kernel
def max_pool_of_planes(  # type: ignore[no-untyped-def]
    source,
    source_back,
    first_step,
    begin,
    member,
    rule,
    forgotten_bits,
    spike_score,
    score,
    recent,
    highest,
    plane,
    taken_back,
):
    """Pass what the leaders of windows send, under every rule and with payloads of either sign.

    Its cost follows inputs and windows; see `workbench.network.max_pool_rules`.

    Parameters
    ----------
    source, source_back : uint8 (steps, inputs + spare)
        Payloads above 0, and absolute ones below; the latter (0, 0) where there are none.
    first_step : int
        Number of the first step, counted from the start of the run.
    begin : int64 (windows + 1,), member : int32
        Inputs of each window, in row-major order.
    forgotten_bits, spike_score : int
        For "exp".
    score : int32 (inputs,), int64 under "exp"; changed in place
    recent : int16 (steps that count, inputs), changed in place under "recent"
    highest : int32 (windows,), changed in place under "exact"
    plane, taken_back : uint8 (steps, windows + spare), written; the latter may be (0, 0)
    """
    signed = source_back.shape[0] > 0
    for step in range(source.shape[0]):
        turn = (first_step + step) % max(recent.shape[0], 1)
        for unit in range(score.size):
            sent = np.int32(source[step, unit])
            if signed:
                sent -= np.int32(source_back[step, unit])
            if rule == RULE_EXP:
                score[unit] += spike_score * sent - (score[unit] >> forgotten_bits)
            elif rule == RULE_RECENT:
                score[unit] += sent - recent[turn, unit]
                recent[turn, unit] = sent
            else:
                score[unit] += sent
        for window in range(begin.size - 1):
            if begin[window] == begin[window + 1]:  # in the padding alone
                plane[step, window] = 0
                if signed:
                    taken_back[step, window] = 0
                continue
            leader = member[begin[window]]
            for k in range(begin[window] + 1, begin[window + 1]):
                if score[member[k]] > score[leader]:
                    leader = member[k]
            if rule == RULE_EXACT:
                passed = score[leader] - highest[window]
                highest[window] = score[leader]
            else:
                passed = np.int32(source[step, leader])
                if signed:
                    passed -= np.int32(source_back[step, leader])
            plane[step, window] = max(passed, 0)
            if signed:
                taken_back[step, window] = max(-passed, 0)
