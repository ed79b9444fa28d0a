"""The written semantics, line by line, in plain NumPy: slow and obviously right.

Per step and population, in topological order::

    u = v + sum of projections + bias + input drive
    s = what `workbench.neuron_rules.SPIKE_RULES` make of u, the threshold and the spikes so far
    v = what `workbench.neuron_rules.RESET_RULES` leave of u where s is not 0, else u

What `workbench.simulation.neuron_options` adds: a positive v first loses the leak; a neuron that
waits after a spike, or is held at the start, keeps its v and does not spike; spikes arrive delayed.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from workbench.network.max_pool_rules import FORGOTTEN_BITS, RECENT_STEPS, SPIKE_SCORE
from workbench.network.pooling import MaxPool2D
from workbench.network.population import Population
from workbench.simulation.plan import exact_type
from workbench.simulation.reference_neurons import ReferenceNeurons
from workbench.simulation.session import Batch, Cancelled, Events, Window, never, weights_of


class ReferenceSession:
    """A batch simulated by the reference engine; see `workbench.simulation.session.Session`."""

    def __init__(self, batch: Batch):
        self.network = network = batch.network
        self.stream = batch.stream
        self.record, self.traced, self._weighed = batch.record, batch.traced, batch.weighed
        self.step = 0
        self.samples = batch.samples
        # The potentials themselves are wide, but what other engines refuse is refused.
        exact_type(network, batch.stream.largest_drives(), batch.steps)
        shapes = {p.name: (self.samples, p.size) for p in network.populations}
        self.counts = {name: np.zeros(shape, np.int32) for name, shape in shapes.items()}
        self._neurons = {
            p.name: ReferenceNeurons(p, batch.dynamics[p.name], self.samples)
            for p in network.populations
            if p.kind == "if"
        }
        self.sent = {
            p.name: np.zeros(shapes[p.name], np.int32) for p in network.populations if p.signed
        }
        # Spikes on their way, the next to arrive first.
        self._travelling = {
            name: deque([np.zeros(shapes[name], np.int16)] * batch.delay_steps)
            for name in network.layers
        }
        sources = {
            p.name: shapes[network.incoming(p.name)[0].source]
            for p in network.populations
            if p.kind == "max_pool"
        }
        self._scores = {name: np.zeros(shape, np.int64) for name, shape in sources.items()}
        self._recent = {
            name: deque([np.zeros(shape, np.int16)] * RECENT_STEPS)
            for name, shape in sources.items()
        }

    def advance(self, steps: int, cancelled: Cancelled = never) -> Window:
        """Simulate some more steps of all samples."""
        network = self.network
        trains = {
            p.name: np.zeros((self.samples, steps, p.size), np.int16) for p in network.populations
        }
        shape = (self.samples, steps, network.output.size)
        output_counts = np.zeros(shape, np.int32)
        output_potentials = np.zeros(shape, np.int64)
        potentials = {
            name: np.zeros((self.samples, steps, network.population(name).size), np.int64)
            for name in self.traced
        }
        input_spikes = None
        if not self.stream.is_constant:
            input_spikes = np.stack([self.stream.spikes(i, steps) for i in range(self.samples)])
        for step in range(steps):
            if cancelled():
                break
            drawn = None if input_spikes is None else input_spikes[:, step]
            for name, spikes in self._one_step(self.step + step, drawn).items():
                trains[name][:, step] = spikes
            output_counts[:, step] = self.counts[network.output.name]
            output_potentials[:, step] = self._neurons[network.output.name].potentials
            for name in self.traced:
                potentials[name][:, step] = self._neurons[name].potentials
        start, self.step = self.step, self.step + steps
        return Window(
            samples=range(self.samples),
            start=start,
            stop=self.step,
            spikes={
                name: _events(trains[name], start, signed=name in self.sent) for name in self.record
            },
            spike_counts={n: (t != 0).sum(axis=2, dtype=np.int32) for n, t in trains.items()},
            output_counts=output_counts,
            output_potentials=output_potentials,
            potentials=potentials,
            weighed=tuple(weights_of(trains[name], weight) for name, weight in self._weighed),
        )

    def _one_step(self, step: int, drawn: np.ndarray | None) -> dict[str, np.ndarray]:
        network = self.network
        drive = self.stream.drive if drawn is None else self.stream.drive_of(drawn)
        nothing = np.zeros((self.samples, network.input.size), np.int16)
        spikes = {network.input.name: nothing if drawn is None else drawn}
        self.counts[network.input.name] += spikes[network.input.name]
        arriving: dict[str, np.ndarray] = {}
        for population in network.populations[1:]:
            name = population.name
            if population.kind == "max_pool":
                spikes[name] = self._max_pool(population, arriving)
            else:
                total = self._sum(name, arriving)
                if self._neurons[name].dynamics.is_driven(step):
                    total += population.bias + drive.get(name, 0)
                spikes[name] = self._neurons[name].advance(total)
            self.counts[name] += spikes[name]
            if population.signed:
                self.sent[name] += spikes[name] != 0
            arriving[name] = self._delayed(name, spikes[name])
        return spikes

    def _delayed(self, name: str, spikes: np.ndarray) -> np.ndarray:
        """Send a layer's spikes off, and return those that arrive now."""
        travelling = self._travelling[name]
        travelling.append(spikes)
        return travelling.popleft()

    def _sum(self, name: str, arriving: dict[str, np.ndarray]) -> np.ndarray:
        """Return what a layer's projections bring; int64, shape (samples, units)."""
        total = np.zeros((self.samples, self.network.population(name).size), np.int64)
        for projection in self.network.incoming(name):
            if projection.source != self.network.input.name:
                shape = (self.samples, *self.network.population(projection.source).shape)
                brought = projection.forward(arriving[projection.source].reshape(shape))
                total += brought.reshape(self.samples, -1).astype(np.int64)
        return total

    def _max_pool(self, population: Population, arriving: dict[str, np.ndarray]) -> np.ndarray:
        (projection,) = self.network.incoming(population.name)
        (pool,) = projection.maps
        assert isinstance(pool, MaxPool2D)
        now = arriving[projection.source]
        shape = (self.samples, *pool.input_shape)
        before = self._scores[population.name]
        score = self._scores[population.name] = self._scored(population, before, now)
        if population.max_pool == "exact":
            old, new = (pool.forward(n.reshape(shape).astype(np.float64)) for n in (before, score))
            # A window that lies in the padding alone has no inputs, and no maximum.
            change = np.where(np.isfinite(new), new - np.nan_to_num(old), 0)
            return change.reshape(self.samples, -1).astype(np.int16)
        taps = pool.windows(score.reshape(shape).astype(np.float64), fill=-np.inf)
        leader = taps.argmax(axis=-1)[..., None]
        sent = pool.windows(now.reshape(shape).astype(np.float64), fill=0.0)
        passed = np.take_along_axis(sent, leader, axis=-1)
        return passed.reshape(self.samples, -1).astype(np.int16)

    def _scored(self, population: Population, score: np.ndarray, now: np.ndarray) -> np.ndarray:
        """Return the scores of a pooling's inputs; see `workbench.network.max_pool_rules`."""
        if population.max_pool == "exp":
            return score - (score >> FORGOTTEN_BITS) + SPIKE_SCORE * now.astype(np.int64)
        if population.max_pool == "recent":
            recent = self._recent[population.name]
            recent.append(now)
            return score + now - recent.popleft()
        return score + now


def _events(train: np.ndarray, start: int, *, signed: bool) -> Events:
    sample, step, unit = np.nonzero(train)
    events = sample, step + start, unit
    return (*events, train[sample, step, unit].astype(np.int64)) if signed else events
