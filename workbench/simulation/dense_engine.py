"""The dense engine: TensorFlow, which takes a GPU where there is one.

Layer by layer, all samples run through a window of steps before the next layer does, so that
a layer's weights meet many steps at once; only the neurons go step by step.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np

from workbench.errors import SimulationError
from workbench.network.max_pool_rules import RECENT_STEPS
from workbench.network.spiking import SpikingNetwork
from workbench.simulation.dense_maps import Backend, Tensor
from workbench.simulation.dense_program import Program, Result, State
from workbench.simulation.neuron_options import Dynamics
from workbench.simulation.plan import exact_type
from workbench.simulation.session import (
    Batch,
    Cancelled,
    Events,
    Window,
    never,
    ordered,
    weights_of,
)
from workbench.util.optional import importing
from workbench.util.tensorflow_import import import_tensorflow

WINDOW_SPIKES = 16_000_000
"""Samples times steps times neurons of the largest layer in a window: bounds the memory."""

LONGEST_WINDOW = 128

GPU_FACTOR_BITS = 11
"""Bits that tensor cores keep of a float32 factor, unless they are told not to."""


@functools.cache
def backend() -> Backend:
    """Import TensorFlow, without its start-up messages, and see what it runs on."""
    with importing('engine="dense"', SimulationError):
        tf = import_tensorflow()
    devices = tf.config.list_physical_devices("GPU")
    for device in devices:
        try:
            tf.config.experimental.set_memory_growth(device, True)
        except RuntimeError:
            break  # in use already, with the setting that its user chose
    return Backend(tf, GPU_FACTOR_BITS, is_direct=False) if devices else Backend(tf)


@functools.lru_cache(maxsize=4)
def program(
    network: SpikingNetwork,
    dtype: np.dtype,
    amplitude: int,
    record: tuple[str, ...],
    traced: tuple[str, ...],
    dynamics: tuple[tuple[str, Dynamics], ...],
) -> Program:
    """Return a network's program; the last few are kept with what is compiled."""
    return Program(network, dtype, amplitude, record, traced, dict(dynamics), backend())


