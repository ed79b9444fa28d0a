"""Move max pooling to where it reads rectified values.

That is behind the activation that follows it, and ahead of an affine map or a concatenation.

Spikes represent values that are not negative, so a spiking maximum reads rectified values. A
rectifier, and an affine map with positive factors, keep the order of values: the maximum of
what they give is what they give for the maximum. The maximum over concatenated channels is the
concatenation of the maxima.

Expects nothing. Guarantees: outputs are kept within float32 rounding. Exact. Where a channel's
factor is negative, or a value is read by others too, the pooling stays where it is.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.conversion.passes.rewire import is_nonnegative, sole_source
from workbench.network.activation import Activation
from workbench.network.affine import ChannelAffine
from workbench.network.graph import Network, Node
from workbench.network.pooling import MaxPool2D
from workbench.network.structure import Concatenate, Identity, Reshape


def sink_max_pooling(network: Network) -> Network:
    """Return the network with max poolings reading rectified values wherever that is exact."""
    for name in [node.name for node in network.nodes if isinstance(node.layer, MaxPool2D)]:
        network = _ahead_of_affine(network, network[name])
    for name in [node.name for node in network.nodes if isinstance(node.layer, MaxPool2D)]:
        chain = _rectifying_chain(network, network[name])
        if chain:
            network = _moved(network, network[name], chain)
    for name in [node.name for node in network.nodes if isinstance(node.layer, MaxPool2D)]:
        node = network[name]
        source = network[node.inputs[0]].layer
        if not is_nonnegative(network, network[node.inputs[0]]):
            continue  # Conversion refuses it, under its own name.
        if isinstance(source, Concatenate) and source.axis == 2:
            network = _split(network, node, source)
    return network


def _ahead_of_affine(network: Network, pool: Node) -> Network:
    """Let a pooling trade places with the affine maps between it and rectified values."""
    maps: list[Node] = []
    source = sole_source(network, pool)
    while source is not None and _is_rising(source):
        maps.append(source)
        source = sole_source(network, source)
    if not maps or not is_nonnegative(network, network[maps[-1].inputs[0]]):
        return network
    shape = pool.layer.output_shape
    moved = replace(pool, inputs=maps[-1].inputs)
    chain = [moved]
    for node in reversed(maps):
        layer = node.layer.replace(input_shape=shape)
        chain.append(replace(node, layer=layer, inputs=(chain[-1].name,)))
    gone = {node.name for node in maps}
    nodes: list[Node] = []
    for node in network.nodes:
        if node.name == pool.name:
            nodes += chain
        elif node.name not in gone:
            inputs = tuple(chain[-1].name if name == pool.name else name for name in node.inputs)
            nodes.append(replace(node, inputs=inputs))
    return network.with_nodes(tuple(nodes))


def _is_rising(node: Node) -> bool:
    """Whether a node is an affine map that never turns an order of values round."""
    if not isinstance(node.layer, ChannelAffine) or node.activation != Activation.LINEAR:
        return False
    return bool((node.layer.scale >= 0).all())


def _rectifying_chain(network: Network, pool: Node) -> list[Node]:
    """Nodes after a pooling, up to one with a rectifier, that may come before it instead."""
    if is_nonnegative(network, network[pool.inputs[0]]):
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
    if isinstance(layer, ChannelAffine):
        channels = max(layer.scale.size, layer.shift.size)
        moved = any(
            other.layer.input_shapes[0][-1:] != other.layer.output_shape[-1:] for other in ahead
        )
        return bool((layer.scale > 0).all()) and (channels == 1 or not moved)
    if isinstance(layer, Reshape):
        return node.activation == Activation.LINEAR
    return isinstance(layer, Identity)


def _moved(network: Network, pool: Node, chain: list[Node]) -> Network:
    """Put a chain of nodes ahead of the pooling that it follows; reshapes stay behind."""
    shape = pool.layer.input_shapes[0]
    last = behind = chain[-1].name
    reshapes = [link for link in chain if isinstance(link.layer, Reshape)]
    rectifying = [link for link in chain if not isinstance(link.layer, Reshape)]
    moved = {pool.name, *(node.name for node in chain)}
    nodes: list[Node] = []
    for node in network.nodes:
        if node.name == pool.name:
            ahead = pool.inputs[0]
            for link in rectifying:
                layer = link.layer.replace(input_shape=shape)
                nodes.append(replace(link, layer=layer, inputs=(ahead,)))
                ahead = link.name
            nodes.append(replace(pool, inputs=(ahead,)))
            for link in reshapes:
                nodes.append(replace(link, inputs=(nodes[-1].name,)))
            behind = nodes[-1].name
        elif node.name not in moved:
            inputs = tuple(behind if name == last else name for name in node.inputs)
            nodes.append(replace(node, inputs=inputs))
    return network.with_nodes(tuple(nodes))


def _split(network: Network, pool: Node, source: Concatenate) -> Network:
    """Pool every branch of a concatenation by itself."""
    branches = network[pool.inputs[0]].inputs
    pools = [
        Node(f"{pool.name}_{number}", pool.layer.replace(input_shape=shape), inputs=(branch,))
        for number, (branch, shape) in enumerate(zip(branches, source.shapes, strict=True), 1)
    ]
    shapes = tuple(node.layer.output_shape for node in pools)
    names = tuple(node.name for node in pools)
    joined = replace(pool, layer=Concatenate(shapes, source.axis), inputs=names)
    nodes: list[Node] = []
    for node in network.nodes:
        nodes += [*pools, joined] if node.name == pool.name else [node]
    return network.with_nodes(tuple(nodes))
