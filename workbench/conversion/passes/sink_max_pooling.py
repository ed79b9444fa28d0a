"""Move max pooling to where it reads rectified values.

That is behind the activation that follows it, and ahead of an affine map or a concatenation.

Spikes represent values that are not negative, so a spiking maximum reads rectified values. A
rectifier, and an affine map with positive factors, keep the order of values: the maximum of
what they give is what they give for the maximum. The maximum over concatenated channels is the
concatenation of the maxima.

Where a channel's factor is negative, or a value is read by others too, the pooling stays where it
is.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from workbench.conversion.passes.conversion_pass import Pass
from workbench.network.activation import Activation
from workbench.network.graph import Network, Node
from workbench.network.layer import Layer, Shape
from workbench.network.structure import Concatenate, Identity


@partial(
    Pass,
    does="moves max pooling behind layers that do not change which input is the largest",
    outputs="within float32 rounding",
    expects="padding inside the windows that read it, after `fold_padding`",
)
def sink_max_pooling(network: Network) -> Network:
    """Return the network with max poolings reading rectified values wherever that is exact."""
    pools = [node.name for node in network.nodes if node.layer.maximum]
    for move in (_ahead_of_affine, _behind_rectifiers, _into_branches):
        for name in pools:
            network = move(network, network[name])
        pools = [node.name for node in network.nodes if node.layer.maximum]
    return network


def _ahead_of_affine(network: Network, pool: Node) -> Network:
    """Let a pooling trade places with the affine maps between it and rectified values."""
    maps: list[Node] = []
    source = network.sole_source(pool)
    while source is not None and _is_rising(source):
        maps.append(source)
        source = network.sole_source(source)
    if not maps or maps[-1].inputs[0] not in network.nonnegative:
        return network
    chain = [replace(pool, inputs=maps[-1].inputs)]
    for node in reversed(maps):
        layer = _of_shape(node.layer, pool.layer.output_shape)
        chain.append(replace(node, layer=layer, inputs=(chain[-1].name,)))
    return network.removing(*(node.name for node in maps)).replacing({pool.name: chain})


def _is_rising(node: Node) -> bool:
    """Whether a node is an affine map that never turns an order of values round."""
    if node.layer.affine is None or node.activation != Activation.LINEAR:
        return False
    scale, _ = node.layer.affine
    return bool((scale >= 0).all())


def _behind_rectifiers(network: Network, pool: Node) -> Network:
    """Move the activation that follows a pooling ahead of it; reshapes between them stay."""
    moving = [node for node in _rectifying_chain(network, pool) if not node.layer.reshapes]
    if not moving:
        return network
    (shape,), ahead = pool.layer.input_shapes, pool.inputs[0]
    chain = []
    for node in moving:
        chain.append(replace(node, layer=_of_shape(node.layer, shape), inputs=(ahead,)))
        ahead = node.name
    chain.append(replace(pool, inputs=(ahead,)))
    return network.removing(*(node.name for node in moving)).replacing({pool.name: chain})


def _rectifying_chain(network: Network, pool: Node) -> list[Node]:
    """Nodes after a pooling, up to one with a rectifier, that may come before it instead."""
    if pool.inputs[0] in network.nonnegative:
        return []
    chain: list[Node] = []
    last = pool
    while True:
        readers = network.consumers(last.name)
        if len(readers) != 1 or last is network.output:
            return []
        (last,) = readers
        if not _keeps_order(last, chain):
            return []
        chain.append(last)
        if last.activation != Activation.LINEAR:
            return chain if last.activation.nonnegative and last is not network.output else []


def _keeps_order(node: Node, ahead: list[Node]) -> bool:
    """Whether a node, behind others of a chain, may come before a pooling."""
    layer = node.layer
    if layer.affine is not None:
        scale, shift = layer.affine
        moved = any(
            other.layer.input_shapes[0][-1:] != other.layer.output_shape[-1:] for other in ahead
        )
        return bool((scale > 0).all()) and (max(scale.size, shift.size) == 1 or not moved)
    return layer.idle or (layer.reshapes and node.activation == Activation.LINEAR)


def _of_shape(layer: Layer, shape: Shape) -> Layer:
    """Return an affine map, or one that passes values on, for values of another shape."""
    changed: Layer = Identity(shape) if layer.idle else layer.replace(input_shape=shape)
    return changed


def _into_branches(network: Network, pool: Node) -> Network:
    """Pool every branch of a concatenation of channels by itself."""
    source = network[pool.inputs[0]]
    # What has a sign is refused by conversion, under the pooling's own name.
    if source.name not in network.nonnegative or source.layer.joined_axis != 2:
        return network
    pools = [
        Node(f"{pool.name}_{number}", pool.layer.replace(input_shape=shape), inputs=(branch,))
        for number, (branch, shape) in enumerate(
            zip(source.inputs, source.layer.input_shapes, strict=True), 1
        )
    ]
    shapes = tuple(node.layer.output_shape for node in pools)
    names = tuple(node.name for node in pools)
    joined = replace(pool, layer=Concatenate(shapes, 2), inputs=names)
    return network.replacing({pool.name: (*pools, joined)})
