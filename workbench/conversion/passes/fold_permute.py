"""Fold an order of units into the rows of the dense kernel that reads them.

With units moved one to one, ``x_j = u_order(j)``: ``sum_j W_j x_j = sum_i W'_i u_i``, where row
``order(j)`` of ``W'`` is row ``j`` of ``W``. So a dense layer reads images whose channels stand
last although it was trained on channels first. Sums run in another order. Layers that repeat
units, leave some out or add zeros stay.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np

from workbench.conversion.passes.conversion_pass import Pass
from workbench.network.activation import Activation
from workbench.network.graph import Network, Node
from workbench.network.naming import free_name
from workbench.network.structure import Reshape


@partial(
    Pass,
    does="makes an exchange of axes part of the dense layer that reads it",
    outputs="within float32 rounding",
    joins="folded into",
)
def fold_permute(network: Network) -> Network:
    """Return the network with dense layers reading units in the order in which they are."""
    changes = {}
    taken = network.names
    for node in network.nodes[1:]:
        if folded := _folded(network, node, taken):
            changes[node.name] = folded
    return network.replacing(changes).without_unread()


def _folded(network: Network, node: Node, taken: set[str]) -> tuple[Node, ...]:
    """Return a node that reads ahead of what moves its inputs, and a reshape if need be."""
    source, order, moving = network[node.inputs[0]], None, False
    while (found := _order(source)) is not None:
        order = found if order is None else found[order]
        moving = moving or not np.array_equal(found, np.arange(found.size))
        source = network[source.inputs[0]]
    if order is None or not moving:
        return ()
    layer = node.layer.reordered(order)
    if layer is None:
        return ()
    shape = source.layer.output_shape
    if len(shape) == 1:
        return (replace(node, layer=layer, inputs=(source.name,)),)
    name = free_name(f"{node.name}_flat", taken)
    flat = Node(name, Reshape(shape, (math.prod(shape),)), inputs=(source.name,))
    return flat, replace(node, layer=layer, inputs=(name,))


def _order(node: Node) -> np.ndarray | None:
    """Return the unit that each unit of a node is; None if it does more than move them."""
    if node.layer.idle or node.activation != Activation.LINEAR:
        return None
    order = node.layer.moves()
    if order is None:
        return None
    size = math.prod(node.layer.input_shapes[0])
    one_to_one = order.size == size and np.array_equal(np.sort(order), np.arange(size))
    return order if one_to_one else None
