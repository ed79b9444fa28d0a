"""Let sequences be images of height 1 throughout.

Layers for sequences are read as those for images between two reshapes. Here the reshapes between
them go: every value of shape (width, channels) becomes one of (1, width, channels), so that a pass
that knows images knows sequences, and the same network written either way becomes the same. A
layer that names axes in a way of its own stays as it is, between reshapes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

from workbench.conversion.passes.conversion_pass import Pass
from workbench.network.activation import Activation, AxisSoftmax
from workbench.network.closed_forms import as_image
from workbench.network.graph import Network, Node
from workbench.network.layer import Layer, Shape
from workbench.network.naming import free_name
from workbench.network.structure import Identity, Reshape


@partial(
    Pass,
    does="writes layers on sequences as layers on images",
    outputs="to the bit",
    guarantees="sequences are images of height 1 wherever the layers allow it",
)
def lift_sequences(network: Network) -> Network:
    """Return the network with sequences as images of height 1."""
    if all(len(node.layer.output_shape) != 2 for node in network.nodes):
        return network
    lifting = _Lifting(network)
    for node in network.nodes:
        lifting.add(node)
    # All at once: shapes fit together only when every node is lifted.
    return network.with_nodes(tuple(lifting.nodes.values()))


@dataclass
class _Lifting:
    """Collects the nodes of the lifted network.

    Parameters
    ----------
    network : Network
        As it was.
    place : dict of str to str
        Lifted node that gives what a node of the network gave.
    """

    network: Network
    nodes: dict[str, Node] = field(default_factory=dict)
    place: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.taken = self.network.names

    def add(self, node: Node) -> None:
        """Add a node, or let another do its work."""
        layer = node.layer
        self.place[node.name] = node.name
        if not node.inputs:
            self._put(node)
            if len(self.network.nodes) > 1:
                self.place[node.name] = self._reshaped(node.name, as_image(layer.output_shape))
            return
        node = replace(node, inputs=tuple(self.place[name] for name in node.inputs))
        is_output = node.name == self.network.output.name
        if isinstance(node.activation, AxisSoftmax) and not is_output:
            lower = len(node.layer.output_shape) == 2
            node = replace(node, activation=AxisSoftmax(node.activation.axis + lower))
        if layer.reshapes:
            target = layer.output_shape if is_output else as_image(layer.output_shape)
            self._add_reshape(node, target)
            return
        lifted = _lifted(layer)
        if lifted is None or (is_output and lifted.output_shape != layer.output_shape):
            self._add_between(node, layer if lifted is None else lifted, is_output)
            return
        self._put(replace(node, layer=lifted))

    def _put(self, node: Node) -> None:
        self.nodes[node.name] = node

    def _shape(self, name: str) -> Shape:
        return self.nodes[name].layer.output_shape

    def _reshaped(self, name: str, shape: Shape) -> str:
        """Return a node that gives another one's values in a shape."""
        if self._shape(name) == shape:
            return name
        node = Node(free_name(f"{name}_image", self.taken), Reshape(self._shape(name), shape))
        self._put(replace(node, inputs=(name,)))
        return node.name

    def _add_reshape(self, node: Node, target: Shape) -> None:
        (source,) = node.inputs
        shape = self._shape(source)
        if shape != target:
            self._put(replace(node, layer=Reshape(shape, target)))
        elif self._is_inner(source, node) and self._joins(self.nodes[source], node):
            # Ingest lowered one layer to several nodes; its name belongs to the one that is left.
            inner = self.nodes.pop(source)
            self._put(replace(inner, name=node.name, activation=node.activation))
        elif node.activation == Activation.LINEAR and node.name != self.network.output.name:
            self.place[node.name] = source
        else:
            self._put(replace(node, layer=Identity(shape)))

    def _is_inner(self, source: str, node: Node) -> bool:
        """Whether a source is a part of the layer that a node is the last part of."""
        readers = [name for name, place in self.place.items() if place == source]
        consumers = [other for name in readers for other in self.network.consumers(name)]
        return source.startswith(f"{node.name}_") and len(consumers) == 1

    def _joins(self, source: Node, node: Node) -> bool:
        if source.activation != Activation.LINEAR:
            return False
        return not source.layer.maximum or node.activation == Activation.LINEAR

    def _add_between(self, node: Node, layer: Layer, is_output: bool) -> None:
        """Add a node whose layer is kept, or whose outputs get the shape they had."""
        pairs = zip(node.inputs, layer.input_shapes, strict=True)
        inputs = tuple(self._reshaped(name, shape) for name, shape in pairs)
        if not is_output or layer.output_shape == node.layer.output_shape:
            self._put(replace(node, layer=layer, inputs=inputs))
            if not is_output:
                shape = as_image(layer.output_shape)
                self.place[node.name] = self._reshaped(node.name, shape)
            return
        name = free_name(f"{node.name}_{layer.kind.lower()}", self.taken)
        self._put(Node(name, layer, inputs=inputs))
        back = Reshape(layer.output_shape, node.layer.output_shape)
        self._put(replace(node, layer=back, inputs=(name,)))


def _lifted(layer: Layer) -> Layer | None:
    """Return the layer that does the same for images of height 1; None if there is none."""
    if all(len(shape) != 2 for shape in (*layer.input_shapes, layer.output_shape)):
        return layer
    return layer.lifted()
