"""Taking a node out of a network, which every folding pass ends with."""

from __future__ import annotations

from dataclasses import replace

from workbench.network.graph import Network, Node


def merge_into_source(network: Network, node: Node, merged: Node) -> Network:
    """Put `merged` in the place of a node's only source, and drop the node.

    Parameters
    ----------
    node : Node
        Has one input, which nothing else reads.
    merged : Node
        Does the work of source and node together, and bears the source's name.
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


def sole_source(network: Network, node: Node) -> Node | None:
    """Return a node's source if it has just one, and is that source's only reader."""
    if len(node.inputs) != 1 or len(network.consumers(node.inputs[0])) != 1:
        return None
    return network[node.inputs[0]]
