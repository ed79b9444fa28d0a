"""The event engine: work follows the spikes.

Layer by layer, a sample runs through a short window of steps before the next layer does, so
that its state stays in cache; samples run in threads.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from workbench.network.spiking import SpikingNetwork
from workbench.simulate.encode import InputStream
from workbench.simulate.kernels import links as link_kernels
from workbench.simulate.kernels import max_pool as pool_kernels
from workbench.simulate.kernels import neurons
from workbench.simulate.plan import Plan, Route, Stage, make_plan
from workbench.simulate.session import Cancelled, Events, Window, never, ordered

RESETS = {
    "subtract": neurons.RESET_SUBTRACT,
    "zero": neurons.RESET_ZERO,
    "modulo": neurons.RESET_MODULO,
    "none": neurons.RESET_NONE,
}
MAX_POOL_RULES = {"fir": pool_kernels.RULE_FIR, "exact": pool_kernels.RULE_EXACT}
EventList = tuple[np.ndarray, np.ndarray, np.ndarray]
_NOTHING = np.zeros((0, 0), np.int64)


class EventSession:
    """A batch simulated by the event engine; see `workbench.simulate.session.Session`.

    Parameters
    ----------
    network : SpikingNetwork
    stream : InputStream
    record : tuple of layer names
    steps : int
        Steps that will be run in all; the range of potentials is proven for these.
    threads : int or None
    """

    def __init__(
        self,
        network: SpikingNetwork,
        stream: InputStream,
        record: tuple[str, ...],
        steps: int,
        threads: int | None = None,
    ):
        self.network = network
        self.stream = stream
        self.record = record
        self.step = 0
        self.samples = len(stream.encoded)
        self.plan = make_plan(network, stream.largest_drives(), steps)
        dtype = self.plan.dtype
        self.counts = {
            p.name: np.zeros((self.samples, p.size), np.int32) for p in network.populations
        }
        self._potentials = {
            p.name: np.full((self.samples, p.size), p.initial_potential, dtype)
            for p in network.populations
            if p.kind == "if"
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
            for name, drive in (stream.drive.items() if stream.is_constant else ())
        }
        self._threads = min(threads or os.cpu_count() or 1, max(1, self.samples))

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
        recorded: dict[str, list[list[tuple[np.ndarray, np.ndarray]]]] = {
            name: [[] for _ in range(self.samples)] for name in self.record
        }
        blocks = np.array_split(np.arange(self.samples), self._threads)

        def work(block: np.ndarray) -> None:
            workspace = Workspace(self.plan)
            for sample in block:
                if cancelled():
                    return
                self._advance_sample(int(sample), steps, window, recorded, workspace)

        if self._threads == 1:
            work(blocks[0])
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(work, blocks))
        self.step += steps
        window.spikes.update({name: _gather(lists) for name, lists in recorded.items()})
        return window

    def _advance_sample(
        self,
        sample: int,
        steps: int,
        window: Window,
        recorded: dict[str, list[list[tuple[np.ndarray, np.ndarray]]]],
        workspace: Workspace,
    ) -> None:
        """Run one sample through all its steps, a few at a time, layer by layer."""
        network, plan = self.network, self.plan
        for begin in range(0, steps, plan.window_steps):
            span = min(plan.window_steps, steps - begin)
            events: dict[str, EventList] = {}
            drawn: dict[str, np.ndarray] = {}
            if not self.stream.is_constant:
                spikes = self.stream.spikes(sample, span)
                drawn = self.stream.drive_of(spikes)
                self.counts[network.input.name][sample] += spikes.sum(axis=0, dtype=np.int32)
                events[network.input.name] = _from_train(spikes)
            for stage in plan.stages:
                name = stage.population.name
                if stage.pool is not None:
                    events[name] = self._max_pool(stage, sample, span, events, workspace)
                else:
                    trace = _NOTHING
                    if name == network.output.name:
                        trace = window.output_potentials[sample, begin : begin + span]
                        base = self.counts[name][sample].copy()
                    events[name] = self._fire(
                        stage, sample, span, events, drawn.get(name), trace, workspace
                    )
            for name, (start, index, _) in events.items():
                window.spike_counts[name][sample, begin : begin + span] = np.diff(start)
                if name in recorded:
                    step = np.repeat(np.arange(span), np.diff(start)) + (self.step + begin)
                    recorded[name][sample].append((step, index[: start[-1]].astype(np.int64)))
            out_start, out_index, _ = events[network.output.name]
            table = np.zeros((span, network.output.size), np.int32)
            table[np.repeat(np.arange(span), np.diff(out_start)), out_index[: out_start[-1]]] = 1
            window.output_counts[sample, begin : begin + span] = base + table.cumsum(axis=0)

    def _fire(
        self,
        stage: Stage,
        sample: int,
        span: int,
        events: dict[str, EventList],
        drawn: np.ndarray | None,
        trace: np.ndarray,
        workspace: Workspace,
    ) -> EventList:
        population = stage.population
        name = population.name
        current = workspace.no_current
        if stage.routes or drawn is not None:
            current = workspace.current(name, population.size, span)
            if drawn is not None:
                current += drawn.astype(current.dtype)
            for number, route in enumerate(stage.routes):
                _send(route, f"{name}/{number}", events[route.source], current, workspace)
        drive = stage.bias
        if name in self._drives:
            drive = self._drives[name][sample]
        start, index, value = workspace.events(name, population.size, span)
        mask = workspace.mask(name, population.size)
        neurons.fire(
            self._potentials[name][sample],
            drive,
            current,
            current.dtype.type(population.threshold),
            RESETS[population.reset],
            mask,
            start,
            index,
            self.counts[name][sample],
            trace,
        )
        return start, index, value

    def _max_pool(
        self,
        stage: Stage,
        sample: int,
        span: int,
        events: dict[str, EventList],
        workspace: Workspace,
    ) -> EventList:
        population, pool = stage.population, stage.pool
        assert pool is not None
        name = population.name
        source_start, source_index, _ = events[stage.pooled]
        start, index, value = workspace.events(name, population.size, span)
        highest = self._highest.get(name)
        pool_kernels.max_pool(
            source_start,
            source_index,
            pool.first,
            pool.target,
            pool.begin,
            pool.member,
            MAX_POOL_RULES[population.max_pool],
            self._seen[name][sample],
            workspace.no_counts if highest is None else highest[sample],
            start,
            index,
            self.counts[name][sample],
        )
        return start, index, value


class Workspace:
    """Buffers of one thread, used again for every sample and window."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self.no_current = np.zeros((0, 0), plan.dtype)
        self.no_counts = np.zeros(0, np.int32)
        self._buffers: dict[tuple[str, str], np.ndarray] = {}

    def _buffer(self, kind: str, name: str, shape: tuple[int, ...], dtype: type) -> np.ndarray:
        key = (kind, name)
        if key not in self._buffers:
            self._buffers[key] = np.ones(shape, dtype) if kind == "one" else np.zeros(shape, dtype)
        return self._buffers[key]

    def events(self, name: str, units: int, span: int) -> EventList:
        """Return room for the events of a layer, whose values are all 1."""
        room = self.plan.window_steps * units
        start = np.zeros(span + 1, np.int64)
        index = self._buffer("index", name, (room,), np.int32)
        return start, index, self._buffer("one", name, (room,), np.int32)

    def linked(self, name: str, units: int, span: int) -> tuple[EventList, np.ndarray]:
        """Return room for events behind links, and a zero total per unit."""
        room = self.plan.window_steps * units
        start = np.zeros(span + 1, np.int64)
        index = self._buffer("index", name, (room,), np.int32)
        value = self._buffer("value", name, (room,), np.int32)
        return (start, index, value), self._buffer("total", name, (units,), np.int32)

    def current(self, name: str, units: int, span: int) -> np.ndarray:
        """Return a zeroed table of currents (span, units)."""
        room = self._buffer("current", name, (self.plan.window_steps, units), self.plan.dtype)
        table = room[:span]
        table[...] = 0
        return table

    def mask(self, name: str, units: int) -> np.ndarray:
        """Return a byte per unit, in whole words."""
        return self._buffer("mask", name, (-(-units // 8) * 8,), np.uint8)


def _send(
    route: Route, key: str, events: EventList, current: np.ndarray, workspace: Workspace
) -> None:
    """Carry a source's events through a route and add them to the target's currents."""
    span = len(current)
    for number, table in enumerate(route.before):
        linked, total = workspace.linked(f"{key}/{number}", table.outputs, span)
        link_kernels.link_events(*events, table.first, table.target, table.weight, total, *linked)
        events = linked
    targets = [current]
    for number, table in reversed(list(enumerate(route.after))):
        targets.append(workspace.current(f"{key}/after{number}", table.inputs, span))
    route.weights.scatter(*events, *route.weights.arrays, targets[-1])
    for table in route.after:
        before = targets.pop()
        link_kernels.link_currents(before, table.first, table.target, table.weight, targets[-1])


def _from_train(train: np.ndarray) -> EventList:
    step, unit = np.nonzero(train)
    start = np.searchsorted(step, np.arange(len(train) + 1)).astype(np.int64)
    return start, unit.astype(np.int32), np.ones(len(unit), np.int32)


def _gather(lists: list[list[tuple[np.ndarray, np.ndarray]]]) -> Events:
    """Join the parts of all samples, ordered by sample, step and unit."""
    sample = [np.full(len(step), number) for number, parts in enumerate(lists) for step, _ in parts]
    parts = [part for one in lists for part in one]
    if not parts:
        empty = np.zeros(0, np.int64)
        return empty, empty, empty
    who = np.concatenate(sample)
    step, unit = (np.concatenate(part) for part in zip(*parts, strict=True))
    # The units that a max pooling passes come in the order of their inputs.
    return ordered(who, step, unit)
