"""Fold batch normalization, and other per-channel affine maps, into the map before them.

With ``s = gamma / sqrt(variance + epsilon)``: ``W <- W s`` and ``b <- (b - mean) s + beta``.

A normalization is never moved through an activation, a pooling, or a branch that others read; one
that cannot be folded stays.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from workbench.conversion.passes.conversion_pass import Pass
from workbench.network.activation import Activation
from workbench.network.graph import Network, Node


@partial(
    Pass,
    does="makes batch normalization and scaling part of the weights before them",
    outputs="within float32 rounding",
    expects="max pooling in its final place, after `sink_max_pooling`",
    joins="folded into",
)
def fold_affine(network: Network) -> Network:
    """Return the network without the affine maps that follow a linear map with weights."""
    for name in [node.name for node in network.nodes]:
        node = network[name]  # As earlier folds left it.
        source = None if node.layer.affine is None else network.sole_source(node)
        folded = None if source is None else _folded(source, node)
        if folded is not None:
            network = network.replacing({folded.name: folded, name: ()})
    return network


def _folded(source: Node, node: Node) -> Node | None:
    """Return the source with the affine map behind it in its numbers, if it can take that up."""
    if node.layer.affine is None or source.activation != Activation.LINEAR:
        return None
    layer = source.layer.followed_by(*node.layer.affine)
    if layer is None:
        return None
    return replace(source, layer=layer, activation=node.activation)
