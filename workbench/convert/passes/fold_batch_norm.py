"""Fold batch normalization into the map before it.

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
from workbench.network.affine import BatchNorm
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node


def fold_batch_norm(network: Network) -> Network:
    """Return the network without the batch normalizations that follow a linear map."""
    for name in [node.name for node in network.nodes]:
        node = network[name]  # As earlier folds left it.
        if isinstance(node.layer, BatchNorm):
            source = sole_source(network, node)
            if source is not None and _can_fold(source):
                network = merge_into_source(network, node, _folded(source, node))
    return network


def _can_fold(source: Node) -> bool:
    return isinstance(source.layer, (Conv2D, Dense)) and source.activation is Activation.LINEAR


def _folded(source: Node, node: Node) -> Node:
    layer, norm = source.layer, node.layer
    assert isinstance(layer, (Conv2D, Dense)) and isinstance(norm, BatchNorm)
    # Folded in float64, so that one rounding to float32 is all that changes.
    kernel = layer.kernel.astype(np.float64) * norm.scale
    bias = np.float64(0) if layer.bias is None else layer.bias.astype(np.float64)
    shifted = bias * norm.scale + norm.shift
    folded = layer.replace(kernel=kernel.astype(np.float32), bias=shifted.astype(np.float32))
    return replace(source, layer=folded, activation=node.activation)
