"""Turn a prepared analog network into populations and projections on the exact grid."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np

from workbench.conversion.linear_paths import (
    FINE,
    Expression,
    Path,
    carries_nothing,
    extend,
    extra_bits,
    on_grid,
)
from workbench.conversion.neuron_choice import Neuron, check_levels, neuron_of, parts_of
from workbench.conversion.normalize import own_values, scales
from workbench.conversion.output_sign import output_read, sign_row, with_off_neurons
from workbench.conversion.preparation import (
    Prepared,
    TraceRow,
)
from workbench.conversion.refusals import check_forms
from workbench.conversion.rounding import check_inputs, rounding_row
from workbench.errors import ConversionError
from workbench.network.graph import Node
from workbench.network.naming import origin_of
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion
from workbench.util.stored_samples import Samples

LARGEST_BIAS = 2**53
"""In grid units: beyond, float64 skips integers."""

FINE_BITS = 52
"""Of grids for exact times, where weights allow it: as fine as float64 is near 1."""


class Lowering:
    """Builds the spiking network population by population, in the order of the nodes.

    Between the populations somebody may look at what there is so far, which is a network, and
    adjust the latest population: the later ones then follow what it has become.

    Parameters
    ----------
    prepared : Prepared
    conversion : Conversion
    probe : ndarray or StoredSamples, shape (samples, *input shape)
        Samples on which rounding is measured; the first few are used.

    Attributes
    ----------
    network : Network
        After its exact passes: `add` its nodes behind the input, one by one.
    lambdas : dict of layer name to ndarray of float64, shape (1,) or (channels,)

    Raises
    ------
    UnsupportedLayerError
        If layers have no spiking form; all of them are named.
    ConversionError
        If weights do not fit the grid, or inputs of very different sizes do not share one.
    """

    def __init__(self, prepared: Prepared, conversion: Conversion, probe: Samples):
        self.prepared, self._asked, self._probe = prepared, conversion, probe
        network, self.original = prepared.network, prepared.stages[0].network
        check_forms(network, self.original, conversion)
        check_inputs(prepared)
        named, known = prepared.statistics.layers, self.original.names
        origins = {name: origin_of(network, name, known) for name in named}
        layers = {name: (origin, self.original.carrier(origin)) for name, origin in origins.items()}
        self.conversion = conversion = replace(
            conversion,
            percentiles=own_values(conversion.percentiles, layers),
            thresholds=own_values(conversion.thresholds, layers),
        )
        self.network = network
        self.lambdas = scales(network, prepared.statistics, conversion)
        self.read = output_read(conversion, prepared.statistics.output)
        self.source_hash = self.original.content_hash
        self.input_scale = prepared.statistics.input_maximum or 1.0
        first = network.nodes[0]
        zero = np.zeros((1, *first.layer.output_shape))
        self.expressions = {first.name: Expression((Path(first.name),), zero)}
        self.per_spike = {first.name: np.array([self.input_scale])}
        shape = first.layer.output_shape
        source = Population(first.name, "input", shape, 0, 0, "", np.zeros(zero.size, np.int64))
        self.populations = [source]
        self.projections: list[Projection] = []
        self._shifts: dict[str, np.ndarray] = {}

    def add(self, node: Node) -> None:
        """Carry a node's expression on, or end it in a population."""
        inputs = [self.expressions[name] for name in node.inputs]
        if node.layer.maximum:
            self._add_max_pool(node, inputs[0])
        elif self.network.is_neural(node):
            self._add_neurons(node, extend(node.layer, inputs))
        else:
            self.expressions[node.name] = extend(node.layer, inputs)

    def _add_neurons(self, node: Node, expression: Expression) -> None:
        conversion = self.conversion
        try:
            paths = self._carrying(expression.paths)
            extra = max(extra_bits(path) + self._payload_bits(path.source) for path in paths)
            parts = parts_of(conversion, node, output=node is self.network.output)
            extra = max(extra, (parts - 1).bit_length())
            bits = conversion.resolution_bits + extra
            if conversion.spike_code.is_continuous:
                bits, projections = self._finest(paths, node, expression.constant)
                extra = bits - conversion.resolution_bits
            else:
                projections = [self._projection(path, node, bits) for path in paths]
        except ConversionError as error:
            raise ConversionError(
                f"The inputs of {node.name} cannot be expressed: {error}"
            ) from None
        shape, scale = node.layer.output_shape, self.lambdas[node.name]
        bias = np.ldexp(expression.constant[0] / scale, bits)
        largest = np.abs(bias).max(initial=0)
        if not largest <= LARGEST_BIAS:
            raise ConversionError(
                f"A bias of {node.name} is {np.ldexp(largest, -bits):.3g} thresholds after "
                f"normalization, more than {LARGEST_BIAS / 2**bits:.3g} that the grid of 2^-{bits} "
                "can hold. The layer hardly ever spikes on the calibration samples: give samples "
                "like those of the training, or remove the layer."
            )
        neuron = self.neuron(node, bits)
        is_step = neuron.reset == "none"
        check_levels(conversion, node, output=node is self.network.output)
        population = Population(
            name=node.name,
            kind="if",
            shape=shape,
            threshold=neuron.threshold,
            initial_potential=neuron.initial_potential,
            reset=neuron.reset,
            bias=np.rint(bias).astype(np.int64).reshape(-1),
            scale=1.0 if is_step else _plain(scale),
            extra_bits=extra,
            origin=origin_of(self.network, node.name, self.original.names),
            ceiling=getattr(node.activation, "ceiling", None) or 0.0,
            levels=getattr(node.activation, "levels", 0),
            signed=neuron.signed,
            rule=neuron.rule,
            largest=neuron.largest,
            most=neuron.most,
        )
        if node is self.network.output:
            read = self.read_of(node)
            population = replace(population, read=read, output_activation=node.activation)
            if self.read == "on_off":
                population, projections = with_off_neurons(population, projections)
        self.projections += projections
        per_spike = np.ones(1) if is_step else scale * neuron.threshold / 2**bits
        self._finish_population(population, per_spike)

    def _carrying(self, paths: tuple[Path, ...]) -> tuple[Path, ...]:
        """Leave out paths without synapses, but for one that tells where the neurons stand."""
        shapes = {path.source: self._population(path.source).shape for path in paths}
        carrying = [path for path in paths if not carries_nothing(path, shapes[path.source])]
        return tuple(carrying) or paths[:1]

    def neuron(self, node: Node, bits: int) -> Neuron:
        """Choose threshold, start and reset of the neurons of one node."""
        return neuron_of(self.conversion, node, bits, output=node is self.network.output)

    def _payload_bits(self, source: str) -> int:
        """How much finer than a threshold what a population sends is, in bits."""
        population = self._population(source)
        return (max(population.largest, population.most) - 1).bit_length()

    def _finest(
        self, paths: tuple[Path, ...], node: Node, constant: np.ndarray
    ) -> tuple[int, list[Projection]]:
        """Return projections on the finest grid that float64 can hold, and its bits."""
        scale = self.lambdas[node.name]
        bias = float(np.abs(constant / scale).max(initial=0))
        for bits in range(FINE_BITS, FINE, -2):
            if np.ldexp(bias, bits) > LARGEST_BIAS:
                continue
            with suppress(ConversionError):
                return bits, [self._projection(path, node, bits) for path in paths]
        return FINE, [self._projection(path, node, FINE) for path in paths]

    def _projection(self, path: Path, node: Node, bits: int) -> Projection:
        source = self._population(path.source)
        per_spike, scale = self.per_spike[path.source], self.lambdas[node.name]
        maps = on_grid(path, per_spike, scale, source.shape, node.layer.output_shape, bits)
        return Projection(path.source, node.name, maps)

    def _add_max_pool(self, node: Node, expression: Expression) -> None:
        (path,) = expression.paths  # Reshapes alone: the pooling names units by its own shape.
        per_spike, source = self.per_spike[path.source], self._population(path.source)
        shape = node.layer.output_shape
        population = Population(
            name=node.name,
            kind="max_pool",
            shape=shape,
            threshold=0,
            initial_potential=0,
            reset="",
            bias=np.zeros(node.layer.output_size, np.int64),
            scale=_plain(per_spike),
            max_pool=self.conversion.max_pool,
            signed=source.signed,
            rule=source.rule,
            largest=source.largest,
            most=source.most,
            origin=origin_of(self.network, node.name, self.original.names),
        )
        self.projections.append(Projection(path.source, node.name, (node.layer,)))
        self._finish_population(population, per_spike)

    def _population(self, name: str) -> Population:
        return next(population for population in self.populations if population.name == name)

    def _finish_population(self, population: Population, per_spike: np.ndarray) -> None:
        self.populations.append(population)
        self.per_spike[population.name] = per_spike
        zero = np.zeros((1, *population.shape))
        self.expressions[population.name] = Expression((Path(population.name),), zero)

    def read_of(self, node: Node) -> str:
        """How a node's population is read: "" where it is not the output."""
        return self.read if node is self.network.output else ""

    def rescale(self, node: Node, scale: np.ndarray) -> None:
        """Make the latest population anew, with another lambda; shape (1,) or (channels,)."""
        self.lambdas[node.name] = scale
        self.populations.pop()
        self.projections = [p for p in self.projections if p.target != node.name]
        self.add(node)

    def start_from(self, potentials: np.ndarray) -> None:
        """Give every unit of the latest population an initial potential; int64, grid units."""
        self.populations[-1] = replace(self.populations[-1], initial_potential=potentials)

    def shift_biases(self, shift: np.ndarray) -> None:
        """Add to the biases of the latest population; int64, shape (units,), grid units."""
        population = self.populations[-1]
        bias = population.bias + shift
        if np.abs(bias).max(initial=0) > LARGEST_BIAS:
            raise ConversionError(
                f"A bias of {population.name} would leave the grid when it is calibrated: the "
                "layer hardly fires on the calibration samples. Give samples like those of the "
                'training, or use calibrate="none".'
            )
        self.populations[-1] = replace(population, bias=bias)
        self._shifts[population.name] = self._shifts.get(population.name, 0) + shift

    def so_far(self) -> SpikingNetwork:
        """Return the network that ends with the latest population, which is its output."""
        needed = {self.populations[-1].name}
        for population in reversed(self.populations):
            if population.name in needed:
                needed |= {p.source for p in self.projections if p.target == population.name}
        first, *others = self.populations
        kept = [p for p in others if p.name in needed]
        projections = [p for p in self.projections if p.target in needed]
        return self._network([first, *kept], projections, self.prepared.trace)

    def finish(self, trace: tuple[TraceRow, ...] = ()) -> SpikingNetwork:
        """Return the whole network; `trace` tells what has been adjusted."""
        statistics, rows = self.prepared.statistics, list(self.prepared.trace)
        if sign := sign_row(self._asked, statistics.output):
            rows.append(sign)
        # What was added on purpose is no error of rounding.
        rounded = [
            replace(p, bias=p.bias - self._shifts[p.name]) if p.name in self._shifts else p
            for p in self.populations
        ]
        spiking = self._network(rounded, self.projections, self.prepared.trace)
        rows += trace
        if not self.conversion.spike_code.is_continuous:  # There, nothing is rounded.
            rows.append(rounding_row(self.prepared, spiking, self._probe))
        whole = self._network(self.populations, self.projections, tuple(rows))
        return replace(whole, conversion=self._asked)

    def _network(
        self,
        populations: list[Population],
        projections: list[Projection],
        trace: tuple[TraceRow, ...],
    ) -> SpikingNetwork:
        return SpikingNetwork(
            self.network.name,
            tuple(populations),
            tuple(projections),
            self.conversion,
            self.input_scale,
            self.source_hash,
            trace,
            self.network.input_parts,
            pixel_range=self.network.pixel_range,
        )


def _plain(scale: np.ndarray) -> float | np.ndarray:
    return float(scale[0]) if scale.size == 1 else scale
