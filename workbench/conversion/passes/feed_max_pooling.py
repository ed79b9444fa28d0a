"""Give max pooling spikes to read.

A spiking maximum reads spikes. Values that are never negative but no spikes, such as averages of
spikes, get neurons ahead of the pooling: a rectifier changes nothing about them.

Expects nothing. Guarantees: outputs are kept to the bit. Exact. A pooling of values with a sign
stays as it is.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.conversion.passes.rewire import free_name, is_nonnegative, reads_population
from workbench.network.activation import Activation
from workbench.network.graph import Network, Node
from workbench.network.pooling import MaxPool2D
from workbench.network.structure import Identity


def feed_max_pooling(network: Network) -> Network:
    """Return the network with a rectifier ahead of max poolings that read no spikes yet."""
    nodes: list[Node] = []
    taken = {node.name for node in network.nodes}
    for node in network.nodes:
        if isinstance(node.layer, MaxPool2D) and _lacks_spikes(network, node):
            name = free_name(f"{node.name}_input", taken)
            shape = node.layer.input_shape
            nodes.append(Node(name, Identity(shape), Activation.RELU, node.inputs))
            node = replace(node, inputs=(name,))
        nodes.append(node)
    return network.with_nodes(tuple(nodes))


def _lacks_spikes(network: Network, pool: Node) -> bool:
    nonnegative = is_nonnegative(network, network[pool.inputs[0]])
    return nonnegative and not reads_population(network, pool)
