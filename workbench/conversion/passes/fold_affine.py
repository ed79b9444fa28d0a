"""Fold batch normalization, and other per-channel affine maps, into the map before them.

With ``s = gamma / sqrt(variance + epsilon)``: ``W <- W s`` and ``b <- (b - mean) s + beta``.

Expects nothing. Guarantees: outputs are kept within float32 rounding. Exact. A normalization
is never moved through an activation, a pooling, or a branch that others read; one that
cannot be folded stays.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.conversion.passes.rewire import merge_into_source, sole_source
from workbench.network.activation import Activation
from workbench.network.affine import ChannelAffine
from workbench.network.graph import Network, Node


def fold_affine(network: Network) -> Network:
    """Return the network without the affine maps that follow a linear map with weights."""
    for name in [node.name for node in network.nodes]:
        node = network[name]  # As earlier folds left it.
        if isinstance(node.layer, ChannelAffine):
            source = sole_source(network, node)
            folded = None if source is None else _folded(source, node)
            if folded is not None:
                network = merge_into_source(network, node, folded)
    return network


def _folded(source: Node, node: Node) -> Node | None:
    """Return the source with the affine map behind it in its numbers, if it can take that up."""
    affine = node.layer
    assert isinstance(affine, ChannelAffine)
    if source.activation != Activation.LINEAR:
        return None
    layer = source.layer.followed_by(affine.scale, affine.shift)
    if layer is None:
        return None
    return replace(source, layer=layer, activation=node.activation)
