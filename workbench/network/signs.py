"""Which values of a graph have a sign, and must be carried with it."""

from __future__ import annotations

from workbench.network.activation import Activation
from workbench.network.node import Node


def signed(nodes: tuple[Node, ...]) -> frozenset[str]:
    """Names of linear maps whose plain sums another map weighs again."""
    open_sums: dict[str, frozenset[str]] = {}
    found: set[str] = set()
    for node in nodes:
        carried = frozenset[str]().union(*(open_sums[name] for name in node.inputs))
        if node.layer.mixing:
            found |= carried
            carried = frozenset({node.name})
        ends = node.activation != Activation.LINEAR or not node.layer.linear
        open_sums[node.name] = frozenset() if ends else carried
    return frozenset(found)


def nonnegative(nodes: tuple[Node, ...]) -> frozenset[str]:
    """Names of nodes whose values are never below zero, whatever the inputs."""
    found: set[str] = set()
    for node in nodes:
        if node.activation != Activation.LINEAR:
            never_below = node.activation.nonnegative
        else:
            # Sources first: few layers are then asked, some of which would list their synapses.
            never_below = (
                found.issuperset(node.inputs) and node.inputs != () and node.layer.keeps_sign
            )
        if never_below:
            found.add(node.name)
    return frozenset(found)
