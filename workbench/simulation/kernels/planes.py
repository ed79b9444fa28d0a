"""Planes of spikes: a number per unit and step, of the spikes that the unit represents.

Bytes where spikes are 1 each; int16 where they have payloads, which are added.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

from workbench.simulation.kernels.cached import kernel
from workbench.simulation.kernels.vectors import INT64, data, intrinsic, load, store

BLOCK = 16
"""Units of the vectors in which those with the same links are added."""

MOST_STEPS = 255
"""Steps whose spikes a byte can count."""


@intrinsic
def add_block(typing, target, place, source, member):  # type: ignore[no-untyped-def]
    """Add block `member` of the source to block `place` of the target, both of one type.

    One vector: a loop over 16 units first asks whether the two overlap, for every block, and takes
    8 times as long.
    """
    signature = types.void(target, types.intp, source, types.intp)

    def generate(context, builder, sig, args):  # type: ignore[no-untyped-def]
        target, place, source, member = args
        block = ir.VectorType(context.get_value_type(sig.args[0].dtype), BLOCK)
        to, at = data(context, builder, sig.args[0], target), builder.mul(place, INT64(BLOCK))
        source = data(context, builder, sig.args[2], source)
        added = load(builder, source, builder.mul(member, INT64(BLOCK)), block)
        store(builder, builder.add(load(builder, to, at, block), added), to, at)
        return context.get_dummy_value()

    return signature, generate


@kernel
def link_blocks(begin, member, source, target):  # type: ignore[no-untyped-def]
    """Sum what links bring each block of 16 units that all have the same links, of weight 1.

    Parameters
    ----------
    begin : int64 (output blocks + 1,); member : int32 (links,)
        Links of output block o are ``begin[o]`` to ``begin[o + 1]``, to blocks of inputs.
    source, target : uint8 or int16 (steps, units + spare)
        No sum may leave the range of the type.
    """
    blocks = begin.size - 1
    for step in range(source.shape[0]):
        row, sums = source[step], target[step]
        sums[: BLOCK * blocks] = 0
        for place in range(blocks):
            for link in range(begin[place], begin[place + 1]):
                add_block(sums, place, row, member[link])


@kernel
def link_plane(begin, member, weight, source, target):  # type: ignore[no-untyped-def]
    """Sum what each output's links bring it.

    Parameters
    ----------
    begin : int64 (outputs + 1,); member, weight : int32 (links,)
        Links of output o are ``begin[o]`` to ``begin[o + 1]``.
    source, target : uint8 or int16 (steps, units + spare)
        No sum may leave the range of the type.
    """
    for step in range(source.shape[0]):
        row = source[step]
        for place in range(begin.size - 1):
            total = 0
            for link in range(begin[place], begin[place + 1]):
                total += row[member[link]] * weight[link]
            target[step, place] = total


@kernel
def tally(plane, units, per_step, counts):  # type: ignore[no-untyped-def]
    """Count single spikes; adds to `per_step` (steps,) and `counts` (units,), both int32."""
    steps = plane.shape[0]
    some = np.empty(units, np.uint8)
    # Bytes are added in vectors as wide as bytes allow, as often as a byte can hold.
    for first in range(0, steps, MOST_STEPS):
        some[:] = 0
        for step in range(first, min(first + MOST_STEPS, steps)):
            row = plane[step]
            for unit in range(units):
                some[unit] += row[unit]
        for unit in range(units):
            counts[unit] += some[unit]
    for step in range(steps):
        row = plane[step]
        total = np.int32(0)
        for unit in range(units):
            total = np.int32(total + row[unit])
        per_step[step] += total


@kernel
def tally_payloads(plane, units, per_step, counts, sent):  # type: ignore[no-untyped-def]
    """Sum payloads and count spikes.

    Parameters
    ----------
    plane : int16 (steps, units + spare)
        Payloads.
    per_step : int32 (steps,)
        Spikes of each step, written.
    counts : int32 (units,), or (0,) where they are not asked for
        Sums of payloads, added to.
    sent : int32 (units,)
        Numbers of spikes, added to.
    """
    for step in range(plane.shape[0]):
        row = plane[step]
        total = np.int32(0)
        for unit in range(units):
            total = np.int32(total + (row[unit] != 0))
        per_step[step] = total
        if total > 0:
            for unit in range(counts.size):
                counts[unit] += row[unit]
            for unit in range(units):
                sent[unit] += row[unit] != 0


@kernel
def count_spikes(plane, units):  # type: ignore[no-untyped-def]
    """Return the sum of a plane's bytes."""
    total = 0
    for step in range(plane.shape[0]):
        row = plane[step]
        some = np.int32(0)
        for unit in range(units):
            some = np.int32(some + row[unit])
        total += int(some)
    return total


@kernel
def weigh(plane, size, weight, sums):  # type: ignore[no-untyped-def]
    """Add up the weights of the units that spike, whatever their payloads.

    Parameters
    ----------
    plane : uint8 or int16 (steps, units + spare)
    size : int
        Units.
    weight : int64 (units,)
    sums : int64 (steps,)
    """
    for step in range(plane.shape[0]):
        row, total = plane[step], 0
        for unit in range(size):
            total += weight[unit] if row[unit] != 0 else 0
        sums[step] += total
