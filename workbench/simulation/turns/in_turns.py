"""A batch whose layers take turns: each is computed once, and its window tells its spikes.

As a layer knows all of its input before it sends, its values need no steps: one pass through the
network gives them all, in dense products. Steps only tell what has been sent by when. The engines
"event" and "dense" share this path; "reference" goes from step to step, or spike to spike.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.network.pooling import MaxPool2D
from workbench.network.population import Population
from workbench.network.recording import recorded_layers, traced_layers
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.simulation.session import Cancelled, Events, Session, Window, never
from workbench.simulation.turns.first_spikes import FirstSpikes
from workbench.simulation.turns.slots import Slots


def turns_session(network: SpikingNetwork, x: np.ndarray, settings: Simulation) -> Session:
    """Return a session for a network whose layers take turns.

    Parameters
    ----------
    network : SpikingNetwork
    x : ndarray, shape (samples, *input shape)
    settings : Simulation
        As `workbench.network.schedule.run_settings` returns them.
    """
    rule = FirstSpikes if network.spike_code.is_continuous else Slots
    if settings.engine == "reference":
        from workbench.simulation.turns.reference import reference_values

        return TurnsSession(rule(network, x, settings), settings, reference_values)
    return TurnsSession(rule(network, x, settings), settings, solved_values)


def arriving(network: SpikingNetwork, name: str, sent: dict[str, np.ndarray]) -> Any:
    """Sum of what a layer's spiking sources have sent; shape (samples, units), or 0."""
    total: Any = 0
    for projection in network.incoming(name):
        if projection.source != network.input.name:
            brought = projection.forward(sent[projection.source])
            total = total + brought.reshape(len(brought), -1)
    return total


def pooled(network: SpikingNetwork, population: Population, values: np.ndarray) -> np.ndarray:
    """Largest value, which is the earliest spike, of each window of a max pooling."""
    (projection,) = network.incoming(population.name)
    (pool,) = projection.maps
    assert isinstance(pool, MaxPool2D)
    largest = pool.forward(values.reshape(-1, *pool.input_shape).astype(np.float64))
    # A window that lies in the padding alone has no inputs: nothing spikes there.
    filled = np.where(np.isfinite(largest), largest, 0).reshape(len(values), -1)
    return filled.astype(values.dtype)


def solved_values(
    rule: Any, cancelled: Cancelled
) -> tuple[dict[str, np.ndarray], dict[str, int]] | None:
    """Values that all layers but the output send, and how many spikes of each are early."""
    network = rule.network
    values: dict[str, np.ndarray] = {}
    early: dict[str, int] = {}
    for population in network.populations[1:-1]:
        if cancelled():
            return None
        name = population.name
        if population.kind == "max_pool":
            (projection,) = network.incoming(name)
            source = values.get(projection.source)
            assert source is not None
            values[name] = pooled(network, population, source)
            continue
        brought = np.asarray(arriving(network, name, values))
        potential = population.starts + rule.charge(population, 1.0) + brought.astype(rule.dtype)
        potential = np.broadcast_to(potential, (rule.samples, population.size))
        values[name], early[name] = rule.respond(population, potential)
    return values, early


