"""Running a network: windows of steps as a generator, and whole runs made of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from workbench.errors import DataError, SettingsError, SimulationError
from workbench.network.readout import since
from workbench.network.recording import Recording, recorded_layers, traced_layers
from workbench.network.schedule import run_settings
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.simulation.encoders import InputStream
from workbench.simulation.event_engine import EventSession
from workbench.simulation.memory import (
    check_batch,
    check_recording,
    fitting_batch,
    fitting_span,
    frames_of,
)
from workbench.simulation.neuron_options import dynamics_of
from workbench.simulation.recorder import Recorder
from workbench.simulation.reference_engine import ReferenceSession
from workbench.simulation.session import Batch, Cancelled, Session, Window, never
from workbench.simulation.turns import turns_session
from workbench.util.memory_budget import free_memory
from workbench.util.stored_samples import Samples, as_samples

Weighed = tuple[tuple[str, np.ndarray], ...]
"""Layers, each with a weight for every unit."""


def _some(x: Samples) -> Samples:
    x = as_samples(x)
    if x.ndim == 0 or len(x) == 0:
        raise DataError("There are no samples to simulate; give at least one.")
    return x


def _session(
    network: SpikingNetwork,
    x: np.ndarray,
    settings: Simulation,
    first_sample: int,
    weighed: Weighed = (),
) -> Session:
    _check_paths(network)
    if network.spike_code.in_turns:
        return turns_session(network, x, settings)
    batch = Batch(
        network,
        InputStream(network, x, settings, first_sample),
        recorded_layers(network, settings),
        traced_layers(network, settings),
        settings.steps,
        dynamics_of(network, settings),
        settings.delay_steps,
        settings.threads,
        weighed,
    )
    if settings.engine == "reference":
        return ReferenceSession(batch)
    if settings.engine == "dense":
        from workbench.simulation.dense_engine import DenseSession

        return DenseSession(batch)
    return EventSession(batch)


def _check_paths(network: SpikingNetwork) -> None:
    """Refuse layers about which engines could not agree; each is looked at once."""
    for projection in network.projections:
        if projection.fault:
            raise SimulationError(
                f"Network '{network.name}' cannot be simulated: {projection.fault}. Convert an "
                "analog network, or give layers whose forward pass is the sum over their synapses."
            )


def stream(
    network: SpikingNetwork,
    x: Samples,
    settings: Simulation | None = None,
    window_steps: int = 20,
    cancelled: Cancelled = never,
) -> Generator[Window, None, None]:
    """Simulate samples and yield what happens; see `workbench.workflow.stream`."""
    settings = run_settings(network, settings or Simulation())
    if window_steps < 1:
        raise SettingsError(f"window_steps is {window_steps}; accepted: 1 or more.")
    x = _some(x)
    batch = settings.batch_size or len(x)
    free = free_memory()
    yield from _windows(network, x, settings, batch, window_steps, free, cancelled)


def _windows(
    network: SpikingNetwork,
    x: Samples,
    settings: Simulation,
    batch: int,
    span: int,
    free: int,
    cancelled: Cancelled = never,
    *,
    first_sample: int = 0,
    weighed: Weighed = (),
) -> Generator[Window, None, None]:
    """Yield windows of `span` steps of the first `batch` samples, then of the next ones."""
    steps, frames = settings.steps, frames_of(x, settings)
    check_batch(network, min(batch, len(x)), min(span, steps), free, settings.engine, frames)
    ends = [*range(0, steps, span), steps]
    for first in range(0, len(x), batch):
        part = x[first : first + batch]
        session = _session(network, part, settings, first_sample + first, weighed)
        readout = OutputReadout(network, settings)
        for start, stop in pairwise(ends):
            window = session.advance(stop - start, cancelled)
            if cancelled():
                return
            window = readout.read(window)
            if window.stop == steps:
                # The session is done with them: nobody changes them any more.
                window = replace(window, counts=session.counts, sent=session.sent)
            yield _shifted(window, first)


class OutputReadout:
    """Lets the outputs of one batch's windows begin after `Simulation.readout_after` steps."""

    def __init__(self, network: SpikingNetwork, settings: Simulation):
        self._network, self._settings = network, settings
        self._at: tuple[np.ndarray, np.ndarray] | None = None

    def read(self, window: Window) -> Window:
        """Return the next window, with outputs as they are read."""
        after = self._settings.readout_after
        if not after:
            return window
        early = min(max(0, after - window.start), window.stop - window.start)
        counts, potentials = window.output_counts, window.output_potentials
        if window.start < after <= window.stop:
            at = slice(early - 1, early)
            self._at = counts[:, at].copy(), potentials[:, at].copy()
        readout = self._settings.readout
        counts, potentials = since(self._network, readout, self._at, counts, potentials, early)
        return replace(window, output_counts=counts, output_potentials=potentials)


def _shifted(window: Window, first: int) -> Window:
    """Count a batch's samples from the start of the run."""
    if first == 0:
        return window
    spikes = {name: (sample + first, *others) for name, (sample, *others) in window.spikes.items()}
    samples = range(first, first + len(window.samples))
    return replace(window, samples=samples, spikes=spikes)


def simulate(
    network: SpikingNetwork,
    x: Samples,
    settings: Simulation | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Recording:
    """Simulate samples to the end and keep what is asked for; see `workbench.workflow.simulate`."""
    settings = run_settings(network, settings or Simulation())
    x = _some(x)
    layers = recorded_layers(network, settings), traced_layers(network, settings)
    free = free_memory()  # Asked once: the system takes a while to tell.
    check_recording(network, x, settings, *layers, free, simulate)
    began = time.perf_counter()
    recorder = Recorder(network, settings, len(x))
    batch, span = _fitting(network, x, settings, free)
    for window in _windows(network, x, settings, batch, span, free):
        recorder.add(window)
        if progress is not None and window.stop == settings.steps:
            progress(window.samples.stop, len(x))
    return recorder.recording(time.perf_counter() - began)


def weighing(
    network: SpikingNetwork,
    x: Samples,
    settings: Simulation,
    weighed: Weighed = (),
    *,
    first_sample: int = 0,
    cancelled: Cancelled = never,
) -> Generator[Window, None, None]:
    """Run samples to the end in batches that fit into memory, to measure without keeping spikes.

    Parameters
    ----------
    network : SpikingNetwork
    x : ndarray or StoredSamples, shape (samples, *input shape)
    settings : Simulation
        What it records does not count.
    weighed : tuple of (layer, ndarray of int64, shape (units,))
        Weights of units; windows have their sums over spikes, see `Window.weighed`. None where
        layers take turns.
    first_sample : int
        Number of the first sample, which decides its random input.
    cancelled : callable
        Once it returns True, no further window comes.

    Yields
    ------
    Window
        Of one batch after the other, each from its first step to its last.
    """
    settings = replace(run_settings(network, settings), record=(), record_potentials=())
    x = _some(x)
    free = free_memory()
    batch, span = _fitting(network, x, settings, free)
    yield from _windows(
        network, x, settings, batch, span, free, cancelled,
        first_sample=first_sample, weighed=weighed,
    )  # fmt: skip


def _fitting(
    network: SpikingNetwork, x: Samples, settings: Simulation, free: int
) -> tuple[int, int]:
    """Return the samples of a batch, and the steps of a window, that fit into memory."""
    frames = frames_of(x, settings)
    batch = settings.batch_size or fitting_batch(network, free, settings.engine, frames)
    return batch, fitting_span(network, min(batch, len(x)))
