"""The spiking network: populations of neurons and the projections between them.

All numbers are whole multiples of the grid unit ``2 ** -resolution_bits`` of a normalized
threshold, so that sums are exact in any order and every engine gives the same spikes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from workbench.errors import DataError, SettingsError
from workbench.network.affine import Scale
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import Layer, Shape, Synapses
from workbench.network.pooling import SumPool2D
from workbench.network.samples import checked_samples
from workbench.network.serialize import digest
from workbench.settings import Conversion

INPUT_BITS = 12
"""Inputs are rounded to this many bits of their range before they drive the first layer."""


@dataclass(frozen=True, eq=False)
class Population:
    """Units that follow one rule.

    Parameters
    ----------
    name : str
        Name of the network layer whose activation the population carries.
    kind : "input", "if" or "max_pool"
        Integrate-and-fire neurons have a membrane; the other two only pass spikes on.
    shape : tuple of int
    threshold, initial_potential : int
        In grid units; 0 where there is no membrane.
    reset : str
        "subtract", "zero" or "modulo".
    bias : ndarray of int64, shape (size,)
        Constant drive of every step, in grid units.
    scale : float or ndarray, shape (channels,)
        The layer's lambda: the activation that one spike of a unit threshold per step stands for.
    max_pool : str
        Rule of a max-pool population: "fir" or "exact".
    """

    name: str
    kind: str
    shape: Shape
    threshold: int
    initial_potential: int
    reset: str
    bias: np.ndarray
    scale: float | np.ndarray = 1.0
    max_pool: str = ""

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def neurons(self) -> int:
        """Number of units with a membrane."""
        return self.size if self.kind == "if" else 0


@dataclass(frozen=True, eq=False)
class Projection:
    """A linear path from one population to another, crossed within a step.

    Parameters
    ----------
    source, target : str
        Names of populations.
    maps : tuple of Layer
        Applied in order; their arrays hold whole numbers of grid units, and no biases.
    """

    source: str
    target: str
    maps: tuple[Layer, ...]

    def forward(self, spikes: np.ndarray) -> np.ndarray:
        """Drive of the target; float64 holding whole numbers, shape (samples, *target shape)."""
        value = spikes.astype(np.float64)
        for layer in self.maps:
            value = layer.forward(value)
        return value

    def matrix(self) -> sparse.csr_array:
        """All synapses as one sparse matrix; int64, shape (source units, target units)."""
        weights = self._product(weighted=True)
        if len(self.maps) == 1:
            return weights
        # A product leaves out what sums to 0, but such a synapse exists: every place is lifted
        # beyond all weights while the two are added, so that none is left out.
        places = self._product(weighted=False)
        lift = 2 * int(np.abs(weights.data).max(initial=0)) + 1
        places.data[:] = lift
        total = sparse.csr_array(places + weights)
        total.data -= lift
        return total

    def _product(self, *, weighted: bool) -> sparse.csr_array:
        """Compose the maps; without weights, an entry counts the ways between two units."""
        product: sparse.csr_array | None = None
        for layer in self.maps:
            chunks = list(layer.synapses())
            pre, post, weight = (np.concatenate(part) for part in zip(*chunks, strict=True))
            value = weight.astype(np.int64) if weighted else np.ones(len(pre), np.int64)
            shape = (math.prod(layer.input_shapes[0]), layer.output_size)
            one = sparse.csr_array((value, (pre, post)), shape=shape)
            product = one if product is None else sparse.csr_array(product @ one)
        assert product is not None
        return product

    def synapses(self) -> Iterator[Synapses]:
        """Yield chunks (pre, post, weight), int64, each pair of units at most once."""
        matrix = self.matrix()
        rows = max(1, 1_000_000 // max(1, matrix.shape[1]))
        for start in range(0, matrix.shape[0], rows):
            block = matrix[start : start + rows].tocoo()
            yield block.row.astype(np.int64) + start, block.col.astype(np.int64), block.data

    def fan_out(self) -> np.ndarray:
        """Number of target units that each source unit reaches; int64, shape (source units,).

        A unit that reaches a target along several windows has one synapse there.
        """
        *passing, last = self.maps
        unit = np.arange(math.prod(self.maps[0].input_shapes[0]))
        for layer in passing:
            if layer.fan_out().max() > 1:
                return self._reached()
            following = np.full(layer.fan_out().size, -1)
            for pre, post, _ in layer.synapses():
                following[pre] = post
            unit = np.where(unit >= 0, following[unit], -1)
        return np.where(unit >= 0, last.fan_out()[unit], 0)

    def _reached(self) -> np.ndarray:
        """Fan-out by following every path, for windows that overlap."""
        return np.diff(self._product(weighted=False).indptr).astype(np.int64)

    @cached_property
    def synapse_count(self) -> int:
        return int(self.fan_out().sum())

    @property
    def largest_input(self) -> int:
        """Bound of what one step can bring to a unit: every source spikes, absolute weights."""
        bound = 1
        for layer in self.maps:
            if isinstance(layer, SumPool2D):
                bound *= layer.common
            elif isinstance(layer, (Conv2D, Dense)):
                columns = np.abs(layer.kernel).reshape(-1, layer.kernel.shape[-1])
                bound *= int(columns.sum(axis=0).max())
            elif isinstance(layer, Scale):
                bound *= int(np.abs(layer.factor).max())
        return bound

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one dense evaluation of the path."""
        return sum(layer.macs for layer in self.maps if not isinstance(layer, SumPool2D))


