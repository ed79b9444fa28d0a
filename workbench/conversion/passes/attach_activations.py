"""Move an activation that stands alone to the map before it.

Expects nothing. Guarantees: outputs are kept to the bit. Exact. An activation stays alone
where the map's plain output is read by others too, already passes an activation, or is a maximum,
which passes spikes on and has no membrane.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.conversion.passes.rewire import merge_into_source, sole_source
from workbench.network.activation import Activation
from workbench.network.graph import Network, Node
from workbench.network.pooling import MaxPool2D
from workbench.network.structure import Identity, Input


def attach_activations(network: Network) -> Network:
    """Return the network with activations joined to the maps they follow."""
    for name in [node.name for node in network.nodes]:
        node = network[name]  # As earlier merges left it.
        if not isinstance(node.layer, Identity):
            continue
        source = sole_source(network, node)
        if source is None or isinstance(source.layer, Input):
            continue
        activation = _joined(source, node)
        if activation is not None:
            network = merge_into_source(network, node, replace(source, activation=activation))
    return network


def _joined(source: Node, node: Node) -> Activation | None:
    """Return the one activation that does the work of two, or None."""
    if node.activation == Activation.LINEAR:
        return source.activation
    if source.activation == Activation.LINEAR and not isinstance(source.layer, MaxPool2D):
        return node.activation
    return None
