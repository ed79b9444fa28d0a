"""Running a network: windows of steps as a generator, and whole runs made of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator
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


def _some(x: Samples) -> Samples:
    x = as_samples(x)
    if x.ndim == 0 or len(x) == 0:
        raise DataError("There are no samples to simulate; give at least one.")
    return x


def _session(
    network: SpikingNetwork, x: np.ndarray, settings: Simulation, first_sample: int
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
    stops: Collection[int] = (),
    first_sample: int = 0,
) -> Generator[Window, None, None]:
    """Yield windows of `span` steps of the first `batch` samples, then of the next ones.

    A window also ends after each of the steps `stops`, and then has the counts so far.
    """
    steps, frames = settings.steps, frames_of(x, settings)
    check_batch(network, min(batch, len(x)), min(span, steps), free, settings.engine, frames)
    ends = sorted({*range(0, steps, span), *stops, steps})
    for first in range(0, len(x), batch):
        session = _session(network, x[first : first + batch], settings, first_sample + first)
        readout = OutputReadout(network, settings)
        for start, stop in pairwise(ends):
            window = session.advance(stop - start, cancelled)
            if cancelled():
                return
            window = readout.read(window)
            if window.stop == steps:
                # The session is done with them: nobody changes them any more.
                window = replace(window, counts=session.counts, sent=session.sent)
            elif window.stop in stops:
                so_far = (session.counts, session.sent)
                counts, sent = ({k: v.copy() for k, v in each.items()} for each in so_far)
                window = replace(window, counts=counts, sent=sent)
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
    batch = settings.batch_size or fitting_batch(
        network, free, settings.engine, frames_of(x, settings)
    )
    span = fitting_span(network, min(batch, len(x)))
    for window in _windows(network, x, settings, batch, span, free):
        recorder.add(window)
        if progress is not None and window.stop == settings.steps:
            progress(window.samples.stop, len(x))
    return recorder.recording(time.perf_counter() - began)


def simulate_at(
    network: SpikingNetwork,
    x: Samples,
    settings: Simulation,
    stops: Collection[int],
    *,
    first_sample: int = 0,
    cancelled: Cancelled = never,
) -> dict[int, Recording]:
    """Simulate once, and record what runs of several lengths would have given.

    Parameters
    ----------
    network : SpikingNetwork
    x : ndarray or StoredSamples, shape (samples, *input shape)
    settings : Simulation
        Its steps and what it records do not count.
    stops : collection of int
        Steps of the runs.
    first_sample : int
        Number of the first sample, which decides its random input.
    cancelled : callable
        Once it returns True, the work stops.

    Returns
    -------
    dict of int to Recording
        By steps, without single spikes, each equal to that of `simulate`; its `elapsed_s` is that
        of the whole run. Empty where it was cancelled.
    """
    if network.spike_code.in_turns:
        raise SettingsError(
            f"Network '{network.name}' has the code '{network.conversion.code}', whose runs have "
            "one length only; several are asked for. Convert with code='rate'."
        )
    settings = replace(settings, steps=max(stops), record=(), record_potentials=())
    x = _some(x)
    free, began = free_memory(), time.perf_counter()
    recorders = {t: Recorder(network, replace(settings, steps=t), len(x)) for t in stops}
    batch = settings.batch_size or fitting_batch(
        network, free, settings.engine, frames_of(x, settings)
    )
    span = fitting_span(network, min(batch, len(x)))
    for window in _windows(
        network, x, settings, batch, span, free, cancelled, stops=stops, first_sample=first_sample
    ):
        within = replace(window, counts={}, sent={})
        for stop, recorder in recorders.items():
            if window.stop <= stop:
                recorder.add(window if window.stop == stop else within)
    if cancelled():
        return {}
    elapsed_s = time.perf_counter() - began
    return {stop: recorder.recording(elapsed_s) for stop, recorder in recorders.items()}
