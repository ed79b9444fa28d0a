"""NIR graphs into a `SpikingNetwork`: neurons are populations, paths what lies between them.

A graph describes neurons that spike already, so nothing is converted: its numbers are put on the
workbench's exact grid. Those of a graph that the workbench wrote lie on it, and give the same
spikes as before; others are rounded to 2**-16 of their neurons' threshold, and the difference is
reported.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import ModelFileError, UnsupportedLayerError
from workbench.ingest.builder import Unsupported
from workbench.ingest.files import check_file
from workbench.ingest.hdf5 import opened
from workbench.ingest.nir_neurons import (
    NEURONS,
    Neurons,
    neuron_problems,
    read_neurons,
    step_s,
    words,
)
from workbench.ingest.nir_nodes import NODES, Linear
from workbench.network.affine import Scale
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import Layer, Shape
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion
from workbench.util.memory_budget import check_size, guarded
from workbench.util.optional import require

SUFFIX = ".nir"

MOST_COMPARISONS = 4_000_000
"""Nodes times edges: nir looks at every edge for every node."""

MOST_WAYS = 1000
"""Ways from a population to another: nodes in parallel multiply them."""

NEURON_BYTES = 32
"""A neuron's numbers while it is read."""

BITS, MOST_BITS = 16, 24
"""The grid, and the finest one that is tried: float32 numbers have 24 bits."""


def load_nir_file(path: str | Path, *, dt_ms: float | None = None) -> SpikingNetwork:
    """Read a `.nir` file.

    Parameters
    ----------
    path : str or Path
    dt_ms : float, optional
        Milliseconds of a step. A graph does not say it: by default r of IF nodes counts per step,
        or, where it is 10,000, per second of steps of 0.1 ms, in which time constants count, too.

    Returns
    -------
    SpikingNetwork
        Images are (height, width, channels), as everywhere here.

    Raises
    ------
    ModelFileError
        If the nir package is missing, or the file is missing or no NIR graph, or `dt_ms` is not
        above 0.
    UnsupportedLayerError
        If nodes or the graph cannot be expressed; all problems are named.
    """
    path = Path(path)
    check_file(path)
    if dt_ms is not None and not 0 < dt_ms < float("inf"):
        raise ModelFileError(f"dt_ms is {dt_ms}; accepted: milliseconds above 0.")
    require("nir", "Reading .nir files", ModelFileError)
    import nir

    with opened(path, "nir.write('name.nir', graph)") as file:
        _check_groups(file, path)
    try:
        graph = nir.read(path)
        nodes, edges = dict(graph.nodes), list(graph.edges)
    except Exception as error:  # nir and h5py raise whatever the damaged part raised.
        reason = " ".join((str(error).strip() or type(error).__name__).split())[:200]
        raise ModelFileError(
            f"{path} is not a NIR graph that nir {nir.version} can read. Write it again with "
            f"nir.write. nir says: {reason}"
        ) from error
    with guarded(path, ModelFileError, "Write it again with nir.write."):
        reader = _Reader(path.stem, nodes, edges, dt_ms)
        return reader.network(float((graph.metadata or {}).get("input_scale", 1.0)))


def _check_groups(file: Any, path: Path) -> None:
    """Refuse what has no graph, or more in it than nir can go through in time."""
    nodes = file.get("node/nodes")
    edges = file.get("node/edges")
    count = len(nodes) if hasattr(nodes, "keys") else 0
    links = int(edges.shape[0]) if getattr(edges, "ndim", 0) else 0
    if count * links > MOST_COMPARISONS:
        raise ModelFileError(
            f"{path} has {count:,} nodes and {links:,} edges, more than are read. Write a smaller "
            "graph, with one node per layer."
        )


@dataclass(frozen=True)
class _Path:
    """What leads from a population to another one's neurons; `names` are the nodes between."""

    source: str
    names: tuple[str, ...]


