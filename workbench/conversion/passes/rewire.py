"""What passes share: taking nodes out of a network, and asking what surrounds them."""

from __future__ import annotations

from dataclasses import replace

from workbench.network.activation import Activation
from workbench.network.graph import Network, Node
from workbench.network.pooling import MaxPool2D, Pool2D
from workbench.network.rearrange import Rearrange
from workbench.network.structure import Add, Concatenate, Identity, Reshape


def merge_into_source(network: Network, node: Node, merged: Node) -> Network:
    """Put `merged` in the place of a node's only source, and drop the node.

    Parameters
    ----------
    node : Node
        Has one input, which nothing else reads.
    merged : Node
        Does the work of source and node together, and has the source's name.
    """
    (source,) = node.inputs
    nodes = []
    for other in network.nodes:
        if other.name == node.name:
            continue
        if other.name == source:
            other = merged
        inputs = tuple(merged.name if name == node.name else name for name in other.inputs)
        nodes.append(replace(other, inputs=inputs))
    return network.with_nodes(tuple(nodes))


def without_unread(network: Network) -> Network:
    """Drop the nodes that nothing reads any more, the output and the input excepted."""
    needed = {network.output.name, network.nodes[0].name}
    for node in reversed(network.nodes):
        if node.name in needed:
            needed.update(node.inputs)
    return network.with_nodes(tuple(node for node in network.nodes if node.name in needed))


def free_name(wanted: str, taken: set[str]) -> str:
    """Return a name that no node has, and take it."""
    while wanted in taken:
        wanted += "_"
    taken.add(wanted)
    return wanted


def is_nonnegative(network: Network, node: Node) -> bool:
    """Whether a node's values are never below zero, whatever the inputs."""
    passes_on = (Pool2D, Rearrange, Concatenate, Add, Identity, Reshape)
    found: dict[str, bool] = {}
    for other in network.nodes:
        if other.activation != Activation.LINEAR:
            found[other.name] = other.activation.nonnegative
        else:
            inherits = isinstance(other.layer, passes_on)
            found[other.name] = inherits and all(found[name] for name in other.inputs)
        if other.name == node.name:
            break
    return found[node.name]


def reads_population(network: Network, pool: Node) -> bool:
    """Whether a max pooling reads the units of one population, maybe under another shape."""
    source = network[pool.inputs[0]]
    while isinstance(source.layer, Reshape) and not network.is_neural(source):
        source = network[source.inputs[0]]
    if isinstance(source.layer, MaxPool2D):
        return True
    return network.is_neural(source) and source.activation.nonnegative


def sole_source(network: Network, node: Node) -> Node | None:
    """Return a node's source if it has just one, and is that source's only reader."""
    if len(node.inputs) != 1 or len(network.consumers(node.inputs[0])) != 1:
        return None
    return network[node.inputs[0]]
