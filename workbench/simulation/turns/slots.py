"""Values of levels, sent in the slots of a window: integers, exact in any order.

A neuron has the value ``clip(floor((v0 + levels (bias + drive) + sum W q) / theta), 0, levels)``,
q being the values of its sources: with v0 half a threshold, its activation rounded to a level.
"""

from __future__ import annotations

import numpy as np

from workbench.errors import SimulationError
from workbench.network.bounds import largest_absolute
from workbench.network.population import Population
from workbench.network.projection import EXACT
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.simulation.encoders import InputStream
from workbench.simulation.session import Events


class Slots:
    """How a network of levels computes; see `workbench.simulation.turns.in_turns`.

    Parameters
    ----------
    network : SpikingNetwork
    x : ndarray, shape (samples, *input shape)
    settings : Simulation

    Raises
    ------
    SimulationError
        If a sum could leave the range of exact integers.
    """

    dtype = np.int64

    def __init__(self, network: SpikingNetwork, x: np.ndarray, settings: Simulation):
        self.network, levels = network, network.conversion.levels
        code = network.spike_code
        assert code.sends is not None and code.weight is not None
        self.levels = levels
        self.samples = len(x)
        slot = np.arange(levels)
        self.sends = code.sends(np.arange(levels + 1)[:, None], slot, levels)
        """Whether a neuron of a value spikes in a slot; bool, shape (levels + 1, levels)."""
        weighted = self.sends * code.weight(slot, levels)
        sums = np.cumsum(weighted, axis=1)
        self.arrived = np.concatenate([np.zeros((levels + 1, 1), np.int64), sums], axis=1)
        """What it has sent after so many slots; int64, shape (levels + 1, levels + 1)."""
        stream = InputStream(network, x, settings)
        self.currents = stream.drive
        self._check(stream.largest_drives())

    def _check(self, drives: dict[str, int]) -> None:
        for population in self.network.populations:
            if population.kind != "if":
                continue
            name = population.name
            most = largest_absolute(population.bias) + drives.get(name, 0)
            for projection in self.network.incoming(name):
                if projection.source != self.network.input.name:
                    most += projection.largest_input
            if most * self.levels >= EXACT:
                raise SimulationError(
                    f"The potential of layer '{name}' could leave the exact range: it can reach "
                    f"{most * self.levels:.3g} grid units, and sums are exact below 2^53. Convert "
                    "with fewer resolution_bits or levels."
                )

    def steps_of(self, window: int) -> range:
        """Steps of a window."""
        return range(window * self.levels, (window + 1) * self.levels)

    def charge(self, population: Population, place: float) -> np.ndarray:
        """What bias and constant input have brought at a place of the window, from 0 to 1."""
        current = population.bias + self.currents.get(population.name, 0)
        charge: np.ndarray = current * round(place * self.levels)
        return charge

    def respond(self, population: Population, potential: np.ndarray) -> tuple[np.ndarray, int]:
        """Values that neurons send for their potentials; none of them is early."""
        if population.is_step:
            fires = potential >= population.threshold * self.levels
            return fires.astype(np.int32) * self.levels, 0
        value = potential // population.threshold
        return np.clip(value, 0, self.levels).astype(np.int32), 0

    def sent(self, values: np.ndarray, place: float) -> np.ndarray:
        """Part of values that has been sent at a place of the window."""
        part: np.ndarray = self.arrived[values, round(place * self.levels)]
        return part

    def left(self, population: Population, values: np.ndarray, place: float) -> np.ndarray:
        """By how much a potential has changed while its neuron sends."""
        if population.is_step:
            return np.zeros(values.shape, np.int64)
        return -population.threshold * self.sent(values, place)

    def spike_counts(self, values: np.ndarray, place: float) -> np.ndarray:
        """Spikes of each unit up to a place of the window; int32, shape (samples, units)."""
        slots = round(place * self.levels)
        return self.sends[:, :slots].sum(axis=1, dtype=np.int32)[values]

    def per_step(self, values: np.ndarray, window: int) -> np.ndarray:
        """Spikes per sample and step of the window; int32, shape (samples, levels)."""
        sample = np.arange(len(values))[:, None] * (self.levels + 1)
        bins = len(values) * (self.levels + 1)
        of_value = np.bincount((values + sample).reshape(-1), minlength=bins)
        rows = of_value.reshape(len(values), -1)
        return (rows @ self.sends.astype(np.int64)).astype(np.int32)

    def events(self, values: np.ndarray, window: int) -> tuple[Events, None]:
        """Single spikes of a layer, ordered by sample, step and unit."""
        parts = []
        for number, row in enumerate(values):
            (unit,) = np.nonzero(row)
            slot, place = np.nonzero(self.sends[row[unit]].T)
            step = slot + window * self.levels
            parts.append((np.full(len(step), number), step, unit[place]))
        sample, step, unit = (np.concatenate(column) for column in zip(*parts, strict=True))
        return (sample, step, unit), None
