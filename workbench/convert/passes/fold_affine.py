"""Fold batch normalization, and other per-channel affine maps, into the map before them.

With ``s = gamma / sqrt(variance + epsilon)``: ``W <- W s`` and ``b <- (b - mean) s + beta``.

Expects nothing. Guarantees: outputs are kept within float32 rounding. Exact. A normalization
is never moved through an activation, a pooling, or a branch that others read; one that
cannot be folded stays.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from workbench.convert.passes.rewire import merge_into_source, sole_source
from workbench.network.activation import Activation
from workbench.network.affine import ChannelAffine
from workbench.network.graph import Network, Node


def fold_affine(network: Network) -> Network:
    """Return the network without the affine maps that follow a linear map with weights."""
    for name in [node.name for node in network.nodes]:
        node = network[name]  # As earlier folds left it.
        if isinstance(node.layer, ChannelAffine):
            source = sole_source(network, node)
            if source is not None and _can_fold(source):
                network = merge_into_source(network, node, _folded(source, node))
    return network


def _can_fold(source: Node) -> bool:
    return source.layer.mixing and source.activation == Activation.LINEAR


def _folded(source: Node, node: Node) -> Node:
    layer, affine = source.layer, node.layer
    assert isinstance(affine, ChannelAffine)
    # Folded in float64, so that one rounding to float32 is all that changes.
    kernel = layer.kernel.astype(np.float64) * affine.scale  # type: ignore[attr-defined]
    bias = layer.bias  # type: ignore[attr-defined]
    shifted = (0.0 if bias is None else bias.astype(np.float64)) * affine.scale + affine.shift
    shifted = np.broadcast_to(shifted, kernel.shape[-1:])
    folded = layer.replace(kernel=kernel.astype(np.float32), bias=shifted.astype(np.float32))
    return replace(source, layer=folded, activation=node.activation)
