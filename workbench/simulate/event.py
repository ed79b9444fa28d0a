"""The event engine: work follows the spikes.

Layer by layer, a sample runs through a short window of steps before the next layer does, so
that its state stays in cache; samples run in threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from workbench.network.population import Population
from workbench.network.spiking import SpikingNetwork
from workbench.simulate.drive import Drive
from workbench.simulate.dynamics import Dynamics
from workbench.simulate.encode import InputStream
from workbench.simulate.kernels import max_pool as pool_kernels
from workbench.simulate.kernels import neurons, planes
from workbench.simulate.kernels.dynamics import fire_with_dynamics
from workbench.simulate.links import Links
from workbench.simulate.plan import Stage, make_plan
from workbench.simulate.routes import events_of, send
from workbench.simulate.session import Cancelled, Events, Window, never
from workbench.simulate.workspace import Workspace

RESETS = {
    "subtract": neurons.RESET_SUBTRACT,
    "zero": neurons.RESET_ZERO,
    "modulo": neurons.RESET_MODULO,
    "none": neurons.RESET_NONE,
}
MAX_POOL_RULES = {"fir": pool_kernels.RULE_FIR, "exact": pool_kernels.RULE_EXACT}


Recorded = dict[str, list[list[tuple[np.ndarray, np.ndarray]]]]


@dataclass
class Turn:
    """One sample on its way through a window.

    Parameters
    ----------
    sample : int
    window : Window
        Takes up what happens.
    recorded : dict of layer to (step, unit) by sample and part
    space, drawing : Workspace
        For the layers, and in int64 for random input.
    part : slice
        Steps of the window that are computed now.
    spikes : dict of layer to (plane, spikes of each step)
    """

    sample: int
    window: Window
    recorded: Recorded
    space: Workspace
    drawing: Workspace
    part: slice = field(default_factory=lambda: slice(0, 0))
    spikes: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    @property
    def span(self) -> int:
        return int(self.part.stop - self.part.start)


class EventSession:
    """A batch simulated by the event engine; see `workbench.simulate.session.Session`.

    Parameters
    ----------
    network : SpikingNetwork
    stream : InputStream
    record : tuple of layer names
    steps : int
        Steps that will be run in all; the range of potentials is proven for these.
    dynamics : dict of population name to Dynamics
    delay_steps : int
        Steps that a layer's spikes take to the next.
    threads : int or None
    """

    def __init__(
        self,
        network: SpikingNetwork,
        stream: InputStream,
        record: tuple[str, ...],
        steps: int,
        dynamics: dict[str, Dynamics],
        delay_steps: int = 0,
        threads: int | None = None,
    ):
        self.dynamics = dynamics
        self.delay_steps = delay_steps
        self.network = network
        self.stream = stream
        self.record = record
        self.step = 0
        self.samples = len(stream.encoded)
        self._threads = min(threads or os.cpu_count() or 1, max(1, self.samples))
        self._drive = Drive(network)
        drives = self._constant_drives() if stream.is_constant else {}
        self.plan = make_plan(network, _largest(drives) or stream.largest_drives(), steps)
        dtype = self.plan.dtype
        self.counts = {
            p.name: np.zeros((self.samples, p.size), np.int32) for p in network.populations
        }
        self._potentials = {
            p.name: np.full((self.samples, p.size), p.initial_potential, dtype)
            for p in network.populations
            if p.kind == "if"
        }
        self._waiting = {
            name: np.zeros((self.samples, network.population(name).size), np.int32)
            for name, own in dynamics.items()
            if not own.is_plain
        }
        # Spikes on their way to the next layer when a window ends.
        self._travelling = {
            name: np.zeros((self.samples, delay_steps, network.population(name).size), np.uint8)
            for name in (network.layers if delay_steps else ())
        }
        self._highest = {
            p.name: np.zeros((self.samples, p.size), np.int32)
            for p in network.populations
            if p.max_pool == "exact"
        }
        # The counts that a max pooling sees are those of its input one event at a time, so it
        # keeps its own.
        self._seen = {
            p.name: np.zeros((self.samples, self._source_size(p.name)), np.int32)
            for p in network.populations
            if p.kind == "max_pool"
        }
        self._drives = {
            name: (drive + network.population(name).bias).astype(dtype)
            for name, drive in drives.items()
        }

    def _constant_drives(self) -> dict[str, np.ndarray]:
        """Compute the current of every step; int64, per population (samples, units)."""
        encoded = self.stream.encoded
        sizes = {name: self.network.population(name).size for name in self._drive.targets}
        drives = {name: np.empty((self.samples, n), np.int64) for name, n in sizes.items()}

        def work(block: np.ndarray) -> None:
            space = Workspace(np.int64, 1)
            for sample in block:
                for name, row in self._drive.of_values(encoded[[sample]], space).items():
                    drives[name][sample] = row[0]

        self._in_threads(work)
        return drives

    def _in_threads(self, work: Callable[[np.ndarray], None]) -> None:
        """Share the samples among the threads."""
        blocks = np.array_split(np.arange(self.samples), self._threads)
        if self._threads == 1:
            work(blocks[0])
            return
        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(work, blocks))

    def _source_size(self, name: str) -> int:
        return self.network.population(self.network.incoming(name)[0].source).size

    def advance(self, steps: int, cancelled: Cancelled = never) -> Window:
        """Simulate some more steps of all samples."""
        network = self.network
        shape = (self.samples, steps, network.output.size)
        window = Window(
            samples=range(self.samples),
            start=self.step,
            stop=self.step + steps,
            spikes={},
            spike_counts={
                p.name: np.zeros((self.samples, steps), np.int32) for p in network.populations
            },
            output_counts=np.zeros(shape, np.int32),
            output_potentials=np.zeros(shape, np.int64),
        )
        recorded: Recorded = {name: [[] for _ in range(self.samples)] for name in self.record}

        def work(block: np.ndarray) -> None:
            steps_at_once = self.plan.window_steps
            space = Workspace(self.plan.dtype, steps_at_once)
            drawing = Workspace(np.int64, steps_at_once)
            for sample in block:
                if cancelled():
                    return
                self._advance_sample(Turn(int(sample), window, recorded, space, drawing), steps)

        self._in_threads(work)
        self.step += steps
        window.spikes.update({name: _gather(lists) for name, lists in recorded.items()})
        return window

    def _advance_sample(self, turn: Turn, steps: int) -> None:
        """Run one sample through all its steps, a few at a time, layer by layer."""
        output, length = self.network.output, self.plan.window_steps
        for begin in range(0, steps, length):
            turn.part = slice(begin, min(begin + length, steps))
            drawn = {} if self.stream.is_constant else self._draw(turn)
            counts = self.counts[output.name][turn.sample].copy()
            for stage in self.plan.stages:
                if stage.pool is not None:
                    plane = self._max_pool(turn, stage, stage.pool)
                else:
                    plane = self._fire(turn, stage, drawn)
                self._keep(turn, stage.population, plane)
            table = plane[:, : output.size].cumsum(axis=0, dtype=np.int32)
            turn.window.output_counts[turn.sample, turn.part] = counts + table

    def _draw(self, turn: Turn) -> dict[str, np.ndarray]:
        """Draw random input spikes, and return the drive they cause."""
        source = self.network.input
        train = self.stream.spikes(turn.sample, turn.span)
        plane = turn.space.plane(source.name, source.size, turn.span)
        plane[:, : source.size] = train
        self._keep(turn, source, plane)
        drawn = int(np.count_nonzero(train))
        return self._drive.of_spikes(plane, drawn, self.stream.amplitude, turn.drawing)

    def _keep(self, turn: Turn, population: Population, plane: np.ndarray) -> None:
        """Count a layer's spikes, and list them where that is asked for."""
        name = population.name
        per_step = turn.window.spike_counts[name][turn.sample, turn.part]
        planes.tally(plane, population.size, per_step, self.counts[name][turn.sample])
        turn.spikes[name] = plane, per_step
        if name in self._travelling:
            turn.spikes[name] = self._delayed(turn, population, plane)
        if name in turn.recorded:
            step, unit = np.nonzero(plane[:, : population.size])
            turn.recorded[name][turn.sample].append((step + (self.step + turn.part.start), unit))

    def _delayed(
        self, turn: Turn, population: Population, plane: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Send a layer's spikes off, and return the plane of those that arrive."""
        name, size = population.name, population.size
        travelling = self._travelling[name][turn.sample]
        whole = np.concatenate([travelling, plane[:, :size]])
        travelling[...] = whole[turn.span :]
        late = turn.space.plane(f"{name}/late", size, turn.span)
        late[:, :size] = whole[: turn.span]
        return late, np.count_nonzero(late[:, :size], axis=1)

    def _fire(self, turn: Turn, stage: Stage, drawn: dict[str, np.ndarray]) -> np.ndarray:
        """Sum up what reaches a population and advance it, in parts whose sums stay in cache."""
        population, space = stage.population, turn.space
        name = population.name
        plane = space.plane(name, population.size, turn.span)
        if not stage.routes and name not in drawn:
            self._advance_neurons(turn, stage, slice(0, turn.span), space.no_current, plane)
            return plane
        for begin in range(0, turn.span, stage.steps_at_once):
            part = slice(begin, min(begin + stage.steps_at_once, turn.span))
            current = space.current(name, population.size, part.stop - part.start)
            if name in drawn:
                current += drawn[name][part].astype(current.dtype)
            for number, route in enumerate(stage.routes):
                source, per_step = turn.spikes[route.source]
                spikes = int(per_step[part].sum())
                send(route, f"{name}/{number}", source[part], spikes, current, space)
            self._advance_neurons(turn, stage, part, current, plane)
        return plane

    def _advance_neurons(
        self, turn: Turn, stage: Stage, part: slice, current: np.ndarray, plane: np.ndarray
    ) -> None:
        """Let neurons integrate and fire during a part of the turn's steps."""
        population, sample = stage.population, turn.sample
        name, begin = population.name, turn.part.start + part.start
        trace = turn.space.no_trace
        if name == self.network.output.name:
            end = turn.part.start + part.stop
            trace = turn.window.output_potentials[sample, begin:end]
        neuron = (
            self._potentials[name][sample],
            self._drives[name][sample] if name in self._drives else stage.bias,
            current,
            current.dtype.type(population.threshold),
            RESETS[population.reset],
        )
        own = self.dynamics[name]
        if own.is_plain:
            neurons.fire(*neuron, plane[part], trace)
            return
        held = max(0, own.held_steps - (self.step + begin))
        waiting = self._waiting[name][sample]
        more = (waiting, own.refractory_steps, own.leak, held, own.fires)
        fire_with_dynamics(*neuron, *more, plane[part], trace)

    def _max_pool(self, turn: Turn, stage: Stage, pool: Links) -> np.ndarray:
        population, space = stage.population, turn.space
        name = population.name
        source, per_step = turn.spikes[stage.pooled]
        start, index, _ = events_of(source, name, pool.inputs, int(per_step.sum()), space)
        plane = space.plane(name, population.size, turn.span)
        highest = self._highest.get(name)
        pool_kernels.max_pool(
            start,
            index,
            pool.first,
            pool.target,
            pool.begin,
            pool.member,
            MAX_POOL_RULES[population.max_pool],
            self._seen[name][turn.sample],
            space.no_counts if highest is None else highest[turn.sample],
            plane,
        )
        return plane


def _largest(drives: dict[str, np.ndarray]) -> dict[str, int]:
    """Return the largest absolute drive of a step, per population."""
    return {name: int(max(d.max(), -d.min())) for name, d in drives.items() if d.size}


def _gather(lists: list[list[tuple[np.ndarray, np.ndarray]]]) -> Events:
    """Join the parts of all samples, which are in order."""
    sample = [np.full(len(step), number) for number, parts in enumerate(lists) for step, _ in parts]
    parts = [part for one in lists for part in one]
    if not parts:
        empty = np.zeros(0, np.int64)
        return empty, empty, empty
    who = np.concatenate(sample)
    step, unit = (np.concatenate(part) for part in zip(*parts, strict=True))
    return who, step, unit
