"""Spikes into currents, seen from the target: each output adds up the weights of active inputs.

The sums of up to 64 outputs stay in vector registers while a list of active inputs runs past.
Loops over such vectors are written in LLVM's own language, because a compiler cannot be relied
on to keep an array in registers; they compile for any processor.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from workbench.simulation.kernels.cached import kernel

LANES = 16
"""Numbers of a vector; buffers that are read or written in vectors have as many to spare."""

_INT64, _INT32, _INT16, _INT8 = (ir.IntType(bits) for bits in (64, 32, 16, 8))
_LABELS = ir.VectorType(_INT32, LANES)
_BYTES = ir.VectorType(_INT8, LANES)


def _data(context, builder, kind, array):  # type: ignore[no-untyped-def]
    """Pointer to the first element of an array."""
    return context.make_array(kind)(context, builder, array).data


def _load(builder, pointer, offset, vector):  # type: ignore[no-untyped-def]
    place = builder.bitcast(builder.gep(pointer, [offset]), vector.as_pointer())
    value = builder.load(place)
    value.align = vector.element.width // 8
    return value


def _store(builder, value, pointer, offset):  # type: ignore[no-untyped-def]
    place = builder.bitcast(builder.gep(pointer, [offset]), value.type.as_pointer())
    builder.store(value, place).align = value.type.element.width // 8


def _spread(builder, number, vector):  # type: ignore[no-untyped-def]
    """Vector whose lanes all hold one number."""
    nothing = ir.Constant(vector, ir.Undefined)
    one = builder.insert_element(nothing, number, _INT32(0))
    return builder.shuffle_vector(one, nothing, ir.Constant(_LABELS, [0] * LANES))


def _row_adder(count):  # type: ignore[no-untyped-def]
    """Return an intrinsic that adds rows of `count` vectors."""

    @intrinsic
    def add_rows(typing, weights, shift, rows, first, last, out, at):  # type: ignore[no-untyped-def]
        """Add up rows ``rows[k] - shift`` of the weights, k from `first` to `last`, onto `out`.

        Weights may be narrower than sums: less of them has to come from distant caches.
        """
        signature = types.void(weights, types.intp, rows, types.intp, types.intp, out, types.intp)

        def generate(context, builder, sig, args):  # type: ignore[no-untyped-def]
            weights, shift, rows, first, last, out, at = args
            stored, vector = (
                ir.VectorType(context.get_value_type(sig.args[i].dtype), LANES) for i in (0, 5)
            )
            width = _INT64(LANES * count)
            places = [_INT64(LANES * i) for i in range(count)]
            rows = _data(context, builder, sig.args[2], rows)
            out = builder.gep(_data(context, builder, sig.args[5], out), [at])
            back = builder.neg(builder.mul(shift, width))
            weights = builder.gep(_data(context, builder, sig.args[0], weights), [back])
            start = [_load(builder, out, place, vector) for place in places]
            entry = builder.block
            loop, done = (builder.append_basic_block(name) for name in ("rows", "rows_done"))
            builder.cbranch(builder.icmp_signed("<", first, last), loop, done)
            builder.position_at_end(loop)
            k = builder.phi(_INT64)
            k.add_incoming(first, entry)
            sums = [builder.phi(vector) for _ in range(count)]
            row = builder.sext(builder.load(builder.gep(rows, [k])), _INT64)
            row = builder.gep(weights, [builder.mul(row, width)])
            added = []
            for total, place in zip(sums, places, strict=True):
                weight = _load(builder, row, place, stored)
                if stored != vector:
                    weight = builder.sext(weight, vector)
                added.append(builder.add(total, weight))
            following = builder.add(k, _INT64(1))
            k.add_incoming(following, loop)
            for total, before, after in zip(sums, start, added, strict=True):
                total.add_incoming(before, entry)
                total.add_incoming(after, loop)
            builder.cbranch(builder.icmp_signed("<", following, last), loop, done)
            builder.position_at_end(done)
            results = [builder.phi(vector) for _ in range(count)]
            for result, before, after in zip(results, start, added, strict=True):
                result.add_incoming(before, entry)
                result.add_incoming(after, loop)
            for result, place in zip(results, places, strict=True):
                _store(builder, result, out, place)
            return context.get_dummy_value()

        return signature, generate

    return add_rows


_add_1, _add_2, _add_4 = (_row_adder(count) for count in (1, 2, 4))


@intrinsic
def _list_active(  # type: ignore[no-untyped-def]
    typing, plane, at, valid, above, largest, label, jump, out, end
):
    """Append ``label + i`` to `out` for the bytes ``plane[at + i]``, i < valid, beyond `above`.

    What is beyond, at most `largest`, chooses the multiple of a row: each one more lies a `jump`
    behind. Looks at one vector of bytes, and returns how many it has listed.
    """
    index, byte, number = types.intp, types.uint8, types.int32
    signature = types.intp(plane, index, index, byte, byte, number, number, out, index)

    def generate(context, builder, sig, args):  # type: ignore[no-untyped-def]
        plane, at, valid, above, largest, label, jump, out, end = args
        plane = _data(context, builder, sig.args[0], plane)
        out = _data(context, builder, sig.args[7], out)
        lanes = ir.Constant(_LABELS, list(range(LANES)))
        bytes_, above = _load(builder, plane, at, _BYTES), _spread(builder, above, _BYTES)
        high = builder.icmp_unsigned(">", bytes_, above)
        limit = _spread(builder, builder.trunc(valid, _INT32), _LABELS)
        chosen = builder.and_(high, builder.icmp_signed("<", lanes, limit))
        largest = _spread(builder, largest, _BYTES)
        beyond = builder.sub(bytes_, above)
        beyond = builder.select(builder.icmp_unsigned("<", beyond, largest), beyond, largest)
        steps = builder.sub(builder.zext(beyond, _LABELS), ir.Constant(_LABELS, [1] * LANES))
        jumps = builder.mul(steps, _spread(builder, jump, _LABELS))
        labels = builder.add(builder.add(lanes, _spread(builder, label, _LABELS)), jumps)
        kind = ir.FunctionType(_LABELS, [_LABELS, chosen.type, _LABELS])
        compress = cgutils.get_or_insert_function(
            builder.module, kind, "llvm.experimental.vector.compress.v16i32"
        )
        packed = builder.call(compress, [labels, chosen, ir.Constant(_LABELS, ir.Undefined)])
        _store(builder, packed, out, end)
        return builder.zext(builder.ctpop(builder.bitcast(chosen, _INT16)), _INT64)

    return signature, generate


@intrinsic
def _copy_labels(typing, source, first, shift, out, end):  # type: ignore[no-untyped-def]
    """Copy one vector of labels from ``source[first:]`` to ``out[end:]``, each plus `shift`."""
    signature = types.void(source, types.intp, types.int32, out, types.intp)

    def generate(context, builder, sig, args):  # type: ignore[no-untyped-def]
        source, first, shift, out, end = args
        labels = _load(builder, _data(context, builder, sig.args[0], source), first, _LABELS)
        moved = builder.add(labels, _spread(builder, shift, _LABELS))
        _store(builder, moved, _data(context, builder, sig.args[3], out), end)
        return context.get_dummy_value()

    return signature, generate


@njit(inline="always")
def _add(weights, shift, rows, first, last, out, at):  # type: ignore[no-untyped-def]
    """Add rows of whichever width the weights have."""
    width = weights.shape[1]
    if width == LANES:
        _add_1(weights, shift, rows, first, last, out, at)
    elif width == 2 * LANES:
        _add_2(weights, shift, rows, first, last, out, at)
    else:
        _add_4(weights, shift, rows, first, last, out, at)


@njit(inline="always")
def _sum_rows(weights, shift, rows, first, last, some, out, at, units):  # type: ignore[no-untyped-def]
    """Add rows onto `units` numbers of `out`, which may be fewer than the weights are wide."""
    if units == weights.shape[1]:
        _add(weights, shift, rows, first, last, out, at)
        return
    some[:] = 0
    _add(weights, shift, rows, first, last, some, 0)
    for unit in range(units):
        out[at + unit] += some[unit]


@njit(inline="always")
def _list_all(  # type: ignore[no-untyped-def]
    plane, at, units, label, most, multiples, jump, out, end
):
    """Append the rows that add up to each unit's byte, in order of vectors; returns the end."""
    for first in range(0, units, LANES):
        place, valid, name = at + first, units - first, label + first
        found, above = 1, 0
        while found > 0 and above < most:
            found = _list_active(  # type: ignore[call-arg]
                plane, place, valid, above, multiples, name, jump, out, end
            )
            end += found
            above += multiples
    return end


