"""Convolutions padded alike on both sides, as other formats want them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbench.network.convolution import Conv2D
from workbench.network.rearrange import Slice
from workbench.network.windows import WindowAxis


def evenly_padded(layer: Conv2D) -> Conv2D | None:
    """Return an equal convolution whose padding is the same before and after each axis.

    The kernel grows by taps of weight 0 that lie in the padding. None where they would not,
    because the dilation does not divide the difference.
    """
    grow, even = [], []
    for axis in range(2):
        (before, after), step = layer.padding[axis], layer.dilation[axis]
        missing = abs(after - before)
        if missing % step:
            return None
        taps = missing // step
        grow.append((taps, 0) if after > before else (0, taps))
        even.append((max(before, after),) * 2)
    kernel = np.pad(layer.kernel, [*grow, (0, 0), (0, 0)])
    changed: Conv2D = layer.replace(kernel=kernel, padding=(even[0], even[1]))
    return changed


MORE_TAPS = 4
"""Most taps of weight 0 that `unsliced` adds along an axis."""


def unsliced(block: Slice, layer: Conv2D) -> Conv2D | None:
    """Return a convolution of whole images that equals one of every n-th row and column.

    Its padding is the same before and after each axis, and its kernel has odd sizes.

    Parameters
    ----------
    block : Slice
        Of rows and columns, all channels.
    layer : Conv2D
        What reads it.

    Returns
    -------
    Conv2D or None
        With larger strides and dilation, and taps of weight 0 where these are needed. None where
        there is no such convolution, or the block has zeros around it where the image has values.
    """
    *places, channels = block.ranges
    if channels != (0, layer.input_shape[2], 1) or len(places) != 2:
        return None
    axes = zip(block.input_shape[:2], places, layer.axes, strict=True)
    found = [_unsliced(size, ends, axis) for size, ends, axis in axes]
    wholes = [each for each in found if each is not None]
    if len(wholes) < 2:
        return None
    rows, columns = wholes
    whole: Conv2D = layer.replace(
        input_shape=block.input_shape,
        kernel=np.pad(layer.kernel, [rows.taps, columns.taps, (0, 0), (0, 0)]),
        strides=(rows.stride, columns.stride),
        dilation=(rows.dilation, columns.dilation),
        padding=((rows.padding,) * 2, (columns.padding,) * 2),
    )
    return whole


class _Axis(NamedTuple):
    """One axis of a convolution of whole images; taps are those added ahead and behind."""

    stride: int
    dilation: int
    padding: int
    taps: tuple[int, int]


def _unsliced(size: int, ends: tuple[int, int, int], axis: WindowAxis) -> _Axis | None:
    start, _, step = ends
    last_read = int(axis.input_index(axis.kernel - 1).max())
    zeros_ahead, zeros_behind = axis.before > 0, last_read >= axis.size
    if (zeros_ahead and start >= step) or (zeros_behind and start + axis.size * step < size):
        return None
    stride = axis.stride * step
    dilation = axis.dilation * step if axis.kernel > 1 else 1
    for more in range(MORE_TAPS + 1):
        taps = axis.kernel + more
        for ahead in range(more + 1):
            before = axis.before * step - start + ahead * dilation
            end = (axis.output_size - 1) * stride + (taps - 1) * dilation - before
            after = end + 1 - size  # Up to stride - 1 places more give no further output.
            if taps % 2 and before >= 0 and after <= before < after + stride:
                return _Axis(stride, dilation, before, (ahead, more - ahead))
    return None
