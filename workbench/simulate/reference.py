"""The written semantics, line by line, in plain NumPy: slow and obviously right.

Per step and population, in topological order::

    u = v + sum of projections + bias + input drive
    s = 1 if u >= threshold else 0
    v = u - threshold * s   ("subtract"),  0 where s ("zero"),  u mod threshold where s ("modulo"),
        u                   ("none": a step function, which spikes for as long as u is high)
"""

from __future__ import annotations

import numpy as np

from workbench.network.pooling import MaxPool2D
from workbench.network.population import Population
from workbench.network.spiking import SpikingNetwork
from workbench.simulate.encode import InputStream
from workbench.simulate.session import Cancelled, Events, Window, never


class ReferenceSession:
    """A batch simulated by the reference engine; see `workbench.simulate.session.Session`."""

    def __init__(self, network: SpikingNetwork, stream: InputStream, record: tuple[str, ...]):
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
            for name, spikes in self._one_step(drawn).items():
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

    def _one_step(self, drawn: np.ndarray | None) -> dict[str, np.ndarray]:
        network = self.network
        drive = self.stream.drive if drawn is None else self.stream.drive_of(drawn)
        nothing = np.zeros((self.samples, network.input.size), bool)
        spikes = {network.input.name: nothing if drawn is None else drawn}
        self.counts[network.input.name] += spikes[network.input.name]
        for population in network.populations[1:]:
            if population.kind == "max_pool":
                spikes[population.name] = self._max_pool(population, spikes)
            else:
                spikes[population.name] = self._fire(population, spikes, drive)
            self.counts[population.name] += spikes[population.name]
        return spikes

    def _fire(
        self, population: Population, spikes: dict[str, np.ndarray], drive: dict[str, np.ndarray]
    ) -> np.ndarray:
        name, threshold = population.name, population.threshold
        u = self.potentials[name] + population.bias + drive.get(name, 0)
        for projection in self.network.incoming(name):
            if projection.source != self.network.input.name:
                shape = (self.samples, *self.network.population(projection.source).shape)
                arriving = projection.forward(spikes[projection.source].reshape(shape))
                u = u + arriving.reshape(self.samples, -1).astype(np.int64)
        fired = u >= threshold
        self.potentials[name] = np.where(fired, self._reset(population, u), u)
        return fired

    def _reset(self, population: Population, u: np.ndarray) -> np.ndarray:
        """Return the potentials of neurons that have fired."""
        if population.reset == "zero":
            return np.zeros_like(u)
        if population.reset == "modulo":
            return u % population.threshold
        return u if population.reset == "none" else u - population.threshold

    def _max_pool(self, population: Population, spikes: dict[str, np.ndarray]) -> np.ndarray:
        (projection,) = self.network.incoming(population.name)
        (pool,) = projection.maps
        assert isinstance(pool, MaxPool2D)
        shape = (self.samples, *pool.input_shape)
        counts = self.counts[projection.source].reshape(shape).astype(np.float64)
        now = spikes[projection.source].reshape(shape)
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