class TurnsSession:
    """A batch in which layers take turns; see `workbench.simulation.session.Session`.

    Parameters
    ----------
    rule : Slots or FirstSpikes
    settings : Simulation
    solve : function of (rule, cancelled) to (values, early)
        Computes what all layers but the output send.
    """

    def __init__(self, rule: Any, settings: Simulation, solve: Any):
        self.network: SpikingNetwork = rule.network
        self.rule, self._solve = rule, solve
        self.record = recorded_layers(self.network, settings)
        self.traced = traced_layers(self.network, settings)
        self.step, self.steps = 0, settings.steps
        self.samples: int = rule.samples
        self.sent: dict[str, np.ndarray] = {}
        self._values: dict[str, np.ndarray] | None = None
        self._early: dict[str, int] = {}
        self._events: dict[str, tuple[Events, np.ndarray | None]] = {}

    def _place(self, window: int, step: int) -> float:
        """Place of the end of a step in a window, from 0 (not begun) to 1 (over)."""
        return float(np.clip(step * (self.network.windows / self.steps) - window, 0, 1))

    @property
    def counts(self) -> dict[str, np.ndarray]:
        """Spikes per unit since step 0 of every layer; int32, shape (samples, units)."""
        counts = {}
        for population in self.network.populations:
            values = (self._values or {}).get(population.name)
            if values is None:
                counts[population.name] = np.zeros((self.samples, population.size), np.int32)
            else:
                place = self._place(self.network.send_windows[population.name], self.step)
                counts[population.name] = self.rule.spike_counts(values, place)
        return counts

    def advance(self, steps: int, cancelled: Cancelled = never) -> Window:
        """Simulate some more steps of all samples."""
        network, start = self.network, self.step
        first = self._values is None
        if self._values is None:
            solved = self._solve(self.rule, cancelled)
            self._values, self._early = solved or ({}, {})
            if solved:
                for name in self.record:
                    self._events[name] = self._all_events(name)
        self.step = stop = start + steps
        shown = range(start, stop)
        shape = (self.samples, steps, network.output.size)
        window = Window(
            samples=range(self.samples),
            start=start,
            stop=stop,
            spikes={},
            spike_counts={p.name: self._per_step(p.name, shown) for p in network.populations},
            output_counts=np.zeros(shape, np.int32),
            output_potentials=np.empty(shape, np.int64),
            potentials={
                name: np.empty((self.samples, steps, network.population(name).size), np.int64)
                for name in self.traced
            },
            early=self._early if first and network.spike_code.is_continuous else {},
        )
        for name, ((sample, step, unit), times) in self._events.items():
            inside = (step >= start) & (step < stop)
            window.spikes[name] = sample[inside], step[inside], unit[inside]
            if times is not None:
                window.times[name] = times[inside]
        for at in shown:
            if cancelled():
                break
            window.output_potentials[:, at - start] = self._potential(network.output, at + 1)
            for name in self.traced:
                population = network.population(name)
                window.potentials[name][:, at - start] = self._potential(population, at + 1)
        return window

    def _all_events(self, name: str) -> tuple[Events, np.ndarray | None]:
        values = (self._values or {}).get(name)
        if values is None:
            values = np.zeros((self.samples, 1), self.rule.dtype)
        events: tuple[Events, np.ndarray | None]
        events = self.rule.events(values, self.network.send_windows[name])
        return events

    def _per_step(self, name: str, shown: range) -> np.ndarray:
        """Spikes per sample and step; int32, shape (samples, steps shown)."""
        counts = np.zeros((self.samples, len(shown)), np.int32)
        values, window = (self._values or {}).get(name), self.network.send_windows[name]
        own = self.rule.steps_of(window)
        both = range(max(own.start, shown.start), min(own.stop, shown.stop))
        if values is not None and len(both):
            spikes = self.rule.per_step(values, window)
            counts[:, both.start - shown.start : both.stop - shown.start] = spikes[
                :, both.start - own.start : both.stop - own.start
            ]
        return counts

    def _potential(self, population: Population, step: int) -> np.ndarray:
        """Potentials after a step; int64, in grid units."""
        name, values = population.name, self._values or {}
        window = self.network.send_windows[name]
        place = self._place(window - 1, step)
        start = np.broadcast_to(population.starts, (self.samples, population.size))
        if place == 0 or (not values and self.network.windows > 1):
            return start
        sent = {
            source: self.rule.sent(value, place)
            for source, value in values.items()
            if any(p.source == source for p in self.network.incoming(name))
        }
        potential = start + self.rule.charge(population, place)
        potential = potential + np.asarray(arriving(self.network, name, sent)).astype(
            self.rule.dtype
        )
        if name in values:
            sending = self._place(window, step)
            potential = potential + self.rule.left(population, values[name], sending)
        return np.rint(potential).astype(np.int64)
