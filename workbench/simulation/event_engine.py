"""The event engine: work follows the spikes.

Layer by layer, a sample runs through a short window of steps before the next layer does, so
that its state stays in cache; samples run in threads.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from workbench.network.population import Population
from workbench.simulation.input_currents import Drive
from workbench.simulation.kernels import planes
from workbench.simulation.membranes import Membranes
from workbench.simulation.plan import Stage, make_plan
from workbench.simulation.pools import Pool
from workbench.simulation.propagate import send
from workbench.simulation.session import Batch, Cancelled, Window, never
from workbench.simulation.spike_window import (
    SpikeWindow,
    gathered,
    listed,
    net_counts,
    plane_type,
)
from workbench.simulation.workspace import Workspace
from workbench.util.cores import usable_cores

Recorded = dict[str, list[list[tuple[np.ndarray, ...]]]]


@dataclass
class SampleWindow:
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
    spikes : dict of layer to SpikeWindow
        What has reached the layers behind each.
    """

    sample: int
    window: Window
    recorded: Recorded
    space: Workspace
    drawing: Workspace
    part: slice = field(default_factory=lambda: slice(0, 0))
    spikes: dict[str, SpikeWindow] = field(default_factory=dict)

    @property
    def span(self) -> int:
        return int(self.part.stop - self.part.start)


