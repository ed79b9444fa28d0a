"""Planes of spikes: a byte per unit and step, which says how many spikes the unit stands for."""

from __future__ import annotations

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from workbench.simulation.kernels.cached import kernel

BLOCK = 16
"""Bytes of the vectors in which units with the same links are added."""

MOST_STEPS = 255
"""Steps whose spikes a byte can count."""

_BYTES = ir.VectorType(ir.IntType(8), BLOCK)
_INT64 = ir.IntType(64)


@intrinsic
def _add_block(typing, target, place, source, member):  # type: ignore[no-untyped-def]
    """Add block `member` of the source to block `place` of the target."""
    signature = types.void(target, types.intp, source, types.intp)

    def generate(context, builder, sig, args):  # type: ignore[no-untyped-def]
        def block(kind, array, number):  # type: ignore[no-untyped-def]
            data = context.make_array(kind)(context, builder, array).data
            place = builder.gep(data, [builder.mul(number, _INT64(BLOCK))])
            return builder.bitcast(place, _BYTES.as_pointer())

        target, place, source, member = args
        to, added = block(sig.args[0], target, place), block(sig.args[2], source, member)
        total = builder.add(builder.load(to, align=1), builder.load(added, align=1))
        builder.store(total, to, align=1)
        return context.get_dummy_value()

    return signature, generate


@kernel
def link_blocks(begin, member, source, target):  # type: ignore[no-untyped-def]
    """Sum what links bring each block of 16 units that all have the same links, of weight 1.

    Parameters
    ----------
    begin : int64 (output blocks + 1,); member : int32 (links,)
        Links of output block o are ``begin[o]`` to ``begin[o + 1]``, to blocks of inputs.
    source, target : uint8 (steps, units + spare)
        No sum may exceed 255.
    """
    blocks = begin.size - 1
    for step in range(source.shape[0]):
        row, sums = source[step], target[step]
        sums[: BLOCK * blocks] = 0
        for place in range(blocks):
            for link in range(begin[place], begin[place + 1]):
                _add_block(sums, place, row, member[link])  # type: ignore[call-arg]


@kernel
def link_plane(begin, member, weight, source, target):  # type: ignore[no-untyped-def]
    """Sum what each output's links bring it.

    Parameters
    ----------
    begin : int64 (outputs + 1,); member, weight : int32 (links,)
        Links of output o are ``begin[o]`` to ``begin[o + 1]``.
    source, target : uint8 (steps, units + spare)
        No sum may exceed 255.
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