@dataclass(frozen=True, eq=False)
class SpikingNetwork:
    """Populations in topological order, the input first and the output last.

    Parameters
    ----------
    name : str
    populations : tuple of Population
    projections : tuple of Projection
    conversion : Conversion
        The settings that made it.
    input_scale : float
        Inputs are divided by it before they are encoded.
    source_hash : str
        Content hash of the analog network.
    trace_rows : tuple of (pass, exact, deviation, remark)
        What each conversion step did, with its deviation on calibration data.
    """

    name: str
    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    conversion: Conversion = field(default_factory=Conversion)
    input_scale: float = 1.0
    source_hash: str = ""
    trace_rows: tuple[tuple[str, str, float, str], ...] = ()

    @property
    def resolution_bits(self) -> int:
        return self.conversion.resolution_bits

    @property
    def unit(self) -> float:
        """One grid unit, as a fraction of a normalized threshold."""
        return 2.0**-self.resolution_bits

    @property
    def input(self) -> Population:
        return self.populations[0]

    @property
    def output(self) -> Population:
        return self.populations[-1]

    @property
    def input_shape(self) -> Shape:
        return self.input.shape

    @property
    def classes(self) -> int:
        return self.output.size

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the populations that spike, from the first after the input to the output."""
        return tuple(population.name for population in self.populations[1:])

    def population(self, name: str) -> Population:
        """Return a population by name; "output" is the last one's other name."""
        for population in self.populations:
            if population.name == name:
                return population
        if name == "output":
            return self.output
        raise SettingsError(
            f"Network '{self.name}' has no layer '{name}'; it has {', '.join(self.layers)}."
        )

    def incoming(self, name: str) -> tuple[Projection, ...]:
        """Projections that end at a population."""
        return tuple(p for p in self.projections if p.target == name)

    def outgoing(self, name: str) -> tuple[Projection, ...]:
        """Projections that start at a population."""
        return tuple(p for p in self.projections if p.source == name)

    @cached_property
    def fan_outs(self) -> dict[str, np.ndarray]:
        """Synapses that leave each unit of each population, all projections together.

        Windows of a max-pool population are no synapses: they choose, they do not weigh.
        """
        result = {}
        for population in self.populations:
            total = np.zeros(population.size, np.int64)
            for projection in self.outgoing(population.name):
                if self.population(projection.target).kind == "if":
                    total += projection.fan_out()
            result[population.name] = total
        return result

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over everything that decides the spikes."""
        populations = [
            [p.name, p.kind, p.shape, p.threshold, p.initial_potential, p.reset, p.bias, p.max_pool]
            for p in self.populations
        ]
        projections = [[p.source, p.target, list(p.maps)] for p in self.projections]
        return digest([populations, projections, self.resolution_bits, self.input_scale])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SpikingNetwork) and self.content_hash == other.content_hash

    def __hash__(self) -> int:
        return hash(self.content_hash)

    def encode(self, x: np.ndarray) -> np.ndarray:
        """Round inputs to the 12-bit grid of their range.

        Parameters
        ----------
        x : ndarray, shape (samples, *input shape)

        Returns
        -------
        ndarray of int64, shape (samples, *input shape)
            ``round(4096 x / input_scale)``; a full-scale input is 4096.

        Raises
        ------
        DataError
            If the shape is wrong, a value is not finite, or lies beyond 16 times full scale.
        """
        x = checked_samples(x, self.input_shape, self.name, np.float64)
        encoded = np.rint(x / self.input_scale * 2**INPUT_BITS)
        if np.abs(encoded).max(initial=0) > 16 * 2**INPUT_BITS:
            raise DataError(
                f"Samples reach {float(np.abs(x).max()):g}, more than 16 times the largest "
                f"calibration input ({self.input_scale:g}). Scale them as the training data were, "
                "or calibrate with such data."
            )
        return encoded.astype(np.int64)

    def drive(self, encoded: np.ndarray) -> dict[str, np.ndarray]:
        """Current that 12-bit input values cause, rounded once to the grid.

        ``(sum W x + 2**11) >> 12`` over all paths from the input; sums are exact whole
        numbers, so no order of summation changes the result.

        Parameters
        ----------
        encoded : ndarray of int64, shape (samples, *input shape)

        Returns
        -------
        dict of population name to ndarray of int64, shape (samples, units)
        """
        totals: dict[str, np.ndarray] = {}
        for projection in self.outgoing(self.input.name):
            exact = projection.forward(encoded).reshape(len(encoded), -1)
            totals[projection.target] = totals.get(projection.target, 0) + exact
        half = 1 << (INPUT_BITS - 1)
        return {name: (t.astype(np.int64) + half) >> INPUT_BITS for name, t in totals.items()}

    def input_drive(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Constant current of samples; see `drive` and `encode`."""
        return self.drive(self.encode(x))

    def decode(self, name: str, counts: np.ndarray, steps: int) -> np.ndarray:
        """Activation that spike counts stand for: ``theta * count / steps * lambda``."""
        population = self.population(name)
        theta = population.threshold * self.unit if population.kind == "if" else 1.0
        shaped = counts.reshape(len(counts), *population.shape)
        return shaped * (theta / steps) * population.scale

    def summary(self) -> pd.DataFrame:
        """Populations as a table.

        Returns
        -------
        DataFrame
            A row a population after the input: name, kind, shape, neurons, synapses (that end
            there), threshold (normalized), scale (lambda; the mean over channels), reset.
        """
        rows = [
            {
                "name": p.name,
                "kind": p.kind,
                "shape": p.shape,
                "neurons": p.neurons,
                "synapses": sum(
                    projection.synapse_count
                    for projection in self.incoming(p.name)
                    if p.kind == "if"
                ),
                "threshold": p.threshold * self.unit,
                "scale": float(np.mean(p.scale)),
                "reset": p.reset if p.kind == "if" else "",
            }
            for p in self.populations[1:]
        ]
        return pd.DataFrame(rows)

    @property
    def trace(self) -> pd.DataFrame:
        """What each conversion step did: step, exact, deviation, remark."""
        columns = ["step", "exact", "deviation", "remark"]
        return pd.DataFrame(list(self.trace_rows), columns=columns)

    def rate_limit(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Activations that infinitely many steps would decode to, without saturation.

        The network's own whole-number weights run as an analog network: what rounding to the
        grid, and nothing else, costs. Float64, per population (samples, *shape), in the units
        of the analog network.
        """
        values = {self.input.name: self.encode(x) / 2.0**INPUT_BITS}
        result = {}
        for population in self.populations[1:]:
            incoming = self.incoming(population.name)
            total = sum((p.forward(values[p.source]) for p in incoming), np.float64(0))
            if population.kind == "max_pool":
                rates = np.asarray(total)
                decoded = rates * population.scale
            else:
                drive = np.asarray(total) + population.bias.reshape(population.shape)
                is_output = population is self.output
                positive = drive if is_output else np.maximum(drive, 0)
                rates = positive / population.threshold
                decoded = positive * self.unit * population.scale
            values[population.name] = rates
            result[population.name] = decoded
        return result