class EventSession:
    """A batch simulated by the event engine; see `workbench.simulation.session.Session`."""

    def __init__(self, batch: Batch):
        self.network = network = batch.network
        self.stream = stream = batch.stream
        self.record, self.traced, self._weighed = batch.record, batch.traced, batch.weighed
        self.step = 0
        self.samples = batch.samples
        self._threads = (
            1 if self.samples < 2 else min(batch.threads or usable_cores(), self.samples)
        )
        self._drive = Drive(network)
        drives = self._constant_drives() if stream.is_constant else {}
        self.plan = make_plan(network, _largest(drives) or stream.largest_drives(), batch.steps)
        layers = network.layers if batch.delay_steps else ()
        self.counts = {
            p.name: np.zeros((self.samples, p.size), np.int32) for p in network.populations
        }
        self.sent = {
            p.name: np.zeros((self.samples, p.size), np.int32)
            for p in network.populations
            if p.signed
        }
        dynamics = batch.dynamics.get(network.output.name)
        self._output_fires = dynamics is None or dynamics.fires
        self._membranes = {
            p.name: Membranes(
                p, batch.dynamics[p.name], drives.get(p.name), stage.dtype, self.counts[p.name]
            )
            for stage in self.plan.stages
            for p in [stage.population]
            if p.kind == "if"
        }
        # Spikes on their way to the next layer when a window ends.
        self._travelling = {
            p.name: np.zeros((self.samples, batch.delay_steps, p.size), plane_type(p.signed))
            for p in map(network.population, layers)
        }
        self._pools = {
            stage.population.name: Pool(stage.population, stage.pool, self.samples)
            for stage in self.plan.stages
            if stage.pool is not None
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
        samples = np.arange(self.samples)
        if self._threads == 1:
            work(samples)
            return
        blocks = np.array_split(samples, self._threads)
        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(work, blocks))

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
            potentials={
                name: np.zeros((self.samples, steps, network.population(name).size), np.int64)
                for name in self.traced
            },
            weighed=tuple(np.zeros((self.samples, steps), np.int64) for _ in self._weighed),
        )
        recorded: Recorded = {name: [[] for _ in range(self.samples)] for name in self.record}

        def work(block: np.ndarray) -> None:
            steps_at_once = self.plan.window_steps
            space = Workspace(np.int32, steps_at_once)
            drawing = Workspace(np.int64, steps_at_once)
            for sample in block:
                if cancelled():
                    return
                self._advance_sample(
                    SampleWindow(int(sample), window, recorded, space, drawing), steps
                )

        self._in_threads(work)
        self.step += steps
        if network.output.name in self.traced:
            window.potentials[network.output.name] = window.output_potentials
        window.spikes.update(
            {name: gathered(lists, signed=name in self.sent) for name, lists in recorded.items()}
        )
        return window

    def _advance_sample(self, here: SampleWindow, steps: int) -> None:
        """Run one sample through all its steps, a few at a time, layer by layer."""
        output, length = self.network.output, self.plan.window_steps
        for begin in range(0, steps, length):
            here.part = slice(begin, min(begin + length, steps))
            drawn = {} if self.stream.is_constant else self._draw(here)
            counts = self.counts[output.name][here.sample].copy()
            for stage in self.plan.stages:
                if stage.pool is not None:
                    pool, source = (
                        self._pools[stage.population.name],
                        here.spikes[stage.pooled],
                    )
                    plane = pool.run(here.sample, self.step + begin, source, here.space)
                else:
                    plane = self._fire(here, stage, drawn)
                self._keep(here, stage.population, plane)
            if self._output_fires:  # what only adds up has counts of 0
                sums = net_counts(plane, output.size)
                here.window.output_counts[here.sample, here.part] = counts + sums

    def _draw(self, here: SampleWindow) -> dict[str, np.ndarray]:
        """Draw random input spikes, and return the drive they cause."""
        source = self.network.input
        train = self.stream.spikes(here.sample, here.span)
        plane = here.space.plane(source.name, source.size, here.span)
        plane[:, : source.size] = train
        self._keep(here, source, plane)
        drawn = int(np.count_nonzero(train))
        return self._drive.of_spikes(plane, drawn, self.stream.amplitude, here.drawing)

    def _keep(self, here: SampleWindow, population: Population, plane: np.ndarray) -> None:
        """Count a layer's spikes, and list them where that is asked for."""
        name, size = population.name, population.size
        counts = self.counts[name][here.sample]
        counted = here.window.spike_counts[name][here.sample, here.part]
        if population.signed:
            # Neurons have kept their counts themselves, because they depend on them.
            own = counts if population.kind == "max_pool" else here.space.no_counts
            planes.tally_payloads(plane, size, counted, own, self.sent[name][here.sample])
        else:
            planes.tally(plane, size, counted, counts)
        for (weighed, weight), sums in zip(self._weighed, here.window.weighed, strict=True):
            if weighed == name:
                planes.weigh(plane, size, weight, sums[here.sample, here.part])
        window = SpikeWindow(plane, counted.copy())
        if name in self._travelling:
            window = self._on_their_way(here, name, window, size)
        here.spikes[name] = window
        if name in here.recorded:
            first = self.step + here.part.start
            here.recorded[name][here.sample].append(listed(plane, size, first))

    def _on_their_way(
        self, here: SampleWindow, name: str, window: SpikeWindow, size: int
    ) -> SpikeWindow:
        """Send a layer's spikes off, and return those that arrive."""
        travelling = self._travelling[name][here.sample]
        whole = np.concatenate([travelling, window.plane[:, :size]])
        travelling[...] = whole[here.span :]
        late = here.space.plane(f"{name}/late", size, here.span, window.plane.dtype)
        late[:, :size] = whole[: here.span]
        return SpikeWindow(late, np.count_nonzero(late[:, :size], axis=1))

    def _fire(self, here: SampleWindow, stage: Stage, drawn: dict[str, np.ndarray]) -> np.ndarray:
        """Sum up what reaches a population and advance it, in parts whose sums stay in cache."""
        space, name, size = here.space, stage.population.name, stage.population.size
        membranes, first = self._membranes[name], self.step + here.part.start
        plane = space.plane(name, size, here.span, plane_type(membranes.signed))
        # Steps behind the last spike that arrives bring nothing: neurons run through them at once.
        driven = max((here.spikes[route.source].end for route in stage.routes), default=0)
        driven = here.span if name in drawn else driven
        parts = sorted({*range(0, driven, stage.steps_at_once), driven, here.span})
        for begin, end in pairwise(parts):
            part = slice(begin, end)
            current = np.zeros((0, 0), stage.dtype)
            if begin < driven:
                current = self._current(here, stage, drawn, part)
            trace = self._trace(here, name, part)
            membranes.advance(here.sample, first + begin, current, plane[part], trace)
        return plane

    def _current(
        self, here: SampleWindow, stage: Stage, drawn: dict[str, np.ndarray], part: slice
    ) -> np.ndarray:
        """Sum up what reaches a population in a part of the here's steps."""
        space, name, size = here.space, stage.population.name, stage.population.size
        current = space.current(name, size, part.stop - part.start, stage.dtype)
        if name in drawn:
            current += drawn[name][part].astype(current.dtype)
        for number, route in enumerate(stage.routes):
            send(route, f"{name}/{number}", here.spikes[route.source].part(part), current, space)
        return current

    def _trace(self, here: SampleWindow, name: str, part: slice) -> np.ndarray:
        """Where a layer's potentials are recorded during a part of the here's steps."""
        steps = slice(here.part.start + part.start, here.part.start + part.stop)
        if name == self.network.output.name:
            return here.window.output_potentials[here.sample, steps]
        if name in self.traced:
            return here.window.potentials[name][here.sample, steps]
        return here.space.no_trace


def _largest(drives: dict[str, np.ndarray]) -> dict[str, int]:
    """Return the largest absolute drive of a step, per population."""
    return {name: int(max(d.max(), -d.min())) for name, d in drives.items() if d.size}
