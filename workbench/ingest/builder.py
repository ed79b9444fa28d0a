"""Building a `Network` while a source's graph is read, whatever format it comes from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from workbench.errors import UnsupportedLayerError
from workbench.network.activation import Activation
from workbench.network.activation_check import fault
from workbench.network.affine import ChannelAffine
from workbench.network.graph import Network, Node
from workbench.network.layer import Layer, Shape
from workbench.network.rearrange import Permute, Slice
from workbench.network.structure import Input, Reshape
from workbench.util.memory_budget import size_problem

Steps = tuple[tuple[Layer, Activation], ...]

MOST_UNITS = 2**27
"""Units of a layer: a file that asks for more is refused before anything is allocated."""


MALFORMED = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What a handler raises that meets options or weights of other types or sizes than there are."""

UNIT_BYTES = 16
"""A unit's value, as it is computed here and in the source."""


class Unsupported(Exception):
    """What about a layer is not supported, and what to do; the caller adds the layer's name."""


@dataclass(frozen=True)
class Translation:
    """What becomes of one source layer.

    Parameters
    ----------
    steps : tuple of (Layer, Activation)
        Applied in order, the first one to all inputs; empty where the layer does nothing at
        inference.
    action : str
        What was done, for the report: "kept", or "lowered to ...", "removed: ...".
    before : tuple of (Layer or None)
        A map of each input ahead of the first step; empty for none.
    """

    steps: Steps
    action: str = "kept"
    before: tuple[Layer | None, ...] = ()


def kept(layer: Layer, activation: Activation = Activation.LINEAR) -> Translation:
    """Return the translation of a layer that is expressed by one layer here."""
    return Translation(((layer, activation),))


@dataclass(frozen=True)
class Tensor:
    """A value of the source: the node that gives it, and how its axes are stored.

    Parameters
    ----------
    node : str
    shape : tuple of int
        As stored here, channels last; the sample axis does not count.
    channels_first : bool
        Whether the source has the channels ahead of the places.
    scalar : bool
        Whether the source has one number per sample, without an axis: the shape here is (1,).
    folded : int
        Leading axes that the source has folded into the samples' axis for a while, to apply the
        same to each place.
    """

    node: str
    shape: Shape
    channels_first: bool = False
    scalar: bool = False
    folded: int = 0

    @property
    def source_shape(self) -> Shape:
        """Shape as the source has it."""
        if self.scalar:
            return ()
        if self.channels_first:
            return (self.shape[-1], *self.shape[:-1])
        return self.shape[self.folded :]