@kernel
def _most_spikes(plane, units):  # type: ignore[no-untyped-def]
    """Spikes of the step that has most."""
    most = 0
    for step in range(plane.shape[0]):
        row = plane[step]
        total = 0
        for unit in range(units):
            total += row[unit]
        most = max(most, total)
    return most


@kernel
def gather_dense(plane, most, weights, multiples, outputs, current):  # type: ignore[no-untyped-def]
    """Add the rows of active inputs to the currents.

    Parameters
    ----------
    plane : uint8 (steps, inputs + spare)
        How many spikes each input stands for, at most `most`.
    weights : int (parts, multiples * inputs, width)
        Outputs in parts of 16, 32 or 64, zeros beyond the last; then all of it twice, and so on.
    multiples : int
    outputs : int64 (1,)
    current : int (steps, outputs), added to
    """
    parts, rows, width = weights.shape
    steps, units = plane.shape[0], rows // multiples
    active = np.empty(steps * _most_spikes(plane, units) + LANES, np.int32)
    begin = np.zeros(steps + 1, np.int64)
    for step in range(steps):
        begin[step + 1] = _list_all(
            plane[step], 0, units, 0, most, multiples, units, active, begin[step]
        )
    some = np.empty(width, current.dtype)
    # Part by part, so that the weights in use stay in cache over all steps.
    for part in range(parts):
        place = part * width
        reached = min(width, outputs[0] - place)
        for step in range(steps):
            first, last = begin[step], begin[step + 1]
            _sum_rows(weights[part], 0, active, first, last, some, current[step], place, reached)


