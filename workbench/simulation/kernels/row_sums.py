"""Sums of rows of a matrix, kept in vector registers while a list of rows runs past."""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

from workbench.simulation.kernels.vectors import INT32, INT64, data, intrinsic, load, spread, store

LANES = 16
"""Numbers of a vector; buffers that are read or written in vectors have as many to spare."""

WIDEST = 4 * LANES
"""Most sums of a row: as many as vector registers hold."""

FACTOR_BITS = 12
"""Lower bits of an entry that hold a factor from -2048 to 2047, where rows have factors."""


def _add_rows(builder, weights, count, paired, rows, first, last, out, number, scaled):  # type: ignore[no-untyped-def]
    """Add rows of `count` vectors onto `out`; there is at least one row."""
    vector = ir.VectorType(number, LANES)
    zero, half = (ir.Constant(vector, [n] * LANES) for n in (0, number.width // 2))
    places = [INT64(LANES * i) for i in range(2 * count)]
    entry = builder.block
    loop, done = (builder.append_basic_block(name) for name in ("rows", "rows_done"))
    builder.branch(loop)

    builder.position_at_end(loop)
    k = builder.phi(INT64)
    sums = [builder.phi(vector) for _ in range(count * (1 + paired))]
    terms: Any = builder.phi(number) if scaled else None
    label = builder.load(builder.gep(rows, [k]))
    if scaled:
        rest = INT32(32 - FACTOR_BITS)
        factor = builder.ashr(builder.shl(label, rest), rest)
        factor = builder.sext(factor, number) if number.width > 32 else factor
        label = builder.ashr(label, INT32(FACTOR_BITS))
    row = builder.sext(label, INT64)
    row = builder.gep(weights, [builder.mul(row, INT64(LANES * count))])
    found = [load(builder, row, place, vector) for place in places[:count]]
    if paired:
        found += [builder.ashr(both, half) for both in found]
    if scaled:
        factors = spread(builder, factor, vector)
        found = [builder.mul(one, factors) for one in found]
        total = builder.add(terms, factor)
        terms.add_incoming(number(0), entry)
        terms.add_incoming(total, loop)
    added = [builder.add(*pair) for pair in zip(sums, found, strict=True)]
    following = builder.add(k, INT64(1))
    for value, before, after in (
        (k, first, following),
        *((s, zero, a) for s, a in zip(sums, added, strict=True)),
    ):
        value.add_incoming(before, entry)
        value.add_incoming(after, loop)
    builder.cbranch(builder.icmp_signed("<", following, last), loop, done)

    builder.position_at_end(done)
    if paired:
        # Each lower weight has half its range added, so that it is not negative.
        if scaled:
            terms = total
        else:
            terms = builder.sub(last, first)
            terms = builder.trunc(terms, number) if number.width < 64 else terms
        extra = spread(builder, builder.shl(terms, number(number.width // 2 - 1)), vector)
        both, upper = added[:count], added[count:]
        lower = [
            builder.sub(b, builder.add(builder.shl(u, half), extra))
            for b, u in zip(both, upper, strict=True)
        ]
        added = [one for pair in zip(lower, upper, strict=True) for one in pair]
    for total, place in zip(added, places, strict=False):
        store(builder, builder.add(load(builder, out, place, vector), total), out, place)


def _generator(scaled):  # type: ignore[no-untyped-def]
    """Return what writes the code of `sum_rows`, or of `sum_scaled_rows`."""

    def generate(context, builder, sig, args):  # type: ignore[no-untyped-def]
        weights, shift, rows, first, last, out, at = args
        paired = not sig.args[0].dtype.signed
        width = builder.extract_value(
            context.make_array(sig.args[0])(context, builder, weights).shape, 1
        )
        rows = data(context, builder, sig.args[2], rows)
        out = builder.gep(data(context, builder, sig.args[5], out), [at])
        back = builder.neg(builder.mul(shift, width))
        weights = builder.gep(data(context, builder, sig.args[0], weights), [back])
        number = context.get_value_type(sig.args[5].dtype)
        some, end = builder.append_basic_block("some_rows"), builder.append_basic_block("rows_end")
        builder.cbranch(builder.icmp_signed("<", first, last), some, end)
        builder.position_at_end(some)
        counts = [count for count in (1, 2, 4) if (1 + paired) * count * LANES <= WIDEST]
        blocks = [builder.append_basic_block(f"of_{count}") for count in counts]
        switch = builder.switch(width, blocks[-1])
        for count, block in zip(counts, blocks, strict=True):
            if block is not blocks[-1]:
                switch.add_case(INT64(LANES * count), block)
            builder.position_at_end(block)
            _add_rows(builder, weights, count, paired, rows, first, last, out, number, scaled)
            builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return generate


def _signature(weights, rows, out):  # type: ignore[no-untyped-def]
    index = types.intp
    return types.void(weights, index, rows, index, index, out, index)


@intrinsic
def sum_scaled_rows(typing, weights, shift, rows, first, last, out, at):  # type: ignore[no-untyped-def]
    """Add rows of the weights, each times a factor, onto ``out[at:]``; see `sum_rows`.

    An entry of `rows` is ``row << FACTOR_BITS`` with the factor in the lower bits, and rows are
    those less `shift`. Products of pairs are right as their sums are: modulo the number's range.
    A row for each unit of a payload would take a time that grows with the payload.
    """
    return _signature(weights, rows, out), _generator(scaled=True)


@intrinsic
def sum_rows(typing, weights, shift, rows, first, last, out, at):  # type: ignore[no-untyped-def]
    """Add rows ``rows[k] - shift`` of the weights, k from `first` to `last`, onto ``out[at:]``.

    Parameters
    ----------
    weights : int or uint (rows, width)
        Of a signed type as wide as the sums, 16, 32 or 64 columns. Of the unsigned type as wide,
        16 or 32 numbers that hold two weights each (`pairs` in `workbench.simulation.weights`):
        half as much has to come from the caches. One addition then sums up both, modulo the
        number's range, and another the upper weights alone; the lower sum is the difference.
    shift : int
    rows : int32
    out : int
        `at` counts numbers from the first, of any dimension.

    Notes
    -----
    A loop in numba keeps no sums in registers, and takes 3 to 5 times as long.
    """
    return _signature(weights, rows, out), _generator(scaled=False)
