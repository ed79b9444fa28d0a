"""Put average pooling in the place of max pooling.

Expects nothing. Approximate: outputs change, by how much the trace of the conversion shows.
For targets that have no spiking maximum.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.network.graph import Network, Node
from workbench.network.pooling import AveragePool2D, MaxPool2D


def average_max_pooling(network: Network) -> Network:
    """Return the network with every max pooling averaged instead."""
    return network.with_nodes(tuple(_averaged(node) for node in network.nodes))


def _averaged(node: Node) -> Node:
    layer = node.layer
    if not isinstance(layer, MaxPool2D):
        return node
    pool = AveragePool2D(layer.input_shape, layer.pool_size, layer.strides, layer.padding)
    return replace(node, layer=pool)
