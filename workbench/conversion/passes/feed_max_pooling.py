"""Give max pooling spikes to read.

A spiking maximum reads spikes. Values that are never negative but no spikes, such as averages of
spikes, get neurons ahead of the pooling: a rectifier changes nothing about them. A pooling of
values with a sign stays as it is.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from workbench.conversion.passes.conversion_pass import Pass
from workbench.network.activation import Activation
from workbench.network.graph import Network, Node
from workbench.network.naming import free_name
from workbench.network.structure import Identity


@partial(
    Pass,
    does="gives max pooling inputs that spike",
    outputs="to the bit",
    expects="max pooling in its final place, after `sink_max_pooling`",
)
def feed_max_pooling(network: Network) -> Network:
    """Return the network with a rectifier ahead of max poolings that read no spikes yet."""
    changes = {}
    taken = network.names
    for node in network.nodes:
        if node.layer.maximum and _lacks_spikes(network, node):
            name = free_name(f"{node.name}_input", taken)
            (shape,) = node.layer.input_shapes
            rectifier = Node(name, Identity(shape), Activation.RELU, node.inputs)
            changes[node.name] = (rectifier, replace(node, inputs=(name,)))
    return network.replacing(changes)


def _lacks_spikes(network: Network, pool: Node) -> bool:
    return pool.inputs[0] in network.nonnegative and not _reads_population(network, pool)


def _reads_population(network: Network, pool: Node) -> bool:
    """Whether a max pooling reads the units of one population, maybe under another shape."""
    source = network[pool.inputs[0]]
    while source.layer.reshapes and not network.is_neural(source):
        source = network[source.inputs[0]]
    if source.layer.maximum:
        return True
    return network.is_neural(source) and source.activation.nonnegative
