"""The analog network: named nodes in topological order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import ConversionError
from workbench.network import counts, graph_edits, signs
from workbench.network.activation import Activation
from workbench.network.layer import Shape
from workbench.network.node import Node
from workbench.network.pixel_range import expected_range
from workbench.network.samples import batched, checked_samples, joined_inputs, shaped_samples
from workbench.network.serialize import digest
from workbench.network.structure import Input
from workbench.util.pixels import PixelRange, checked_range, in_units
from workbench.util.stored_samples import Samples

__all__ = ["Network", "Node"]

COMPARED_MACS = 3e10
"""Multiply-accumulates that comparing two forward passes may cost, one sample at least."""


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """An analog network with one input and one output.

    Parameters
    ----------
    name : str
    nodes : tuple of Node
        In topological order; the first is the input, the last the output.
    report_rows : tuple of (source layer, source kind, what was done)
        What ingest did to every layer of the source.
    verification : str
        How the network was compared with its source, in words.
    source_deviation : float
        Largest difference found then, relative to the largest output; NaN where there was no
        comparison.
    input_parts : tuple of (name, shape)
        Inputs of a source with several of them: they enter side by side as one vector, and
        samples may be given as one array for each. Empty where there is one input.
    pixel_range : (float, float)
        Values of black and white in the images that it takes; `Pixels` of data sets are converted
        to it. If not given, it follows from the first layers: (0, 255) where they rescale such
        pixels, else (0, 1).
    data : str
        Name of the bundled samples that it was trained on, which the workbench and the command line
        open with it; "" where that is not known. Any other name is ignored.

    Raises
    ------
    ConversionError
        If nodes do not fit together; the message names the node.
    SettingsError
        If `pixel_range` is not a range.
    """

    name: str
    nodes: tuple[Node, ...]
    report_rows: tuple[tuple[str, str, str], ...] = ()
    verification: str = "not compared with a source"
    source_deviation: float = math.nan
    input_parts: tuple[tuple[str, Shape], ...] = ()
    pixel_range: PixelRange = None  # type: ignore[assignment]  # filled in from the layers
    data: str = ""
    _by_name: Mapping[str, Node] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {})
        if not self.nodes or not isinstance(self.nodes[0].layer, Input):
            raise ConversionError(f"Network '{self.name}' must start with an input node.")
        for node in self.nodes:
            self._check(node)
            self._by_name[node.name] = node  # type: ignore[index]
        # Kept by `with_nodes`: once a rescaling is folded into a map, the layers tell no more.
        wanted = expected_range(self.nodes) if self.pixel_range is None else self.pixel_range
        object.__setattr__(self, "pixel_range", checked_range(wanted))

    def _check(self, node: Node) -> None:
        if node.name in self._by_name:
            raise ConversionError(f"Network '{self.name}' has two nodes named '{node.name}'.")
        unknown = [name for name in node.inputs if name not in self._by_name]
        if unknown:
            raise ConversionError(
                f"Node '{node.name}' reads {unknown}, which do not come before it."
            )
        shapes = tuple(self._by_name[name].layer.output_shape for name in node.inputs)
        if shapes != node.layer.input_shapes:
            raise ConversionError(
                f"Node '{node.name}' ({node.layer.kind}) takes inputs of shape "
                f"{node.layer.input_shapes}, but its sources give {shapes}."
            )

    def __str__(self) -> str:
        return "\n".join([f"Network '{self.name}'", *(f"  {node}" for node in self.nodes)])

    def __repr__(self) -> str:
        t = self.totals
        return (
            f"Network '{self.name}': {len(self.nodes) - 1} layers, {t.parameters:,} parameters, "
            f"{t.neurons:,} neurons, {t.synapses:,} synapses"
        )

    def __getitem__(self, name: str) -> Node:
        return self._by_name[name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and self.content_hash == other.content_hash

    def __hash__(self) -> int:
        return hash(self.content_hash)

    @property
    def names(self) -> set[str]:
        """Names of all nodes."""
        return set(self._by_name)

    @property
    def input_shape(self) -> Shape:
        return self.nodes[0].layer.output_shape

    @property
    def output(self) -> Node:
        return self.nodes[-1]

    @property
    def classes(self) -> int:
        """Number of output units."""
        return self.output.layer.output_size

    def consumers(self, name: str) -> tuple[Node, ...]:
        """Nodes that read a node's output."""
        return tuple(node for node in self.nodes if name in node.inputs)

    def sole_source(self, node: Node) -> Node | None:
        """Return a node's source if it has just one, and is that source's only reader."""
        if len(node.inputs) != 1 or len(self.consumers(node.inputs[0])) != 1:
            return None
        return self[node.inputs[0]]

    def is_neural(self, node: Node) -> bool:
        """Whether a node's units become neurons: an activation, the output, or signed sums."""
        activated = node.activation.hidden and node.activation != Activation.LINEAR
        return activated or node is self.output or node.name in self.signed

    def neurons(self, node: Node) -> int:
        """Neurons that a node becomes; an activation may take several populations."""
        if not self.is_neural(node):
            return 0
        populations = 1 if node is self.output else len(node.activation.parts())
        return populations * node.layer.output_size

    @cached_property
    def signed(self) -> frozenset[str]:
        """Names of linear maps whose plain sums another map weighs again.

        Such sums, positive and negative, must be carried by spikes: an ON and an OFF population.
        """
        return signs.signed(self.nodes)

    @cached_property
    def nonnegative(self) -> frozenset[str]:
        """Names of nodes whose values are never below zero, whatever the inputs."""
        return signs.nonnegative(self.nodes)

    @cached_property
    def arranged(self) -> Network:
        """The network with neural nodes where conversion by default puts neurons.

        Max pooling moves behind rectifiers, for instance, so that they stand ahead of it.
        """
        arranged: Network = counts.arranged(self)
        return arranged

    def carrier(self, population: str) -> str:
        """Node in whose place a population stands: the activation that was joined to it, if any.

        Conversion names a population after the first layer it holds; the value belongs to the
        last one that batch normalization and a separate activation were folded from.
        """
        node = self[population]
        while not self.is_neural(node) and node.layer.linear:
            following = self.consumers(node.name)
            if len(following) != 1:
                break
            node = following[0]
        return node.name

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over structure and weights; names of files and reports do not enter."""
        nodes = [[n.name, n.layer, n.activation, list(n.inputs)] for n in self.nodes]
        told = self.pixel_range == expected_range(self.nodes)
        return digest(nodes if told else [*nodes, list(self.pixel_range)])

    def with_nodes(self, nodes: tuple[Node, ...]) -> Network:
        """Return a network of other nodes with this one's name and report."""
        return replace(self, nodes=nodes)

    def replacing(self, changes: Mapping[str, Node | Sequence[Node]]) -> Network:
        """Return the network with some nodes replaced by others.

        Parameters
        ----------
        changes : mapping of str to Node or sequence of Node
            The nodes that replace each named node, in order; an empty sequence removes it. Readers
            of the node read the last of them, or what it read if there are none.

        Raises
        ------
        ConversionError
            If the network has no node of a name, the nodes do not fit together, or a node that
            others read is removed although it does not read exactly one node.
        """
        return self.with_nodes(graph_edits.replaced(self.nodes, changes, self.name))

    def removing(self, *names: str) -> Network:
        """Return the network without some nodes; their readers read what they read."""
        return self.replacing(dict.fromkeys(names, ()))

    def without_unread(self) -> Network:
        """Return the network without nodes that nothing reads, the input and output excepted."""
        return self.with_nodes(graph_edits.needed(self.nodes))

    def take_samples(self, x: Any) -> Samples:
        """Return samples in the network's units, refusing a wrong shape.

        They stay where they are; values are converted and checked when they are read.
        """
        x = joined_inputs(x, self.input_parts, self.name, self.pixel_range)
        return in_units(shaped_samples(x, self.input_shape, self.name), self.pixel_range)

    def _read(self, x: Any, numbers: int) -> Iterator[np.ndarray]:
        """Yield checked batches of float32, for each sample of which `numbers` are held."""
        for batch in batched(self.take_samples(x), numbers, np.float32):
            yield checked_samples(batch, self.input_shape, self.name, np.float32)

    def walk(self, x: np.ndarray) -> Iterator[tuple[Node, np.ndarray, np.ndarray]]:
        """Yield every node after the input with its plain sums and its output, for one batch.

        Values are freed as soon as no later node reads them.

        Parameters
        ----------
        x : ndarray, shape (samples, *input_shape)
        """
        values = {self.nodes[0].name: x}
        for node, finished in zip(self.nodes[1:], self._finished[1:], strict=True):
            sums = node.layer.forward(*(values[name] for name in node.inputs))
            values[node.name] = node.activation(sums)
            yield node, sums, values[node.name]
            for name in finished:
                del values[name]

    @cached_property
    def _finished(self) -> tuple[tuple[str, ...], ...]:
        """Names whose values no later node reads, after each node."""
        last = {node.name: index for index, node in enumerate(self.nodes)}
        for index, node in enumerate(self.nodes):
            last.update(dict.fromkeys(node.inputs, index))
        finished: list[list[str]] = [[] for _ in self.nodes]
        for name, index in last.items():
            finished[max(index, 1) if len(self.nodes) > 1 else index].append(name)
        return tuple(tuple(names) for names in finished)

    def activations(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Output of every node for one batch.

        Parameters
        ----------
        x : ndarray, shape (samples, *input_shape)

        Returns
        -------
        dict of str to ndarray, shape (samples, *node output shape), dtype of `x`
        """
        return {self.nodes[0].name: x} | {node.name: value for node, _, value in self.walk(x)}

    def batches(self, x: Samples) -> Iterator[dict[str, np.ndarray]]:
        """Yield the activations of successive batches of samples."""
        kept = sum(node.layer.output_size for node in self.nodes)
        numbers = kept + max(node.layer.working_size for node in self.nodes)
        for batch in self._read(x, numbers):
            yield self.activations(batch)

    def input_batches(self, x: Samples) -> Iterator[np.ndarray]:
        """Yield checked samples as float32, in batches whose `walk` takes a bounded memory."""
        return self._read(x, self._walk_size)

    @cached_property
    def _walk_size(self) -> int:
        """Numbers that a walk with one sample holds at once, roughly."""
        largest = held = 0
        for node, finished in zip(self.nodes, self._finished, strict=True):
            held += node.layer.output_size
            largest = max(largest, held + node.layer.working_size)
            held -= sum(self[name].layer.output_size for name in finished)
        return largest

    def forward(self, x: Samples) -> np.ndarray:
        """Return the analog outputs of samples.

        Parameters
        ----------
        x : ndarray or StoredSamples, shape (samples, *input shape)
            Samples that lie on disk, as memory maps do, are read a batch at a time. Images of data
            sets are converted to the network's `pixel_range`.

        Returns
        -------
        ndarray of float32, shape (samples, *output shape)

        Raises
        ------
        DataError
            If the samples do not have the network's input shape or are not finite numbers.
        """
        outputs = [np.zeros((0, *self.output.layer.output_shape), np.float32)]
        for batch in self.input_batches(x):
            value = batch
            for _node, _sums, output in self.walk(batch):
                value = output
            outputs.append(value)
        return np.concatenate(outputs)

    def affordable(self, samples: int) -> int:
        """Return how many of some samples are compared: fewer of large networks, one at least."""
        macs = sum(node.layer.macs for node in self.nodes)
        return int(np.clip(COMPARED_MACS // max(1, macs), 1, samples))

    def deviation(self, outputs: np.ndarray, expected: np.ndarray) -> float:
        """Largest difference of outputs from expected ones, relative to the largest of these.

        Where activations jump, rounding alone may move a unit across a step now and then; then
        the median over samples counts.
        """
        differences = np.abs(outputs.astype(np.float64) - expected).reshape(len(outputs), -1)
        largest = float(np.abs(expected).max(initial=0)) or 1.0
        per_sample = differences.max(axis=1, initial=0) / largest
        if all(node.activation.continuous for node in self.nodes):
            return float(per_sample.max(initial=0))
        return float(np.median(per_sample))

    def predictions(self, x: Samples) -> np.ndarray:
        """Return the class of each sample by the largest output.

        A single output distinguishes two classes: 1 where it is above 0, or a sigmoid above 1/2.

        Parameters
        ----------
        x : ndarray or StoredSamples, shape (samples, *input shape)

        Returns
        -------
        ndarray of int64, shape (samples,)
        """
        return self.classified(self.forward(x))

    @property
    def middle(self) -> float:
        """Where a single output changes its class."""
        return 0.5 if self.output.activation == Activation.SIGMOID else 0.0

    def classified(self, outputs: np.ndarray) -> np.ndarray:
        """Class of each sample by outputs that `forward` gave; int64, shape (samples,)."""
        if self.classes == 1:
            return (outputs.reshape(-1) > self.middle).astype(np.int64)
        return outputs.reshape(len(outputs), self.classes).argmax(axis=1)

    def summary(self) -> pd.DataFrame:
        """Counts per layer; see `workbench.network.counts`."""
        return counts.summary(self)

    @cached_property
    def totals(self) -> counts.Totals:
        """Counts of the whole network; see `workbench.network.counts`."""
        return counts.totals(self)

    @property
    def report(self) -> pd.DataFrame:
        """What ingest did to every source layer: name, kind, action."""
        return pd.DataFrame(list(self.report_rows), columns=["layer", "kind", "action"])
