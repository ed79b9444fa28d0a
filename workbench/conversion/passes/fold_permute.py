"""Fold an order of units into the rows of the dense kernel that reads them.

With units moved one to one, ``x_j = u_order(j)``: ``sum_j W_j x_j = sum_i W'_i u_i``, where row
``order(j)`` of ``W'`` is row ``j`` of ``W``. So a dense layer reads images whose channels stand
last although it was trained on channels first.

Expects nothing. Guarantees: outputs are kept within float32 rounding; their sums run in another
order. Exact. Layers that repeat units, leave some out or add zeros stay.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from workbench.conversion.passes.rewire import free_name, without_unread
from workbench.network.activation import Activation
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.rearrange import Rearrange
from workbench.network.structure import Reshape


def fold_permute(network: Network) -> Network:
    """Return the network with dense layers reading units in the order in which they are."""
    nodes: list[Node] = []
    taken = {node.name for node in network.nodes}
    for node in network.nodes:
        nodes += _folded(network, node, taken) if type(node.layer) is Dense else [node]
    return without_unread(network.with_nodes(tuple(nodes)))


def _folded(network: Network, node: Node, taken: set[str]) -> list[Node]:
    """Return a dense node that reads ahead of what moves its inputs, and a reshape if need be."""
    layer = node.layer
    assert isinstance(layer, Dense)
    order = np.arange(len(layer.kernel))
    source = network[node.inputs[0]]
    moving = None
    while True:
        found = _order(source)
        if found is None:
            break
        order = found[order]
        if not np.array_equal(found, np.arange(found.size)):
            moving = source
        source = network[source.inputs[0]]
    if moving is None:
        return [node]
    kernel = np.empty_like(layer.kernel)
    kernel[order] = layer.kernel
    folded = replace(node, layer=layer.replace(kernel=kernel))
    shape = source.layer.output_shape
    if len(shape) == 1:
        return [replace(folded, inputs=(source.name,))]
    name = free_name(f"{node.name}_flat", taken)
    flat = Node(name, Reshape(shape, (math.prod(shape),)), inputs=(source.name,))
    return [flat, replace(folded, inputs=(name,))]


def _order(node: Node) -> np.ndarray | None:
    """Return the unit that each unit of a node is; None if it does more than move them."""
    if node.activation != Activation.LINEAR:
        return None
    if isinstance(node.layer, Reshape):
        return np.arange(node.layer.output_size)
    if not isinstance(node.layer, Rearrange):
        return None
    order = node.layer.sources()
    size = math.prod(node.layer.input_shape)
    one_to_one = order.size == size and np.array_equal(np.sort(order), np.arange(size))
    return order if one_to_one else None