@dataclass
class GraphBuilder:
    """Collects nodes, report rows and problems; the network is made at the end.

    Parameters
    ----------
    name : str
        Of the network.
    """

    name: str
    nodes: list[Node] = field(default_factory=list)
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    input_parts: tuple[tuple[str, Shape], ...] = ()
    _taken: set[str] = field(default_factory=set)

    def inputs(self, named: Sequence[tuple[str, Shape]], kind: str = "Input") -> list[Tensor]:
        """Add the network's inputs and return their tensors.

        Several inputs enter side by side as one vector, from which each takes its part.
        """
        self.rows += [(name, kind, "kept: the input") for name, _ in named]
        if len(named) == 1:
            (name, shape), *_ = named
            self.nodes.append(Node(self.free_name(name), Input(shape)))
            self._check_size(name, self.nodes[0].layer)
            return [Tensor(self.nodes[-1].name, shape)]
        self.input_parts = tuple(named)
        sizes = [math.prod(shape) for _, shape in named]
        total = (sum(sizes),)
        self.nodes.append(Node(self.free_name("inputs"), Input(total)))
        self._check_size("inputs", self.nodes[0].layer)
        whole = self.nodes[-1].name
        tensors, start = [], 0
        for (name, shape), size in zip(named, sizes, strict=True):
            part = Slice(total, (start,), (start + size,))
            steps: Steps = ((part, Activation.LINEAR), (Reshape((size,), shape), Activation.LINEAR))
            tensors.append(self.append(name, Translation(steps), [Tensor(whole, total)]))
            start += size
        return tensors

    def free_name(self, wanted: str) -> str:
        """Return a node name that is not taken yet, and take it."""
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted}_{number}"
        self._taken.add(name)
        return name

    def append(self, name: str, translation: Translation, inputs: Sequence[Tensor]) -> Tensor:
        """Add the nodes of a translation and return its output.

        The last node has the source layer's name. Axes stay as the first input has them.
        """
        if not translation.steps:
            return inputs[0]
        sources = []
        for index, tensor in enumerate(inputs):
            ahead = translation.before[index] if translation.before else None
            sources.append(tensor.node)
            if ahead is not None:
                sources[-1] = self._add(f"{name}_input{index + 1}", ahead, (tensor.node,))
        *first, (last, activation) = translation.steps
        for layer, between in first:
            step = self._add(f"{name}_{layer.kind.lower()}", layer, tuple(sources), between)
            sources = [step]
        node = self._add(name, last, tuple(sources), activation)
        first_input = inputs[0]
        return replace(
            first_input,
            node=node,
            shape=last.output_shape,
            scalar=first_input.scalar and last.output_shape == first_input.shape,
        )

    def _add(
        self,
        name: str,
        layer: Layer,
        inputs: tuple[str, ...],
        activation: Activation = Activation.LINEAR,
    ) -> str:
        name = self.free_name(name)
        self._check_size(name, layer)
        if not _is_finite(layer):
            self.problems.append(
                f"{name} ({layer.kind}) has weights that are NaN or infinite. Train it again, or "
                "load an earlier checkpoint."
            )
        elif wrong := fault(activation):
            self.problems.append(
                f"{name} ({activation.label}) cannot be computed: {wrong}. Train it again, or "
                "load an earlier checkpoint."
            )
        self.nodes.append(Node(name, layer, activation, inputs))
        return name

    def _check_size(self, name: str, layer: Layer) -> None:
        """Refuse a layer that is too large, at once: what follows it would take as much."""
        problem = size_problem(UNIT_BYTES * layer.output_size)
        if layer.output_size > MOST_UNITS:
            problem = f"at most {MOST_UNITS:,} are accepted"
        if problem:
            self.problems.append(
                f"{name} ({layer.kind}) has {layer.output_size:,} outputs; {problem}. Give a "
                "smaller input_shape, or make its sizes smaller."
            )
            raise UnsupportedLayerError(self.problems)

    def in_source_order(self, tensor: Tensor) -> Tensor:
        """Return a tensor whose stored axes are the source's, permuting channels if need be."""
        if not tensor.channels_first:
            return tensor
        n = len(tensor.shape)
        order = (n - 1, *range(n - 1))
        node = self._add(f"{tensor.node}_permute", Permute(tensor.shape, order), (tensor.node,))
        return Tensor(node, tensor.source_shape)

    def channels_last(self, tensor: Tensor) -> Tensor:
        """Return a channels-first tensor of the source stored channels last."""
        if tensor.channels_first or len(tensor.shape) < 2:
            return replace(tensor, channels_first=len(tensor.shape) > 1)
        order = (*range(1, len(tensor.shape)), 0)
        layer = Permute(tensor.shape, order)
        node = self._add(f"{tensor.node}_permute", layer, (tensor.node,))
        return Tensor(node, layer.output_shape, channels_first=True)

    def refuse(self, problem: str) -> None:
        """Note a problem; all of them are raised together at the end."""
        self.problems.append(problem)

    def finish(self, output: Tensor) -> Network:
        """Return the network that ends with a tensor, without the nodes it does not read.

        Raises
        ------
        UnsupportedLayerError
            If there were problems; all of them are named.
        """
        if self.problems:
            raise UnsupportedLayerError(self.problems)
        output = self.in_source_order(output)
        needed = {output.node, self.nodes[0].name}
        for node in reversed(self.nodes):
            if node.name in needed:
                needed.update(node.inputs)
        nodes = tuple(node for node in self.nodes if node.name in needed)
        # The output stands last: what follows it in the source does not lead to it.
        nodes = tuple(sorted(nodes, key=lambda node: node.name == output.node))
        return Network(self.name, nodes, tuple(self.rows), input_parts=self.input_parts)


def _is_finite(layer: Layer) -> bool:
    """Whether all numbers are that a layer computes with."""
    values = list(vars(layer).values())
    if isinstance(layer, ChannelAffine):
        with np.errstate(all="ignore"):  # A variance below zero has no root.
            values += [layer.scale, layer.shift]
    return all(map(_is_finite_value, values))


def _is_finite_value(value: object) -> bool:
    """Whether a value holds no number that is NaN or infinite."""
    if isinstance(value, tuple):
        return all(map(_is_finite_value, value))
    return not isinstance(value, (np.ndarray, float)) or bool(np.isfinite(value).all())


def shared_arrays(new: Translation, first: Translation) -> Translation:
    """Let a layer that is used again share the arrays of its first use.

    Parameters
    ----------
    new, first : Translation
        Of the same source layer, maybe for inputs of other sizes.
    """
    steps = tuple(
        (_sharing(layer, other), activation)
        for (layer, activation), (other, _) in zip(new.steps, first.steps, strict=True)
    )
    return replace(new, steps=steps)


def _sharing(layer: Layer, other: Layer) -> Layer:
    shared = {
        name: getattr(other, name)
        for name, value in vars(layer).items()
        if isinstance(value, np.ndarray) and np.array_equal(value, getattr(other, name))
    }
    return layer.replace(**shared) if shared else layer