@kernel
def gather_convolution(plane, most, weights, multiples, geometry, current):  # type: ignore[no-untyped-def]
    """Add to each output the weights of the active inputs under its window.

    For each row of outputs, the active inputs of all rows under it are listed column by column,
    so that every window is one run of the list.

    Parameters
    ----------
    plane : uint8 (steps, inputs + spare)
        How many spikes each input stands for, at most `most`.
    weights : int (parts, multiples * kernel width * kernel height * channels, width)
        Columns of the kernel first; filters in parts of 16, 32 or 64, zeros beyond the last; then
        all of it twice, and so on.
    multiples : int
    geometry : int64 (13,)
        Input height, width and channels; output height and width; filters; kernel height and
        width; strides; padding top and left; vertical dilation.
    current : int (steps, output units), added to
    """
    height, width, channels = geometry[0], geometry[1], geometry[2]
    out_height, out_width, filters = geometry[3], geometry[4], geometry[5]
    taps, kernel_width, stride_y, stride_x = geometry[6], geometry[7], geometry[8], geometry[9]
    top, left, dilation = geometry[10], geometry[11], geometry[12]
    column = taps * channels
    parts, kernel_rows, part_width = weights.shape
    jump = kernel_rows // multiples
    room = _most_spikes(plane, height * width * channels)
    active = np.empty(room + LANES, np.int32)
    pixel = np.zeros(height * width + 1, np.int64)
    rows = np.empty(room * taps + LANES, np.int32)
    begin = np.zeros(width + 1, np.int64)
    some = np.empty(part_width, current.dtype)
    for step in range(plane.shape[0]):
        # Slices are taken out of the loops: each one counts references to its array.
        spikes, sums = plane[step], current[step]
        for place in range(height * width):
            label = (place % width) * column
            at, end = place * channels, pixel[place]
            pixel[place + 1] = _list_all(
                spikes, at, channels, label, most, multiples, jump, active, end
            )
        if pixel[height * width] == 0:
            continue
        for out_y in range(out_height):
            y = out_y * stride_y - top
            low = max(0, -(y // dilation))
            high = min(taps, (height - 1 - y) // dilation + 1)
            for x in range(width):
                end = begin[x]
                place = (y + low * dilation) * width + x
                for tap in range(low, high):
                    first, last = pixel[place], pixel[place + 1]
                    place += dilation * width
                    _copy_labels(active, first, tap * channels, rows, end)  # type: ignore[call-arg]
                    if last - first > LANES:
                        for more in range(first + LANES, last, LANES):
                            _copy_labels(active, more, tap * channels, rows, end + more - first)
                    end += last - first
                begin[x + 1] = end
            for part in range(parts):
                numbers, at = weights[part], part * part_width
                units = min(part_width, filters - at)
                for out_x in range(out_width):
                    x = out_x * stride_x - left
                    # A window may lie wholly in the padding.
                    first = begin[min(max(x, 0), width)]
                    last = begin[max(min(x + kernel_width, width), 0)]
                    place = (out_y * out_width + out_x) * filters + at
                    _sum_rows(numbers, x * column, rows, first, last, some, sums, place, units)


@kernel
def list_events(plane, units, start, index, value):  # type: ignore[no-untyped-def]
    """List the units of a plane that are not 0 as events, with their bytes as values."""
    for step in range(plane.shape[0]):
        row = plane[step]
        end = start[step]
        for first in range(0, units, LANES):
            end += _list_active(row, first, units - first, 0, 1, first, 0, index, end)  # type: ignore[call-arg]
        for event in range(start[step], end):
            value[event] = row[index[event]]
        start[step + 1] = end
