"""Running a network: windows of steps as a generator, and whole runs made of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import replace

import numpy as np

from workbench.errors import DataError, SettingsError, SimulationError
from workbench.network.readout import RANKED, gathered, predicted, ranked
from workbench.network.recording import (
    Recording,
    kept_steps,
    ranked_steps,
    recorded_layers,
    traced_layers,
)
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
from workbench.simulation.plan import exact_type
from workbench.simulation.reference_engine import ReferenceSession
from workbench.simulation.session import Cancelled, Events, Session, Window, never, ordered
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
    stream = InputStream(network, x, settings, first_sample)
    layers = recorded_layers(network, settings), traced_layers(network, settings)
    dynamics = dynamics_of(network, settings)
    if settings.engine == "reference":
        exact_type(network, stream.largest_drives(), settings.steps)
        return ReferenceSession(network, stream, *layers, dynamics, settings.delay_steps)
    delay, threads = settings.delay_steps, settings.threads
    if settings.engine == "dense":
        from workbench.simulation.dense_engine import DenseSession

        return DenseSession(network, stream, *layers, settings.steps, dynamics, delay)
    return EventSession(network, stream, *layers, settings.steps, dynamics, delay, threads)


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
    settings = settings or Simulation()
    if window_steps < 1:
        raise SettingsError(f"window_steps is {window_steps}; accepted: 1 or more.")
    x = _some(x)
    batch = settings.batch_size or len(x)
    span, frames = min(window_steps, settings.steps), frames_of(x, settings)
    check_batch(network, min(batch, len(x)), span, settings.engine, frames)
    for first in range(0, len(x), batch):
        session = _session(network, x[first : first + batch], settings, first)
        for start in range(0, settings.steps, window_steps):
            window = session.advance(min(window_steps, settings.steps - start), cancelled)
            if cancelled():
                return
            yield _shifted(window, first)


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
    settings = settings or Simulation()
    x = _some(x)
    record = recorded_layers(network, settings)
    traced = traced_layers(network, settings)
    check_recording(network, x, settings, record, traced, simulate)
    began = time.perf_counter()
    names = [p.name for p in network.populations]
    events: dict[str, list[Events]] = {name: [] for name in record}
    counts: dict[str, list[np.ndarray]] = {name: [] for name in record}
    traces = {
        name: np.empty((len(x), settings.steps, network.population(name).size), np.int64)
        for name in traced
    }
    unit_totals = {p.name: np.zeros(p.size, np.int64) for p in network.populations}
    step_totals = {name: np.zeros(settings.steps, np.int64) for name in names}
    predictions, output_counts = [], []
    kept = kept_steps(network, len(x), settings.steps)
    outputs_kept = np.empty((len(x), len(kept), network.classes), np.int64)
    sorted_at = ranked_steps(network, settings.steps)
    classes_sorted = np.empty((len(x), len(sorted_at), min(RANKED, network.classes)), np.int32)
    frames = frames_of(x, settings)
    batch = settings.batch_size or fitting_batch(network, settings.engine, frames)
    span = fitting_span(network, min(batch, len(x)))
    check_batch(network, min(batch, len(x)), min(span, settings.steps), settings.engine, frames)
    for first in range(0, len(x), batch):
        session = _session(network, x[first : first + batch], settings, first)
        chosen = []
        for start in range(0, settings.steps, span):
            window = _shifted(session.advance(min(span, settings.steps - start)), first)
            for name in names:
                spikes = window.spike_counts[name].sum(axis=0, dtype=np.int64)
                step_totals[name][window.start : window.stop] += spikes
            for name in record:
                events[name].append(window.spikes[name])
            for name in traced:
                some = window.samples.start, window.samples.stop
                traces[name][slice(*some), window.start : window.stop] = window.potentials[name]
            outputs = (window.output_counts, window.output_potentials)
            chosen.append(predicted(network, *outputs, settings.readout))
            batched = slice(window.samples.start, window.samples.stop)
            for steps, results, read in (
                (kept, outputs_kept, gathered),
                (sorted_at, classes_sorted, ranked),
            ):
                here = (steps > window.start) & (steps <= window.stop)
                at = steps[here] - window.start - 1
                counted, held = (part[:, at] for part in outputs)
                results[batched, here] = read(network, counted, held, settings.readout)
        for name in names:
            spikes = session.counts[name].sum(axis=0, dtype=np.int64)
            if name in session.taken_back:
                spikes += 2 * session.taken_back[name].sum(axis=0, dtype=np.int64)
            unit_totals[name] += spikes
        for name in record:
            counts[name].append(session.counts[name].copy())
        predictions.append(np.concatenate(chosen, axis=1))
        output_counts.append(window.output_counts[:, -1])
        if progress is not None:
            progress(min(first + batch, len(x)), len(x))
    return Recording(
        network=network,
        settings=settings,
        layers=record,
        events={name: _joined(parts) for name, parts in events.items()},
        counts={name: np.concatenate(parts) for name, parts in counts.items()},
        unit_totals=unit_totals,
        step_totals=step_totals,
        predictions=np.concatenate(predictions),
        output_counts=np.concatenate(output_counts),
        elapsed_s=time.perf_counter() - began,
        potentials=traces,
        gathered=outputs_kept,
        gathered_steps=kept,
        ranked=classes_sorted,
        ranked_steps=sorted_at,
    )


def _joined(parts: list[Events]) -> Events:
    return ordered(tuple(np.concatenate(part) for part in zip(*parts, strict=True)))
