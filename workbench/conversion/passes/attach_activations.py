"""Move an activation that stands alone to the map before it.

An activation stays alone where the map's plain output is read by others too, already passes an
activation, or is a maximum, which passes spikes on and has no membrane.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from workbench.conversion.passes.conversion_pass import Pass
from workbench.network.activation import Activation
from workbench.network.graph import Network, Node


@partial(Pass, does="joins an activation to the layer before it", outputs="to the bit")
def attach_activations(network: Network) -> Network:
    """Return the network with activations joined to the maps they follow."""
    for name in [node.name for node in network.nodes]:
        node = network[name]  # As earlier merges left it.
        source = network.sole_source(node) if node.layer.idle else None
        if source is None or not source.inputs:
            continue
        activation = _joined(source, node)
        if activation is not None:
            merged = replace(source, activation=activation)
            network = network.replacing({source.name: merged, name: ()})
    return network


def _joined(source: Node, node: Node) -> Activation | None:
    """Return the one activation that does the work of two, or None."""
    if node.activation == Activation.LINEAR:
        return source.activation
    if source.activation == Activation.LINEAR and not source.layer.maximum:
        return node.activation
    return None
