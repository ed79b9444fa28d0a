"""The written semantics, line by line, in plain NumPy: slow and obviously right.

Per step and population, in topological order::

    u = v + sum of projections + bias + input drive
    s = 1 if u >= threshold else 0
    v = u - threshold * s   ("subtract"),  0 where s ("zero"),  u mod threshold where s ("modulo"),
        u                   ("none": a step function, which spikes for as long as u is high)

What `workbench.simulate.dynamics` adds: a positive v first loses the leak; a neuron that waits
after a spike, or is held at the start, keeps its v and does not spike; spikes arrive delayed.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from workbench.network.pooling import MaxPool2D
from workbench.network.population import Population
from workbench.network.spiking import SpikingNetwork
from workbench.simulate.dynamics import Dynamics
from workbench.simulate.encode import InputStream
from workbench.simulate.session import Cancelled, Events, Window, never


class ReferenceSession:
    """A batch simulated by the reference engine; see `workbench.simulate.session.Session`."""

    def __init__(
        self,
        network: SpikingNetwork,
        stream: InputStream,
        record: tuple[str, ...],
        dynamics: dict[str, Dynamics],
        delay_steps: int,
    ):
        self.dynamics = dynamics
        self.network = network
        self.stream = stream
        self.record = record
        self.step = 0
        self.samples = len(stream.encoded)
        shapes = {p.name: (self.samples, p.size) for p in network.populations}
        self.counts = {name: np.zeros(shape, np.int32) for name, shape in shapes.items()}
        self.potentials = {
            p.name: np.full(shapes[p.name], p.initial_potential, np.int64)
            for p in network.populations
            if p.kind == "if"
        }
        self._waiting = {name: np.zeros(shapes[name], np.int64) for name in self.potentials}
        self._arrived = {name: np.zeros(shape, np.int32) for name, shape in shapes.items()}
        # Spikes on their way, the next to arrive first.
        self._travelling = {
            name: deque([np.zeros(shapes[name], bool)] * delay_steps) for name in network.layers
        }

    def advance(self, steps: int, cancelled: Cancelled = never) -> Window:
        """Simulate some more steps of all samples."""
        network = self.network
        trains = {
            p.name: np.zeros((self.samples, steps, p.size), bool) for p in network.populations
        }
        shape = (self.samples, steps, network.output.size)
        output_counts = np.zeros(shape, np.int32)
        output_potentials = np.zeros(shape, np.int64)
        input_spikes = None
        if not self.stream.is_constant:
            input_spikes = np.stack([self.stream.spikes(i, steps) for i in range(self.samples)])
        for step in range(steps):
            if cancelled():
                break
            drawn = None if input_spikes is None else input_spikes[:, step]
            for name, spikes in self._one_step(drawn, self.step + step).items():
                trains[name][:, step] = spikes
            output_counts[:, step] = self.counts[network.output.name]
            output_potentials[:, step] = self.potentials[network.output.name]
        start, self.step = self.step, self.step + steps
        return Window(
            samples=range(self.samples),
            start=start,
            stop=self.step,
            spikes={name: _events(trains[name], start) for name in self.record},
            spike_counts={n: t.sum(axis=2, dtype=np.int32) for n, t in trains.items()},
            output_counts=output_counts,
            output_potentials=output_potentials,
        )

    def _one_step(self, drawn: np.ndarray | None, step: int) -> dict[str, np.ndarray]:
        network = self.network
        drive = self.stream.drive if drawn is None else self.stream.drive_of(drawn)
        nothing = np.zeros((self.samples, network.input.size), bool)
        spikes = {network.input.name: nothing if drawn is None else drawn}
        self.counts[network.input.name] += spikes[network.input.name]
        arriving: dict[str, np.ndarray] = {}
        for population in network.populations[1:]:
            name = population.name
            if population.kind == "max_pool":
                spikes[name] = self._max_pool(population, arriving)
            else:
                total = population.bias + drive.get(name, 0) + self._sum(name, arriving)
                spikes[name] = self._fire(population, total, step)
            self.counts[name] += spikes[name]
            arriving[name] = self._delayed(name, spikes[name])
        return spikes

    def _delayed(self, name: str, spikes: np.ndarray) -> np.ndarray:
        """Send a layer's spikes off, and return those that arrive now."""
        travelling = self._travelling[name]
        travelling.append(spikes)
        arrived = travelling.popleft()
        self._arrived[name] += arrived
        return arrived

    def _sum(self, name: str, arriving: dict[str, np.ndarray]) -> np.ndarray:
        """Return what a layer's projections bring; int64, shape (samples, units)."""
        total = np.zeros_like(self.potentials[name])
        for projection in self.network.incoming(name):
            if projection.source != self.network.input.name:
                shape = (self.samples, *self.network.population(projection.source).shape)
                brought = projection.forward(arriving[projection.source].reshape(shape))
                total += brought.reshape(self.samples, -1).astype(np.int64)
        return total

    def _fire(self, population: Population, total: np.ndarray, step: int) -> np.ndarray:
        name, dynamics = population.name, self.dynamics[population.name]
        v, waiting = self.potentials[name], self._waiting[name]
        ready = (waiting == 0) & (step >= dynamics.held_steps)
        u = v - np.clip(v, 0, dynamics.leak) + total
        fired = (u >= population.threshold) & ready & dynamics.fires
        self.potentials[name] = np.where(ready, np.where(fired, self._reset(population, u), u), v)
        self._waiting[name] = np.where(fired, dynamics.refractory_steps, np.maximum(waiting - 1, 0))
        return fired

    def _reset(self, population: Population, u: np.ndarray) -> np.ndarray:
        """Return the potentials of neurons that have fired."""
        if population.reset == "zero":
            return np.zeros_like(u)
        if population.reset == "modulo":
            return u % population.threshold
        return u if population.reset == "none" else u - population.threshold

    def _max_pool(self, population: Population, arriving: dict[str, np.ndarray]) -> np.ndarray:
        (projection,) = self.network.incoming(population.name)
        (pool,) = projection.maps
        assert isinstance(pool, MaxPool2D)
        shape = (self.samples, *pool.input_shape)
        counts = self._arrived[projection.source].reshape(shape).astype(np.float64)
        now = arriving[projection.source].reshape(shape)
        if population.max_pool == "exact":
            rises = pool.forward(counts) > pool.forward(counts - now)
            return rises.reshape(self.samples, -1)
        taps = pool.windows(counts, fill=-1.0)
        leader = taps.argmax(axis=-1)[..., None]
        passed = np.take_along_axis(pool.windows(now.astype(float), fill=0.0), leader, axis=-1)
        return passed.reshape(self.samples, -1) > 0


def _events(train: np.ndarray, start: int) -> Events:
    sample, step, unit = np.nonzero(train)
    return sample, step + start, unit
