"""Run a spiking network in Brian2 within this process: the exported script, without its files."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import fields, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import ExportError, SettingsError
from workbench.exporters.brian2.script import script_of
from workbench.exporters.script.describe import synapse_total
from workbench.network.recording import (
    Events,
    Recording,
    recorded_layers,
    recording_of_events,
)
from workbench.network.schedule import run_settings, slices_of_times
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.spike_codes import SLICES
from workbench.util.memory_budget import free_memory
from workbench.util.optional import require
from workbench.util.progress import progress_line

if TYPE_CHECKING:
    from collections.abc import Iterator

BYTES_PER_SYNAPSE = 60
"""Memory of a synapse in Brian2 with its NumPy target, as measured."""

HONOURED = {"steps", "dt_ms", "encoding", "input_rate_hz", "record", "seed", "readout_after"}
"""Settings that the script knows, too, or that make no difference to it."""

OUR_OWN = {"engine", "batch_size", "threads"}
"""Settings of how the workbench's own simulator works, which change no spike."""


def run_in_brian2(
    network: SpikingNetwork,
    x: np.ndarray,
    settings: Simulation,
    progress: Callable[[int, int], None] | None = None,
) -> Recording:
    """Simulate samples in Brian2; see `workbench.workflow.run_in_brian2`."""
    require("brian2", "Running in Brian2", ExportError)
    _check_settings(network, settings)
    settings = run_settings(network, settings)
    layers = recorded_layers(network, settings)
    network.encode(x)  # Refuses, in words, what the script would stop at.
    _check_memory(network, len(x), settings.steps)
    progress = progress or progress_line()
    if progress is not None:
        progress(0, len(x))  # Making the synapses takes a while, too.
    text, arrays = script_of(network, network.name, settings.steps)
    script = _module(text)
    options = script.parse_arguments(_arguments(network, settings))
    seconds = 0.0

    def report(elapsed: Any, completed: float, *_: Any) -> None:
        nonlocal seconds
        seconds = float(elapsed)
        if progress is not None:
            progress(int(completed * len(x)), len(x))

    with _brian2_as_it_was(script.b2):
        script.b2.prefs.codegen.target = "numpy"
        events, potentials = script.simulate(
            x, arrays, options, tell=_silent, report=report, report_s=1
        )
    times: dict[str, np.ndarray] | None = None
    early: dict[str, int] | None = None
    if network.spike_code.is_continuous:
        events, potentials, times, early = _in_slices(network, events, potentials)
    given = events, potentials, seconds
    return recording_of_events(network, settings, layers, *given, times, early)


def _in_slices(
    network: SpikingNetwork, events: dict[str, Events], potentials: np.ndarray
) -> tuple[dict[str, Events], np.ndarray, dict[str, np.ndarray], dict[str, int]]:
    """What the script tells of continuous time, as a recording tells it.

    Spikes have exact times. Potentials are known after the script's steps; after slices that end
    between, they are interpolated.
    """
    found: dict[str, Events] = {}
    times, early = {}, {}
    for name, (sample, _, unit, time, is_early) in events.items():
        slices = slices_of_times(network, time, network.send_windows[name])
        found[name], times[name] = (sample, slices, unit), time
        if network.population(name).kind == "if" and name != network.output.name:
            early[name] = int(is_early.sum())
    start = np.broadcast_to(network.output.starts, (len(potentials), 1, potentials.shape[2]))
    known = np.concatenate([start, potentials], axis=1)
    place = np.arange(1, SLICES + 1) * (potentials.shape[1] / SLICES)
    before = np.minimum(place.astype(int), potentials.shape[1] - 1)
    share = (place - before)[:, None]
    between = (1 - share) * known[:, before] + share * known[:, before + 1]
    return found, np.rint(between), times, early


def _check_settings(network: SpikingNetwork, settings: Simulation) -> None:
    if network.spike_code.in_turns:  # Whatever they are, outputs are read from potentials.
        settings = replace(settings, readout=Simulation().readout, readout_after=0)
    for field in fields(settings):
        value, plain = getattr(settings, field.name), getattr(Simulation(), field.name)
        if field.name not in HONOURED | OUR_OWN and value != plain:
            raise SettingsError(
                f"Simulation.{field.name} is {value!r}, which the Brian2 form of a network does "
                f"not do; accepted: {plain!r}. Use wb.simulate for it."
            )
    if settings.encoding == "events":
        raise SettingsError(
            "Simulation.encoding is 'events', which the Brian2 form of a network does not take; "
            "accepted: 'constant', 'poisson'. Use wb.simulate for it."
        )


def _check_memory(network: SpikingNetwork, samples: int, steps: int) -> None:
    synapses, free = synapse_total(network), free_memory()
    needed = synapses * BYTES_PER_SYNAPSE + 8 * samples * steps * network.output.size
    if needed > free:
        raise ExportError(
            f"Brian2 keeps each of the {synapses:,} synapses of '{network.name}' on its own, which "
            f"takes {needed / 1e9:.1f} GB with {samples:,} samples of {steps:,} steps; "
            f"{free / 1e9:.1f} GB are free. Use wb.simulate, or a smaller network."
        )


def _arguments(network: SpikingNetwork, settings: Simulation) -> list[str]:
    if network.spike_code.in_turns:
        return [f"--dt-ms={settings.dt_ms!r}"]
    return [
        f"--steps={settings.steps}",
        f"--dt-ms={settings.dt_ms!r}",
        f"--encoding={settings.encoding}",
        f"--input-rate-hz={settings.input_rate_hz!r}",
        f"--seed={settings.seed}",
    ]


def _module(source: str) -> Any:
    module = ModuleType("brian2_script")
    exec(compile(source, "<Brian2 script>", "exec"), module.__dict__)
    return module


@contextmanager
def _brian2_as_it_was(b2: Any) -> Iterator[None]:
    """Give a notebook its own Brian2 settings back."""
    target, dt = b2.prefs.codegen.target, b2.defaultclock.dt
    try:
        yield
    finally:
        b2.prefs.codegen.target = target
        b2.defaultclock.dt = dt


def _silent(line: str) -> None:
    """Tell nothing: the progress callback does."""
