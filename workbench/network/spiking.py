"""The spiking network: populations of neurons and the projections between them.

All numbers are whole multiples of the grid unit ``2 ** -resolution_bits`` of a normalized
threshold, so that sums are exact in any order and every engine gives the same spikes.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import DataError, SettingsError
from workbench.network.layer import Shape
from workbench.network.pixel_range import LARGE_UNITS
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.rate_limit import limit_activations
from workbench.network.readout import on_and_off, output_shape
from workbench.network.samples import INPUT_BITS, checked_samples, joined_inputs, shaped_samples
from workbench.network.schedule import check_turns, send_windows
from workbench.network.serialize import digest
from workbench.network.wiring import check_wiring
from workbench.settings import Conversion
from workbench.spike_codes import SpikeCode
from workbench.util.pixels import BYTES, UNIT, PixelRange, checked_range, in_units
from workbench.util.stored_samples import Samples


@dataclass(frozen=True, eq=False, repr=False)
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
    input_parts : tuple of (name, shape)
        Inputs of a source with several of them, as in the analog network.
    report_rows : tuple of (source layer, kind, action, became, steps)
        What ingest did to every layer of the source, and what conversion then made of it.
    pixel_range : (float, float)
        Values of black and white, to which `Pixels` of data sets are converted, as in the analog
        network. If not given, (0, 255) where the calibration inputs were that large, else (0, 1).
    data : str
        Name of the bundled samples that the analog network was trained on, or "".

    Raises
    ------
    StructureError
        When it is made, if its populations and projections do not fit together.
    """

    name: str
    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    conversion: Conversion = field(default_factory=Conversion)
    input_scale: float = 1.0
    source_hash: str = ""
    trace_rows: tuple[tuple[str, str, float, str], ...] = ()
    input_parts: tuple[tuple[str, Shape], ...] = ()
    report_rows: tuple[tuple[str, str, str, str, str], ...] = ()
    pixel_range: PixelRange = None  # type: ignore[assignment]  # filled in
    data: str = ""

    def __post_init__(self) -> None:
        wanted = self.likely_range if self.pixel_range is None else self.pixel_range
        object.__setattr__(self, "pixel_range", checked_range(wanted))
        check_wiring(self.name, self.populations, self.projections)
        check_turns(self)

    @property
    def likely_range(self) -> PixelRange:
        """Range of pixels that the calibration inputs make likely."""
        return BYTES if self.input_scale > LARGE_UNITS else UNIT

    def __repr__(self) -> str:
        neurons = sum(population.neurons for population in self.populations)
        return (
            f"SpikingNetwork '{self.name}': {len(self.layers)} layers, {neurons:,} neurons, "
            f"on a grid of 2^-{self.resolution_bits} of a threshold"
        )

    @property
    def resolution_bits(self) -> int:
        return self.conversion.resolution_bits

    @property
    def spike_code(self) -> SpikeCode:
        """How spikes carry activations."""
        return self.conversion.spike_code

    @cached_property
    def send_windows(self) -> dict[str, int]:
        """The window in which each population sends, where layers take turns."""
        return send_windows(self.populations, self.projections)

    @property
    def windows(self) -> int:
        """Windows of a run, where layers take turns."""
        return self.send_windows[self.output.name]

    @property
    def unit(self) -> float:
        """One grid unit, as a fraction of a normalized threshold."""
        return 2.0**-self.resolution_bits

    def theta(self, population: Population) -> float:
        """Activation of a payload of 1 per step in units of the scale: the normalized threshold.

        Of graded spikes a part of it; see `Population.payload_unit`. 1 without a membrane, and for
        step functions, whose spikes represent no potential.
        """
        if population.kind != "if" or population.is_step:
            return 1.0
        return population.threshold * self.grid_unit(population)

    def grid_unit(self, population: Population) -> float:
        """One unit of a population's own grid, as a fraction of a normalized threshold."""
        return self.unit * 2.0**-population.extra_bits

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
    def output_shape(self) -> Shape:
        """Shape of one sample's outputs; neurons of ON and OFF are one output."""
        return output_shape(self.output)

    @property
    def classes(self) -> int:
        """Number of outputs."""
        return math.prod(self.output_shape)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the populations that spike, from the first after the input to the output."""
        return tuple(population.name for population in self.populations[1:])

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one dense step of all projections."""
        return sum(projection.macs for projection in self.projections)

    @property
    def origins(self) -> dict[str, str]:
        """The source layer that every population belongs to, by the population's name."""
        return {p.name: p.origin or p.name for p in self.populations}

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
    def content_hash(self) -> str:
        """SHA-256 over everything that decides the spikes, and how they are read."""
        populations = [
            [
                p.name,
                p.kind,
                p.shape,
                p.threshold,
                p.initial_potential,
                p.reset,
                p.bias,
                p.max_pool,
                p.extra_bits,
                *(["signed"] if p.signed else []),
                *([p.read] if p.read else []),
                *([p.rule, p.largest, p.most] if p.rule else []),
            ]
            for p in self.populations
        ]
        projections = [[p.source, p.target, list(p.maps)] for p in self.projections]
        parts = [populations, projections, self.resolution_bits, self.input_scale]
        if self.spike_code.in_turns:
            parts.append([self.conversion.code, self.conversion.levels])
        told = self.pixel_range == self.likely_range
        return digest(parts if told else [*parts, list(self.pixel_range)])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SpikingNetwork) and self.content_hash == other.content_hash

    def __hash__(self) -> int:
        return hash(self.content_hash)

    def take_samples(self, x: Any) -> Samples:
        """Return samples in the network's units, as `Network.take_samples` does."""
        x = joined_inputs(x, self.input_parts, self.name, self.pixel_range)
        return in_units(shaped_samples(x, self.input_shape, self.name), self.pixel_range)

    def encode(self, x: Samples) -> np.ndarray:
        """Round inputs to the 12-bit grid of their range.

        Parameters
        ----------
        x : ndarray, shape (samples, *input shape)
            Images of data sets are converted to the network's `pixel_range` first.

        Returns
        -------
        ndarray of int64, shape (samples, *input shape)
            ``round(4096 x / input_scale)``; a full-scale input is 4096.

        Raises
        ------
        DataError
            If the shape is wrong, a value is not finite, or lies beyond 16 times full scale.
        """
        x = checked_samples(self.take_samples(x), self.input_shape, self.name, np.float64)
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

        ``(sum W x + 2**11) >> 12`` over all paths from the input; sums are exact integers, so no
        order of summation changes the result.

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

    def decode(self, name: str, counts: np.ndarray, steps: int) -> np.ndarray:
        """Activation that spike counts represent: ``theta * count / steps * lambda``.

        Of graded spikes, counts are sums of payloads in their smallest unit, of which theta is one.
        Those of one-shot neurons are not divided by the steps.

        Of ON and OFF output neurons, counts may be those of every neuron or their differences,
        as `Run.output_counts` are.
        """
        population = self.population(name)
        if population.read == "on_off" and counts.size == len(counts) * population.size:
            on, off = on_and_off(population, counts.reshape(len(counts), -1))
            counts = on - off
        shaped = counts.reshape(len(counts), *output_shape(population))
        steps = population.averaged_over(steps)
        return shaped * (self.theta(population) / steps) * population.scale

    def summary(self) -> pd.DataFrame:
        """Populations as a table.

        Returns
        -------
        DataFrame
            One row per population after the input: name, kind, shape, neurons, synapses (that end
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
                "threshold": self.theta(p) / p.payload_unit if p.kind == "if" else 0.0,
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

    @property
    def report(self) -> pd.DataFrame:
        """What every source layer became: layer, kind, action, became, steps."""
        columns = ["layer", "kind", "action", "became", "steps"]
        return pd.DataFrame(list(self.report_rows), columns=columns)

    def rate_limit(
        self, x: np.ndarray, layers: Collection[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Activations that infinitely many steps would decode to, without saturation.

        Clips and staircases are applied as in the analog network.

        The network's own integer weights run as an analog network. This shows the cost of rounding
        to the grid alone.

        Parameters
        ----------
        x : ndarray, shape (samples, *input shape)
        layers : collection of str, optional
            Names of the populations that are wanted; all if not given.

        Returns
        -------
        dict of str to ndarray of float64, shape (samples, *population shape)
            In the units of the analog network.
        """
        wanted = self.layers if layers is None else layers
        return limit_activations(self, self.encode(x), wanted)
