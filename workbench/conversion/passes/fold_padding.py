"""Fold zero padding into the window that reads it.

Expects nothing. Guarantees: outputs are kept to the bit. Exact. A convolution takes any zeros
around an image up in its own padding; a max pooling only where no input is below zero, and no
window lies in the padding alone.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.conversion.passes.rewire import is_nonnegative, without_unread
from workbench.network.activation import Activation
from workbench.network.convolution import Conv2D
from workbench.network.graph import Network, Node
from workbench.network.pooling import MaxPool2D
from workbench.network.rearrange import Pad


def fold_padding(network: Network) -> Network:
    """Return the network with paddings of images joined to the windows that read them."""
    nodes = tuple(_folded(network, node) for node in network.nodes)
    return without_unread(network.with_nodes(nodes))


def _folded(network: Network, node: Node) -> Node:
    layer = node.layer
    if not isinstance(layer, (Conv2D, MaxPool2D)):
        return node
    before = network[node.inputs[0]]
    pad = before.layer
    if not isinstance(pad, Pad) or pad.before[2:] != (0,) or pad.after[2:] != (0,):
        return node
    if before.activation != Activation.LINEAR:
        return node  # What it makes of zeros, and of the image, comes after the padding.
    if isinstance(layer, MaxPool2D) and not _is_harmless(network, before, pad, layer):
        return node
    padding = tuple(
        (own[0] + pad.before[axis], own[1] + pad.after[axis])
        for axis, own in enumerate(layer.padding)
    )
    joined = layer.replace(input_shape=pad.input_shape, padding=padding)
    return replace(node, layer=joined, inputs=before.inputs)


def _is_harmless(network: Network, before: Node, pad: Pad, pool: MaxPool2D) -> bool:
    """Whether a maximum with the zeros of a padding is the maximum without them."""
    sides = zip(pad.before[:2], pad.after[:2], pool.pool_size, strict=True)
    reaches_image = all(max(ahead, behind) < size for ahead, behind, size in sides)
    return reaches_image and is_nonnegative(network, network[before.inputs[0]])