class _Reader:
    """Walks a graph; problems are collected and told together."""

    def __init__(
        self,
        name: str,
        nodes: dict[str, Any],
        edges: Sequence[tuple[str, str]],
        dt_ms: float | None = None,
    ):
        self.name, self.nodes = name, nodes
        self.neurons: dict[str, Neurons] = {}
        self.steps_s = step_s(nodes.values(), dt_ms)
        self.before: dict[str, list[str]] = {node: [] for node in nodes}
        self.problems: list[str] = []
        for source, target in edges:
            if source not in nodes or target not in nodes:
                raise UnsupportedLayerError([f"The edge {source} -> {target} leads to no node."])
            self.before[target].append(source)
        self.linear: dict[str, Linear] = {}
        self.shapes: dict[str, Shape] = {}
        self.rounding = 0.0
        self.rests: dict[str, np.ndarray] = {}

    def network(self, input_scale: float) -> SpikingNetwork:
        """Return the network."""
        order = self._order()
        source, output = self._one("Input", order), self._one("Output", order)
        if self.problems or source is None or output is None:
            raise UnsupportedLayerError(self.problems)
        for name in order:
            self._shape(name)
            size = NEURON_BYTES * math.prod(self.shapes.get(name, ()))
            check_size(size, f"{name} ({self._kind(name)}) of graph '{self.name}'", ModelFileError)
        ends = self.before[output]
        if len(ends) != 1 or self._kind(ends[0]) not in NEURONS:
            told = ", ".join(f"{name} ({self._kind(name)})" for name in ends) or "nothing"
            self.problems.append(
                f"{output} (Output) reads {told}; supported: one node of neurons. Connect it to IF "
                "neurons."
            )
        if self.problems:
            raise UnsupportedLayerError(self.problems)
        names = [name for name in self._needed(ends[0], order) if name in self.neurons]
        populations = [self._input(source)]
        projections: list[Projection] = []
        for name in sorted(names, key=lambda name: name == ends[0]):
            population, incoming = self._neurons(name)
            populations.append(population)
            projections += incoming
        if self.problems:
            raise UnsupportedLayerError(self.problems)
        reset = populations[-1].reset
        remark = "weights and thresholds of the graph on the workbench's grid"
        return SpikingNetwork(
            self.name,
            tuple(populations),
            tuple(projections),
            Conversion.from_dict({"reset": reset, "resolution_bits": BITS}),
            input_scale,
            trace_rows=(("round to the grid", "measured", self.rounding, remark),),
            report_rows=tuple(
                (name, self._kind(name), self._action(name), name if name in names else "", "")
                for name in order
            ),
        )

    def _kind(self, name: str) -> str:
        return type(self.nodes[name]).__name__

    def _action(self, name: str) -> str:
        if name not in self.neurons:
            return "kept"
        gain = float(self.neurons[name].gain.flat[0])
        plain = "kept" if self._kind(name) == "IF" else "kept as IF, without a leak"
        return plain if gain == 1 else f"{plain}, its input times {gain:g}"

    def _order(self) -> list[str]:
        try:
            return list(TopologicalSorter(self.before).static_order())
        except CycleError as error:
            names = ", ".join(dict.fromkeys(error.args[1]))
            raise UnsupportedLayerError(
                [f"{names} feed back into each other; supported: graphs without loops."]
            ) from error

    def _one(self, kind: str, order: list[str]) -> str | None:
        found = [name for name in order if self._kind(name) == kind]
        if len(found) == 1:
            return found[0]
        told = ", ".join(found) or "none"
        self.problems.append(f"The graph has {told} as {kind} nodes; supported: one.")
        return None

    def _needed(self, end: str, order: list[str]) -> list[str]:
        needed = {end}
        for name in reversed(order):
            if name in needed:
                needed.update(self.before[name])
        return [name for name in order if name in needed]

    def _shape(self, name: str) -> None:
        """Find what a node gives, in the workbench's order of axes, and how it maps its input."""
        node, kind = self.nodes[name], self._kind(name)
        if kind in ("Input", "Output"):
            if kind == "Input":
                self.shapes[name] = _channels_last(node.input_type["input"])
            return
        arriving = {self.shapes[source] for source in self.before[name] if source in self.shapes}
        if len(arriving) != 1:
            if arriving:
                told = " and ".join(str(shape) for shape in sorted(arriving))
                self.problems.append(f"{name} ({kind}) reads values of shapes {told}.")
            elif not self.before[name]:
                self.problems.append(f"{name} ({kind}) reads nothing.")
            return  # Behind a refused node nothing more is known.
        (shape,) = arriving
        if kind in NEURONS:
            try:
                self.neurons[name] = read_neurons(node, self.steps_s)
                self.problems += neuron_problems(name, kind, self.neurons[name], shape)
            except Unsupported as reason:
                self.problems.append(f"{name} ({kind}) {reason}")
            self.shapes[name] = shape
            return
        handler = NODES.get(kind)
        if handler is None:
            self.problems.append(NODES.refusal(name, kind))
            return
        try:
            self.linear[name] = handler(node, shape)
        except Unsupported as reason:
            self.problems.append(f"{name} ({kind}) {reason}")
            return
        except (TypeError, ValueError, IndexError) as error:
            self.problems.append(f"{name} ({kind}) does not fit what it reads: {error}.")
            return
        self.shapes[name] = self.linear[name].layers[-1].output_shape

    def _paths(self, name: str) -> list[_Path]:
        """Ways by which spikes reach a node."""
        found: list[_Path] = []
        for before in self.before[name]:
            if before in self.linear:
                ways = self._paths(before)
                if len(found) + len(ways) > MOST_WAYS:
                    raise UnsupportedLayerError(
                        [
                            f"{name} ({self._kind(name)}) reaches its sources in more than "
                            f"{MOST_WAYS:,} ways through parallel nodes; supported: fewer. Merge "
                            "parallel nodes."
                        ]
                    )
                found += [replace(way, names=(*way.names, before)) for way in ways]
            else:
                found.append(_Path(before, ()))
        return found

    def _rest(self, name: str, shape: Shape) -> np.ndarray:
        """What a node reads while nothing spikes: biases, and what becomes of them."""
        if name in self.rests:
            return self.rests[name]
        total = np.zeros((1, *shape))
        for before in self.before[name]:
            if before in self.linear:
                linear = self.linear[before]
                value = self._rest(before, linear.layers[0].input_shapes[0])
                for layer in linear.layers:
                    value = layer.forward(value)
                total = total + value * linear.factor
        self.rests[name] = total
        return total

    def _input(self, name: str) -> Population:
        shape = self.shapes[name]
        zeros = np.zeros(int(np.prod(shape)), np.int64)
        return Population(name, "input", shape, 0, 0, "", zeros)

    def _neurons(self, name: str) -> tuple[Population, list[Projection]]:
        neurons, shape = self.neurons[name], self.shapes[name]
        resistance = float(neurons.gain.flat[0])
        threshold = float(neurons.threshold.flat[0])
        ways = [(way.source, self._maps(name, way, resistance)) for way in self._paths(name)]
        if not ways:
            self.problems.append(f"{name} ({self._kind(name)}) reads nothing that spikes.")
        bias = self._rest(name, shape).reshape(-1) * resistance
        initial = neurons.initial_potential(shape)
        numbers = [np.array([threshold]), initial, bias, *(_weights(maps) for _, maps in ways)]
        largest = max(float(np.abs(n).max(initial=0)) for n in numbers)
        bits = next((b for b in range(BITS, MOST_BITS + 1) if _on_grid(numbers, b)), None)
        factor = 2.0 ** (BITS if bits is None else bits)
        if bits is None:
            factor /= threshold
            change = max(float(np.abs(np.rint(n * factor) / factor - n).max()) for n in numbers)
            self.rounding = max(self.rounding, change / largest)
        if not largest * factor < 2**62:
            told = (
                f"{name} ({self._kind(name)}) has numbers of up to {largest:.3g}; supported: below"
            )
            raise UnsupportedLayerError([f"{told} {2**62 / factor:.3g}. Correct them."])
        starts = np.rint(initial * factor).astype(np.int64)
        strict = words(neurons.metadata.get("threshold", ">")) != ">="
        population = Population(
            name=name,
            kind="if",
            shape=shape,
            # Integers are above a threshold where they reach the next one.
            threshold=round(threshold * factor) + strict,
            initial_potential=starts if starts.size > 1 else int(starts[0]),
            reset=neurons.reset,
            bias=np.rint(bias * factor).astype(np.int64),
            extra_bits=0 if bits is None else bits - BITS,
        )
        projections = [
            Projection(source, name, tuple(_scaled(layer, factor) for layer in maps))
            for source, maps in ways
        ]
        return population, projections

    def _maps(self, name: str, way: _Path, resistance: float) -> tuple[Layer, ...]:
        """Layers of a path, factors and resistance in its one weighted layer, without biases."""
        factor = resistance
        maps: list[Layer] = []
        for node in way.names:
            factor *= self.linear[node].factor
            maps += self.linear[node].layers
        weighted = [layer for layer in maps if isinstance(layer, (Conv2D, Dense, Scale))]
        if len(weighted) > 1:
            self.problems.append(
                f"{name} ({self._kind(name)}) reads {way.source} through several weighted nodes in "
                f"a row ({', '.join(way.names)}); supported: one weighted node between neurons. "
                "Multiply their weights into one."
            )
        if not weighted:
            shape = self.shapes[name]
            maps.append(Scale(shape, np.full(shape, factor)))
            return tuple(maps)
        return tuple(
            _scaled(_without_bias(layer), factor, whole=False) if layer is weighted[0] else layer
            for layer in maps
        )


