"""Move the activation of the outputs behind what only moves or renames them.

A softmax, a sigmoid or a tanh has no spiking form, but needs none at the output: there the spikes
are counted, and the activation is applied to what they stand for. Source networks may have the
outputs reshaped behind it, or their axes exchanged. A softmax whose summands do not stand along one
axis afterwards stays, and so does an activation ahead of zeros that a layer adds: it would change
them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from workbench.conversion.passes.conversion_pass import Pass
from workbench.network.activation import Activation, AxisSoftmax
from workbench.network.graph import Network, Node


@partial(
    Pass,
    does="keeps a softmax or sigmoid at the output for decoding",
    outputs="within float32 rounding",
)
def sink_output_activation(network: Network) -> Network:
    """Return the network with the activation of its outputs on the last node."""
    moving: list[Node] = []
    node = network.output
    while _only_moves(node):
        moving.append(node)
        source = network.sole_source(node)
        if source is None:
            return network
        node = source
    if not moving or node.activation.hidden:
        return network
    activation = _behind(node, moving[::-1])
    if activation is None:
        return network
    return network.replacing(
        {
            node.name: replace(node, activation=Activation.LINEAR),
            moving[0].name: replace(moving[0], activation=activation),
        }
    )


def _only_moves(node: Node) -> bool:
    """Whether every output of a node is one of its inputs."""
    order = node.layer.moves() if node.activation == Activation.LINEAR else None
    return order is not None and bool((order >= 0).all())


def _behind(node: Node, moving: list[Node]) -> Activation | None:
    """Return what the activation of a node is behind nodes that move units; None if no such is."""
    if node.activation != Activation.SOFTMAX:
        return node.activation
    shape = node.layer.output_shape
    units = np.arange(node.layer.output_size).reshape(1, *shape)
    for other in moving:
        units = other.layer.forward(units)
    first, summands = units[0] // shape[-1], units[0] % shape[-1]
    for axis, size in enumerate(first.shape):
        together = (first == first.take([0], axis)).all()
        if size == shape[-1] and together and _holds_all(summands, axis):
            return Activation.SOFTMAX if axis == first.ndim - 1 else AxisSoftmax(axis)
    return None


def _holds_all(summands: np.ndarray, axis: int) -> bool:
    """Whether numbers along an axis are 0, 1, 2 … in some order, everywhere."""
    ordered = np.sort(np.moveaxis(summands, axis, -1), axis=-1)
    return bool((ordered == np.arange(summands.shape[axis])).all())
