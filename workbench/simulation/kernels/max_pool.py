"""Spiking maximum over windows, by the scores of their inputs."""

from __future__ import annotations

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

from workbench.simulation.kernels.cached import kernel
from workbench.simulation.kernels.planes import BLOCK
from workbench.simulation.kernels.vectors import INT64, data, intrinsic, load, store

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
):
    """Pass what the leaders of windows send, under every rule and with payloads of either sign.

    Its cost follows inputs and windows; see `workbench.network.max_pool_rules`.

    Parameters
    ----------
    source : uint8 or int16 (steps, inputs + spare)
    first_step : int
        Number of the first step, counted from the start of the run.
    begin : int64 (windows + 1,), member : int32
        Inputs of each window, in row-major order.
    forgotten_bits, spike_score : int
        For "exp".
    score : int32 (inputs,), int64 under "exp"; changed in place
    recent : int16 (steps that count, inputs), changed in place under "recent"
    highest : int32 (windows,), changed in place under "exact"
    plane : uint8 or int16 (steps, windows + spare), written
    """
    for step in range(source.shape[0]):
        turn = (first_step + step) % max(recent.shape[0], 1)
        for unit in range(score.size):
            sent = np.int32(source[step, unit])
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
                continue
            leader = member[begin[window]]
            for k in range(begin[window] + 1, begin[window + 1]):
                if score[member[k]] > score[leader]:
                    leader = member[k]
            if rule == RULE_EXACT:
                plane[step, window] = score[leader] - highest[window]
                highest[window] = score[leader]
            else:
                plane[step, window] = source[step, leader]


@intrinsic
def rise_block(typing, score, begin, end, member, highest, place, plane, at):  # type: ignore[no-untyped-def]
    """Pass how much the highest score of 16 windows changes, whose inputs are in blocks, too.

    Windows are read as vectors: one by one takes 6 times as long.
    """
    index = types.intp
    signature = types.void(score, index, index, member, highest, index, plane, index)

    def generate(context, builder, sig, args):  # type: ignore[no-untyped-def]
        score, member, highest, plane = (
            data(context, builder, sig.args[i], args[i]) for i in (0, 3, 4, 6)
        )
        begin, end, place, at = args[1], args[2], args[5], args[7]
        numbers = ir.VectorType(score.type.pointee, BLOCK)

        def block(k):  # type: ignore[no-untyped-def]
            first = builder.sext(builder.load(builder.gep(member, [k])), INT64)
            return load(builder, score, builder.mul(first, INT64(BLOCK)), numbers)

        entry = builder.block
        first = block(begin)
        loop, done = (builder.append_basic_block(name) for name in ("members", "members_done"))
        more = builder.add(begin, INT64(1))
        builder.cbranch(builder.icmp_signed("<", more, end), loop, done)
        builder.position_at_end(loop)
        k, leading = builder.phi(INT64), builder.phi(numbers)
        other = block(k)
        lead = builder.select(builder.icmp_signed(">", other, leading), other, leading)
        following = builder.add(k, INT64(1))
        for value, start, next_ in ((k, more, following), (leading, first, lead)):
            value.add_incoming(start, entry)
            value.add_incoming(next_, loop)
        builder.cbranch(builder.icmp_signed("<", following, end), loop, done)
        builder.position_at_end(done)
        result = builder.phi(numbers)
        result.add_incoming(first, entry)
        result.add_incoming(lead, loop)
        rise = builder.sub(result, load(builder, highest, place, numbers))
        store(builder, result, highest, place)
        store(builder, builder.trunc(rise, ir.VectorType(plane.type.pointee, BLOCK)), plane, at)
        return context.get_dummy_value()

    return signature, generate


@kernel
def exact_max_pool_of_blocks(source, per_step, begin, member, score, highest, plane):  # type: ignore[no-untyped-def]
    """Pass the changes of windows' highest sums of payloads, 16 neighbours at a time.

    Gives what `max_pool_of_planes` gives under "exact".

    Parameters
    ----------
    source : int16 (steps, inputs + spare)
    per_step : int (steps,)
        Spikes of the source.
    begin : int64 (window blocks + 1,), member : int32
        Blocks of inputs that each block of windows reads.
    score : int32 (inputs,), highest : int32 (windows,); changed in place
    plane : int16 (steps, windows + spare), written
    """
    for step in range(source.shape[0]):
        if per_step[step] == 0:
            plane[step, : highest.size] = 0
            continue
        row = source[step]
        for unit in range(score.size):
            score[unit] += row[unit]
        first = step * plane.shape[1]
        for place in range(begin.size - 1):
            at = place * BLOCK
            if begin[place] == begin[place + 1]:  # in the padding alone
                plane[step, at : at + BLOCK] = 0
                continue
            rise_block(
                score, begin[place], begin[place + 1], member, highest, at, plane, first + at
            )
