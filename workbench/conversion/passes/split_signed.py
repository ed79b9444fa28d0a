"""Give values with a sign, and other activations that no single neuron has, several populations.

An activation that is no plain rectifier, step or staircase is written as a sum of such units
(`workbench.network.activation.Activation.parts`): a leaky rectifier is
``relu(z) - slope relu(-z)``, carried by an ON and an OFF population. So are the plain sums of a
linear map that another map weighs again, ``z = relu(z) - relu(-z)``.

The output keeps its activation: nothing reads its spikes but the person who counts them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from workbench.conversion.passes.conversion_pass import Pass
from workbench.network.activation import Activation, Part, per_channel
from workbench.network.affine import Affine
from workbench.network.graph import Network, Node
from workbench.network.layer import Layer, Shape
from workbench.network.naming import free_name
from workbench.network.structure import Add, Identity


@partial(
    Pass,
    does="gives values below zero an ON and an OFF population",
    outputs="within float32 rounding",
    expects="activations joined to their layers, after `attach_activations`",
    guarantees="hidden neurons have a plain rectifier, step or staircase each",
)
def split_signed(network: Network) -> Network:
    """Return the network with plain units alone wherever spikes must carry a value."""
    taken = network.names
    return network.replacing(
        {
            node.name: (replace(node, activation=Activation.LINEAR), *_parts(node, taken))
            for node in network.nodes
            if _needs_parts(network, node)
        }
    )


def _needs_parts(network: Network, node: Node) -> bool:
    if node is network.output or not node.activation.hidden:
        return False
    if node.activation == Activation.LINEAR:
        return node.name in network.signed
    return not node.activation.is_plain


def _parts(node: Node, taken: set[str]) -> list[Node]:
    """Nodes of the units of a node's activation, and of their sum."""
    shape, activation = node.layer.output_shape, node.activation
    nodes, summands = [], []
    offset = activation.offset
    for part in activation.parts():
        unit = free_name(f"{node.name}_{part.suffix}", taken)
        nodes.append(Node(unit, _entry(shape, part), part.unit, (node.name,)))
        if np.all(per_channel(part.gain) == 1) and not offset:
            summands.append(unit)
            continue
        weighted = free_name(f"{unit}_gain", taken)
        nodes.append(Node(weighted, Affine(shape, part.gain, offset), inputs=(unit,)))
        summands.append(weighted)
        offset = 0.0
    if len(summands) > 1:
        total = free_name(f"{node.name}_sum", taken)
        nodes.append(Node(total, Add(shape, len(summands)), inputs=tuple(summands)))
    return nodes


def _entry(shape: Shape, part: Part) -> Layer:
    """The affine map ahead of a unit."""
    if np.all(per_channel(part.slope) == 1) and not np.any(per_channel(part.shift)):
        return Identity(shape)
    return Affine(shape, part.slope, part.shift)
