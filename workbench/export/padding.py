"""Convolutions padded alike on both sides, as other formats want them."""

from __future__ import annotations

import numpy as np

from workbench.network.convolution import Conv2D


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
