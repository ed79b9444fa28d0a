"""Which units of a plane are active, as a list."""

from __future__ import annotations

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils

from workbench.simulation.kernels.cached import kernel
from workbench.simulation.kernels.vectors import (
    INT8,
    INT32,
    INT64,
    data,
    intrinsic,
    load,
    spread,
    store,
)

WORD = 8
"""Units looked at together; lists have room for as many entries to spare."""

_BYTES, _LABELS = ir.VectorType(INT8, WORD), ir.VectorType(INT32, WORD)


def _places(mask: int) -> int:
    """Positions of the bits of a byte that are set, in ascending order, as the bytes of a word."""
    positions = [bit for bit in range(WORD) if mask >> bit & 1]
    return int.from_bytes(bytes(positions).ljust(WORD, b"\0"), "little")


@intrinsic
def list_units(typing, plane, at, units, label, out, end):  # type: ignore[no-untyped-def]
    """Append ``label + i`` to `out` for each ``plane[at + i]`` that is not 0, i < `units`.

    `at` counts units from the first of the plane, which holds bytes or other integers. Returns the
    new end; up to 8 entries behind it are overwritten.

    A table tells where the bits of a mask are set, so that there is no branch to guess wrong: 3 to
    4 cycles for 8 units with any vector unit, where a loop over bytes takes about 18.
    """
    index = types.intp
    signature = types.intp(plane, index, index, index, out, index)

    def generate(context, builder, sig, args):  # type: ignore[no-untyped-def]
        plane, at, units, label, out, begin = args
        numbers = ir.VectorType(context.get_value_type(sig.args[0].dtype), WORD)
        plane = builder.gep(data(context, builder, sig.args[0], plane), [at])
        out = data(context, builder, sig.args[4], out)
        content = ir.Constant(ir.ArrayType(INT64, 256), [_places(mask) for mask in range(256)])
        table = cgutils.global_constant(builder.module, "places_of_bits", content)
        entry = builder.block
        loop, done = (builder.append_basic_block(name) for name in ("words", "words_done"))
        builder.cbranch(builder.icmp_signed(">", units, INT64(0)), loop, done)

        builder.position_at_end(loop)
        first, end = builder.phi(INT64), builder.phi(INT64)
        active = builder.icmp_unsigned(
            "!=", load(builder, plane, first, numbers), ir.Constant(numbers, [0] * WORD)
        )
        left = builder.sub(units, first)
        left = builder.select(builder.icmp_signed("<", left, INT64(WORD)), left, INT64(WORD))
        valid = builder.sub(builder.shl(INT64(1), left), INT64(1))
        mask = builder.and_(builder.zext(builder.bitcast(active, INT8), INT64), valid)
        places = builder.bitcast(builder.load(builder.gep(table, [INT64(0), mask])), _BYTES)
        start = spread(builder, builder.trunc(builder.add(label, first), INT32), _LABELS)
        store(builder, builder.add(builder.zext(places, _LABELS), start), out, end)
        following = builder.add(first, INT64(WORD))
        after = builder.add(end, builder.ctpop(mask))
        for value, before, next_ in ((first, INT64(0), following), (end, begin, after)):
            value.add_incoming(before, entry)
            value.add_incoming(next_, loop)
        builder.cbranch(builder.icmp_signed("<", following, units), loop, done)

        builder.position_at_end(done)
        result = builder.phi(INT64)
        result.add_incoming(begin, entry)
        result.add_incoming(after, loop)
        return result

    return signature, generate


@kernel
def list_events(plane, units, start, index, value):  # type: ignore[no-untyped-def]
    """List the units of a plane that are not 0 as events, with what the plane holds as values."""
    for step in range(plane.shape[0]):
        end = list_units(plane, step * plane.shape[1], units, 0, index, start[step])
        for event in range(start[step], end):
            value[event] = plane[step, index[event]]
        start[step + 1] = end
