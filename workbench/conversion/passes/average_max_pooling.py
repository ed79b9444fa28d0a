"""Replace max pooling by average pooling, for targets that have no spiking maximum."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from workbench.conversion.passes.conversion_pass import Pass
from workbench.network.graph import Network


@partial(
    Pass,
    does="replaces max pooling by average pooling",
    outputs="approximately",
    guarantees="no max pooling is left",
    when={"max_pool": "average_pooling"},
)
def average_max_pooling(network: Network) -> Network:
    """Return the network with every max pooling averaged instead."""
    averaged = {node.name: node.layer.averaged() for node in network.nodes}
    return network.replacing(
        {
            name: replace(network[name], layer=layer)
            for name, layer in averaged.items()
            if layer is not None
        }
    )
