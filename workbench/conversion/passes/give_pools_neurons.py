"""Give average pooling neurons of its own, as hardware needs that passes on nothing but spikes.

Averages of values that are never negative are never negative, so a rectifier changes nothing about
them. Averages of values with a sign, and those that have an activation already, stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from workbench.conversion.passes.conversion_pass import Pass
from workbench.network.activation import Activation
from workbench.network.graph import Network, Node


@partial(
    Pass,
    does="gives average pooling neurons of its own",
    outputs="to the bit",
    when={"spiking_pools": True},
)
def give_pools_neurons(network: Network) -> Network:
    """Return the network with a rectifier on every average of values that are never negative."""
    return network.replacing(
        {
            node.name: replace(node, activation=Activation.RELU)
            for node in network.nodes
            if _is_plain_average(network, node) and node.name in network.nonnegative
        }
    )


def _is_plain_average(network: Network, node: Node) -> bool:
    is_plain = node.activation == Activation.LINEAR and node is not network.output
    return is_plain and node.layer.averages