class DenseSession:
    """A batch simulated by the dense engine; see `workbench.simulation.session.Session`."""

    def __init__(self, batch: Batch):
        self.network = network = batch.network
        self.stream = stream = batch.stream
        self.record, self.traced, self._weighed = batch.record, batch.traced, batch.weighed
        self.samples = batch.samples
        dtype = exact_type(network, stream.largest_drives(), batch.steps)
        amplitude = 0 if stream.is_constant else stream.amplitude
        dynamics = tuple(batch.dynamics.items())
        # Single spikes that are weighed stay for a part of a window.
        listed = tuple(dict.fromkeys([*batch.record, *(name for name, _ in batch.weighed)]))
        self._program = program(network, np.dtype(dtype), amplitude, listed, batch.traced, dynamics)
        self._state = self._at_rest(dtype, batch.dynamics, batch.delay_steps)
        self.counts: dict[str, np.ndarray] = self._state.counts
        self.sent: dict[str, np.ndarray] = self._state.sent
        membranes = [p for p in network.populations if p.kind == "if"]
        constant = stream.drive if stream.is_constant else {}
        drives = {p.name: p.bias + constant.get(p.name, 0) for p in membranes}
        tf = self._program.tools.tf
        self._drives = {name: tf.constant(drive.astype(dtype)) for name, drive in drives.items()}
        largest = self.samples * max(p.size for p in network.populations)
        self._longest = int(np.clip(WINDOW_SPIKES // largest, 1, LONGEST_WINDOW))

    def _at_rest(self, dtype: type, dynamics: dict[str, Dynamics], delay: int) -> State:
        shapes = {p.name: (self.samples, p.size) for p in self.network.populations}
        potentials: dict[str, Tensor] = {
            p.name: np.full(shapes[p.name], p.initial_potential, dtype)
            for p in self.network.populations
            if p.kind == "if"
        }
        waiting = [name for name, each in dynamics.items() if each.refractory_steps]
        travelling = self.network.layers if delay else ()
        signed = [p.name for p in self.network.populations if p.signed]
        pools = [p for p in self.network.populations if p.kind == "max_pool"]
        read = {p.name: shapes[self.network.incoming(p.name)[0].source] for p in pools}
        dtypes = {p.name: np.int64 if p.max_pool == "exp" else np.int32 for p in pools}
        recent = [p.name for p in pools if p.max_pool == "recent"]
        return State(
            potentials=potentials,
            counts={name: np.zeros(shape, np.int32) for name, shape in shapes.items()},
            waiting={name: np.zeros(shapes[name], np.int32) for name in waiting},
            sent={name: np.zeros(shapes[name], np.int32) for name in signed},
            travelling={n: np.zeros((delay, *shapes[n]), np.float32) for n in travelling},
            scores={name: np.zeros(shape, dtypes[name]) for name, shape in read.items()},
            recent={name: np.zeros((RECENT_STEPS, *read[name]), np.int32) for name in recent},
            step=np.int32(0),
        )

    def advance(self, steps: int, cancelled: Cancelled = never) -> Window:
        """Simulate some more steps of all samples."""
        start = int(self._state.step)
        parts: list[Result] = []
        sums: list[list[np.ndarray]] = []
        # Windows of one length: each length is compiled on its own.
        length = -(-steps // -(-steps // self._longest))
        for begin in range(0, steps, length):
            if cancelled():
                break
            part = self._part(min(length, steps - begin))
            trains = {name: np.asarray(train) for name, train in part.spikes.items()}
            sums.append([weights_of(trains[name], weight).T for name, weight in self._weighed])
            kept = {name: part.spikes[name] for name in self.record}
            parts.append(part._replace(spikes=kept))
        self.counts = {name: np.asarray(count) for name, count in self._state.counts.items()}
        self.sent = {name: np.asarray(n) for name, n in self._state.sent.items()}
        window = self._joined(parts, start, steps)
        totals = tuple(np.concatenate(each, axis=1) for each in zip(*sums, strict=True))
        return replace(window, weighed=totals)

    def _part(self, steps: int) -> Result:
        drawn = None
        if not self.stream.is_constant:
            trains = [self.stream.spikes(sample, steps) for sample in range(self.samples)]
            drawn = np.stack(trains, axis=1).astype(np.float32)
        result = self._program.window(steps)(self._state, self._drives, drawn)
        self._state = result.state
        return result

    def _joined(self, parts: list[Result], start: int, steps: int) -> Window:
        """Return what happened during some steps, samples before steps."""
        shape = (self.samples, steps, self.network.output.size)
        window = Window(
            samples=range(self.samples),
            start=start,
            stop=start + steps,
            spikes={
                name: _events([part.spikes[name] for part in parts], start, name in self.sent)
                for name in self.record
            },
            spike_counts={
                p.name: np.zeros((self.samples, steps), np.int32) for p in self.network.populations
            },
            output_counts=np.zeros(shape, np.int32),
            output_potentials=np.zeros(shape, np.int64),
            potentials={
                name: np.concatenate([np.asarray(part.potentials[name]) for part in parts])
                .swapaxes(0, 1)
                .astype(np.int64)
                for name in self.traced
                if parts
            },
        )
        first = 0
        for part in parts:
            span = slice(first, first + len(part.output_counts))
            for name, per_step in part.per_step.items():
                window.spike_counts[name][:, span] = np.asarray(per_step).T
            window.output_counts[:, span] = np.asarray(part.output_counts).swapaxes(0, 1)
            window.output_potentials[:, span] = np.asarray(part.output_potentials).swapaxes(0, 1)
            first = span.stop
        return window


def _events(trains: list[Tensor], start: int, signed: bool) -> Events:
    """Return the spikes of tensors of shape (steps, samples, units), ordered by sample."""
    parts = [(np.zeros(0, np.int64),) * (4 if signed else 3)]
    for train in trains:
        sent = np.asarray(train).swapaxes(0, 1)
        sample, step, unit = np.nonzero(sent)
        sign = (sent[sample, step, unit].astype(np.int64),) if signed else ()
        parts.append((sample, step + start, unit, *sign))
        start += len(train)
    return ordered(tuple(np.concatenate(column) for column in zip(*parts, strict=True)))