def _channels_last(shape: Any) -> Shape:
    sizes = tuple(int(n) for n in np.atleast_1d(shape))
    if len(sizes) == 3:
        return (*sizes[1:], sizes[0])
    return (1, sizes[1], sizes[0]) if len(sizes) == 2 else sizes


def _weights(maps: Sequence[Layer]) -> np.ndarray:
    arrays = [
        layer.factor if isinstance(layer, Scale) else layer.kernel
        for layer in maps
        if isinstance(layer, (Conv2D, Dense, Scale))
    ]
    return np.concatenate([array.reshape(-1) for array in arrays])


def _on_grid(numbers: Sequence[np.ndarray], bits: int) -> bool:
    return all((np.ldexp(n, bits) == np.rint(np.ldexp(n, bits))).all() for n in numbers)


def _without_bias(layer: Layer) -> Layer:
    return layer if isinstance(layer, Scale) else layer.replace(bias=None)


def _scaled(layer: Layer, factor: float, *, whole: bool = True) -> Layer:
    """Multiply the weights of a layer, and round them to integers."""
    name = "factor" if isinstance(layer, Scale) else "kernel"
    if not isinstance(layer, (Conv2D, Dense, Scale)):
        return layer
    values = getattr(layer, name) * factor
    return layer.replace(**{name: np.rint(values).astype(np.int64) if whole else values})
