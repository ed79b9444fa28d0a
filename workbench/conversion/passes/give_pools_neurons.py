"""Give average pooling neurons of its own, as hardware needs that passes on nothing but spikes.

Expects nothing. Guarantees: outputs are kept to the bit. Exact: averages of values that are never
negative are never negative, so a rectifier changes nothing about them. Averages of values with a
sign, and those that have an activation already, stay as they are.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.conversion.passes.rewire import is_nonnegative
from workbench.network.activation import Activation
from workbench.network.graph import Network, Node
from workbench.network.pooling import AveragePool2D


def give_pools_neurons(network: Network) -> Network:
    """Return the network with a rectifier on every average of values that are never negative."""
    return network.with_nodes(tuple(_rectified(network, node) for node in network.nodes))


def _rectified(network: Network, node: Node) -> Node:
    is_plain_pool = isinstance(node.layer, AveragePool2D) and node is not network.output
    if is_plain_pool and node.activation == Activation.LINEAR and is_nonnegative(network, node):
        return replace(node, activation=Activation.RELU)
    return node
