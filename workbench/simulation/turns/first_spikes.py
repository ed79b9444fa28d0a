"""Values in continuous time: a neuron spikes once, the earlier the larger its value.

In windows of length 1, a neuron whose window ends at t_max sends the value a from 0 to 1 at
``t = t_max - a``. It listens while its sources send: a spike at t_j starts a current W, which has
brought ``W (t_min - t_j) = W a_j`` by the end of that window, t_min. From then on its potential
rises by one threshold per window, so that it spikes at ``t_min + (theta - u) / theta``: its value
is ``u / theta``, exactly that of a ReLU. With u above theta it would have to spike before its own
window begins: such early spikes are counted, and sent as the window begins.

All in float64; weights are integers of so fine a grid that they are as good as not rounded.
"""

from __future__ import annotations

import numpy as np

from workbench.network.population import Population
from workbench.network.samples import checked_samples
from workbench.network.schedule import slices_of_times, slices_of_window
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.simulation.session import Events, ordered


class FirstSpikes:
    """How exact times compute; see `workbench.simulation.turns.in_turns`.

    Parameters
    ----------
    network : SpikingNetwork
    x : ndarray, shape (samples, *input shape)
    settings : Simulation
    """

    dtype = np.float64

    def __init__(self, network: SpikingNetwork, x: np.ndarray, settings: Simulation):
        self.network = network
        shape = network.input_shape
        given = checked_samples(network.take_samples(x), shape, network.name, np.float64)
        values = given / network.input_scale
        self.samples = len(values)
        self.currents: dict[str, np.ndarray] = {}
        for projection in network.outgoing(network.input.name):
            brought = projection.forward(values).reshape(self.samples, -1)
            name = projection.target
            self.currents[name] = self.currents.get(name, 0) + brought

    def steps_of(self, window: int) -> range:
        """Slices that lie, at least in part, in a window."""
        return slices_of_window(self.network, window)

    def charge(self, population: Population, place: float) -> np.ndarray:
        """What bias and constant input have brought at a place of the window, from 0 to 1."""
        charge: np.ndarray = population.bias + place * self.currents.get(population.name, 0.0)
        return charge * (place > 0)

    def respond(self, population: Population, potential: np.ndarray) -> tuple[np.ndarray, int]:
        """Values that neurons send for their potentials, and how many of them are early."""
        if population.is_step:
            return (potential >= population.threshold).astype(np.float64), 0
        value = potential / population.threshold
        # A clipped layer's window begins at its ceiling: what is above is no error.
        early = 0 if population.ceiling else int((value > 1).sum())
        return np.clip(value, 0, 1), early

    def sent(self, values: np.ndarray, place: float) -> np.ndarray:
        """What spikes of values have brought by a place of the window, per weight."""
        return np.maximum(values - (1 - place), 0)

    def left(self, population: Population, values: np.ndarray, place: float) -> np.ndarray:
        """By how much a potential has changed while its neuron sends: it rises, and is reset."""
        if population.is_step:
            return np.zeros(values.shape)
        waits = values < 1 - place
        rises = np.where(waits | (values == 0), place, -values)
        return rises * population.threshold

    def spike_counts(self, values: np.ndarray, place: float) -> np.ndarray:
        """Spikes of each unit up to a place of the window; int32, shape (samples, units)."""
        return ((values > 0) & (values > 1 - place)).astype(np.int32)

    def per_step(self, values: np.ndarray, window: int) -> np.ndarray:
        """Spikes per sample and slice of the window; int32, shape (samples, slices)."""
        steps = self.steps_of(window)
        sample, unit = np.nonzero(values)
        times = window + 1 - values[sample, unit]
        place = slices_of_times(self.network, times, window) - steps.start
        bins = len(steps) * len(values)
        counts = np.bincount(sample * len(steps) + place, minlength=bins)
        return counts.reshape(len(values), -1).astype(np.int32)

    def events(self, values: np.ndarray, window: int) -> tuple[Events, np.ndarray]:
        """Single spikes of a layer, ordered by sample, slice and unit, and their times."""
        sample, unit = np.nonzero(values)
        times = window + 1 - values[sample, unit]
        slices = slices_of_times(self.network, times, window)
        sample, step, unit, times = ordered((sample, slices, unit, times))
        return (sample, step, unit), times
