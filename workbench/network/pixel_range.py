"""Which pixels a network takes, as far as its layers tell; see `workbench.util.pixels`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from workbench.network.activation import Activation
from workbench.network.affine import ChannelAffine, Scale
from workbench.util.pixels import BYTES, UNIT, PixelRange

if TYPE_CHECKING:
    from workbench.network.graph import Node

LARGE_UNITS = 10.0
"""Inputs beyond it are not in 0 to 1: a normalization subtracts such a mean, or divides by it."""


def expected_range(nodes: Iterable[Node]) -> PixelRange:
    """Return the range of pixels that a network takes, as far as its first layers tell.

    They tell it where maps per channel that stand ahead of all weights divide by numbers, or
    subtract numbers, as pixels from 0 to 255 have them: over 0 to 1 a standard deviation is at
    most 1/2 and a mean at most 1.
    """
    first, *others = nodes
    # By node: the factor so far.
    reached = {first.name: 1.0}
    for node in others:
        if len(node.inputs) != 1 or node.inputs[0] not in reached or node.layer.mixing:
            continue
        factor = reached[node.inputs[0]]
        if isinstance(node.layer, ChannelAffine):
            with np.errstate(all="ignore"):  # a file may hold a variance below zero
                scale, shift = np.abs(node.layer.scale), np.abs(node.layer.shift)
                center = np.median(shift / scale) / factor
        elif isinstance(node.layer, Scale):
            scale, center = np.abs(node.layer.factor), 0.0
        elif node.layer.weighted:
            continue
        else:
            scale, center = np.ones(1), 0.0
        factor *= float(np.median(scale[scale > 0])) if (scale > 0).any() else 1.0
        if factor < 1 / LARGE_UNITS or LARGE_UNITS < center < np.inf:
            return BYTES
        if node.activation == Activation.LINEAR:
            reached[node.name] = factor
    return UNIT
