"""Spikes into currents, seen from the target: each output adds up the weights of active inputs."""

from __future__ import annotations

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

from workbench.simulation.kernels.cached import kernel
from workbench.simulation.kernels.listing import WORD, list_units
from workbench.simulation.kernels.row_sums import sum_rows
from workbench.simulation.kernels.vectors import INT32, data, intrinsic, load, spread, store

_LABELS = ir.VectorType(INT32, WORD)


@intrinsic
def copy_labels(typing, source, first, shift, out, end):  # type: ignore[no-untyped-def]
    """Copy 8 entries from ``source[first:]`` to ``out[end:]``, each plus `shift`.

    Most copies are of a few entries: one vector takes a third of the time of a loop over them.
    """
    signature = types.void(source, types.intp, types.int32, out, types.intp)

    def generate(context, builder, sig, args):  # type: ignore[no-untyped-def]
        source, first, shift, out, end = args
        labels = load(builder, data(context, builder, sig.args[0], source), first, _LABELS)
        moved = builder.add(labels, spread(builder, shift, _LABELS))
        store(builder, moved, data(context, builder, sig.args[3], out), end)
        return context.get_dummy_value()

    return signature, generate


@kernel(inline=True)
def _multiply(spikes, listed, count, multiples, jump, out, to, moved):  # type: ignore[no-untyped-def]
    """Append the rows that add up to what each listed unit stands for; returns the new end.

    Row ``unit + m * jump`` holds m + 1 times the unit's weights, m < `multiples`. Where entry k
    went is kept in ``moved[k]``.
    """
    for k in range(count):
        moved[k] = to
        unit = listed[k]
        more = np.int32(spikes[unit])
        while more > multiples:
            out[to] = unit + jump * (multiples - 1)
            more -= multiples
            to += 1
        out[to] = unit + jump * (more - 1)
        to += 1
    moved[count] = to
    return to


@kernel
def gather_dense(plane, most, lists, weights, multiples, columns, current):  # type: ignore[no-untyped-def]
    """Add the rows of active inputs to the currents.

    Parameters
    ----------
    plane : uint8 (steps, inputs + spare)
        How many spikes each input stands for, at most `most`.
    lists : int32 (3, spikes in the plane + spare), for use in between
    weights : int or uint (parts, multiples * inputs, width)
        Outputs in parts, zeros beyond the last, as `workbench.simulation.kernels.row_sums` takes
        them; then all of it twice, and so on.
    multiples, columns : int
        Outputs of a part.
    current : int (steps, outputs), added to
        Zero is added to what lies up to a part behind.
    """
    steps, units = plane.shape[0], weights.shape[1] // multiples
    active, listed, moved = lists[0], lists[1], lists[2]
    begin = np.zeros(steps + 1, np.int64)
    end = 0
    for step in range(steps):
        at = step * plane.shape[1]
        if most > 1:
            count = list_units(plane, at, units, 0, listed, 0)
            end = _multiply(plane[step], listed, count, multiples, units, active, end, moved)
        else:
            end = list_units(plane, at, units, 0, active, end)
        begin[step + 1] = end
    # Part by part, so that the weights in use stay in cache over all steps.
    for part in range(weights.shape[0]):
        numbers = weights[part]
        for step in range(steps):
            place = step * current.shape[1] + part * columns
            sum_rows(numbers, 0, active, begin[step], begin[step + 1], current, place)


