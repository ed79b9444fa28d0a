"""Fold zero padding into the window that reads it.

A convolution takes any zeros around an image up in its own padding; a max pooling only where no
input is below zero, and no window lies in the padding alone.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from workbench.conversion.passes.conversion_pass import Pass
from workbench.network.activation import Activation
from workbench.network.graph import Network, Node


@partial(
    Pass,
    does="makes the padding of an image part of the convolution or max pooling that reads it",
    outputs="to the bit",
    expects="sequences written as images, after `lift_sequences`",
    joins="folded into",
)
def fold_padding(network: Network) -> Network:
    """Return the network with paddings of images joined to the windows that read them."""
    folded = {node.name: _folded(network, node) for node in network.nodes[1:]}
    changes = {name: node for name, node in folded.items() if node is not None}
    return network.replacing(changes).without_unread()


def _folded(network: Network, node: Node) -> Node | None:
    before = network[node.inputs[0]]
    *image, channels = before.layer.zeros_around or ((0, 0),)
    if len(image) != 2 or channels != (0, 0) or len(node.inputs) != 1:
        return None
    if before.activation != Activation.LINEAR:
        return None  # What it makes of zeros, and of the image, comes after the padding.
    nonnegative = before.inputs[0] in network.nonnegative
    layer = node.layer.taking_up_zeros((image[0], image[1]), nonnegative=nonnegative)
    return None if layer is None else replace(node, layer=layer, inputs=before.inputs)