@kernel(inline=True)
def sum_windows(add, pixel, active, begin, rows, weights, geometry, bits, current):  # type: ignore[no-untyped-def]
    """Add up what lies under each window, from the active inputs of every pixel.

    Parameters
    ----------
    add : `sum_rows` or another function of the same arguments
    pixel : int32 (steps, pixels + 1)
        Where the entries of each pixel begin in `active`.
    begin : int32 (steps, width + 1), rows : int32
        For use in between.
    bits : int
        Lower bits of an entry that are not the number of a row.
    """
    steps, out_height = pixel.shape[0], geometry[3]
    height, width, channels = geometry[0], geometry[1], geometry[2]
    out_width, filters, columns = geometry[4], geometry[5], geometry[6]
    taps, kernel_width, stride_y, stride_x = geometry[7], geometry[8], geometry[9], geometry[10]
    top, left, dilation = geometry[11], geometry[12], geometry[13]
    column = taps * channels
    for out_y in range(out_height):
        y = out_y * stride_y - top
        low = max(0, -(y // dilation))
        high = min(taps, (height - 1 - y) // dilation + 1)
        end = 0
        for step in range(steps):
            begin[step, 0] = end
            for x in range(width):
                place = (y + low * dilation) * width + x
                for tap in range(low, high):
                    first, last = pixel[step, place], pixel[step, place + 1]
                    # From the unit's number to the row of its weights in the leftmost window.
                    shift = x * column + (tap - place) * channels
                    moved = shift << bits
                    place += dilation * width
                    copy_labels(active, first, moved, rows, end)
                    if last - first > WORD:
                        for more in range(first + WORD, last, WORD):
                            copy_labels(active, more, moved, rows, end + more - first)
                    end += last - first
                begin[step, x + 1] = end
        for part in range(weights.shape[0]):
            numbers = weights[part]
            for out_x in range(out_width):
                x = out_x * stride_x - left
                # A window may lie wholly in the padding.
                left_end, right_end = min(max(x, 0), width), max(min(x + kernel_width, width), 0)
                place = (out_y * out_width + out_x) * filters + part * columns
                for step in range(steps):
                    first, last = begin[step, left_end], begin[step, right_end]
                    at = step * current.shape[1] + place
                    add(numbers, x * column, rows, first, last, current, at)


@kernel
def gather_convolution(plane, most, lists, weights, multiples, geometry, current):  # type: ignore[no-untyped-def]
    """Add to each output the weights of the active inputs under its window.

    For each row of outputs, the active inputs of all rows under it are listed column by column,
    so that every window is one run of the list. A window's steps follow one another: the same
    inputs spike again, and their weights are still in the first cache.

    Parameters
    ----------
    plane : uint8 (steps, inputs + spare)
        How many spikes each input stands for, at most `most`.
    lists : int32 (3, spikes in the plane + spare), for use in between
    weights : int or uint (parts, multiples * kernel width * kernel height * channels, width)
        Columns of the kernel first; filters in parts, zeros beyond the last, as
        `workbench.simulation.kernels.row_sums` takes them; then all of it twice, and so on.
    multiples : int
    geometry : int64 (14,)
        Input height, width and channels; output height and width; filters, in all and of a part;
        kernel height and width; strides; padding top and left; vertical dilation.
    current : int (steps, output units), added to
        Zero is added to what lies up to a part behind.
    """
    height, width, channels = geometry[0], geometry[1], geometry[2]
    steps, pixels = plane.shape[0], height * width
    jump = weights.shape[1] // multiples
    # Arrays are cut, and handed to functions, outside of the inner loops: each time counts
    # references. Intrinsics do not.
    active, rows, moved = lists[0], lists[1], lists[2]
    listed = rows if most > 1 else active
    # Where the entries of each pixel begin in `active`, and of each column of a band in `rows`.
    pixel = np.zeros((steps, pixels + 1), np.int32)
    begin = np.zeros((steps, width + 1), np.int32)
    end = 0
    for step in range(steps):
        first = step * plane.shape[1]
        count = 0 if most > 1 else end
        pixel[step, 0] = count
        for place in range(pixels):
            unit = place * channels
            count = list_units(plane, first + unit, channels, unit, listed, count)
            pixel[step, place + 1] = count
        if most > 1:
            end = _multiply(plane[step], listed, count, multiples, jump, active, end, moved)
            for place in range(pixels + 1):
                pixel[step, place] = moved[pixel[step, place]]
        else:
            end = count
    sum_windows(sum_rows, pixel, active, begin, rows, weights, geometry, 0, current)
