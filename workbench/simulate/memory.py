"""Refuse recordings that memory cannot hold, before they run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from workbench.errors import SimulationError
from workbench.network.recording import Recording
from workbench.network.spiking import SpikingNetwork
from workbench.network.storage_archive import free_memory
from workbench.settings import Simulation

SPIKE_BYTES = 2 * 3 * 8
"""A recorded spike: sample, step and unit, twice while parts are joined."""

COUNT_BYTES = 2 * 4
"""A recorded unit's count of one sample, twice while parts are joined."""

POTENTIAL_BYTES = 8
"""A recorded potential of one step."""

PILOT_SAMPLES, PILOT_STEPS = 2, 50
"""A short run that tells how much a network spikes."""


def check_recording(
    network: SpikingNetwork,
    x: np.ndarray,
    settings: Simulation,
    layers: tuple[str, ...],
    traced: tuple[str, ...],
    run: Callable[[SpikingNetwork, np.ndarray, Simulation], Recording],
) -> None:
    """Refuse to record more than free memory holds.

    A run that would fit if every neuron spiked at every step passes at once; for others, a few
    samples are simulated first, without recording, to see how much the layers spike.

    Parameters
    ----------
    x : ndarray, shape (samples, *input shape)
    layers, traced : tuple of str
        Layers of which spikes, and of which potentials are to be recorded.
    run : function of (network, x, settings) to Recording
        Simulates.

    Raises
    ------
    SimulationError
        With the size of the recording and what would make it smaller.
    """
    free = free_memory()
    sizes = {name: network.population(name).size for name in layers}
    every = {name: float(size) for name, size in sizes.items()}
    per_potential = POTENTIAL_BYTES * len(x) * settings.steps
    traces = {
        f"the potentials of {name}": float(per_potential * network.population(name).size)
        for name in traced
    }
    most = sum((_needed(sizes, every, len(x), settings.steps) | traces).values())
    if free is None or most <= free:
        return
    steps = min(settings.steps, PILOT_STEPS)
    plain = replace(settings, record=(), record_potentials=(), steps=steps)
    pilot = run(network, x[:PILOT_SAMPLES], plain)
    per_step = {name: pilot.step_totals[name].sum() / pilot.samples / steps for name in layers}
    needed = _needed(sizes, per_step, len(x), settings.steps) | traces
    total = sum(needed.values())
    if total <= free:
        return
    largest = max(needed, key=lambda name: needed[name])
    raise SimulationError(
        f"Recording {', '.join(needed)} for {len(x):,} samples and {settings.steps:,} steps takes "
        f"about {total / 1e9:,.1f} GB, and {free / 1e9:,.1f} GB of memory are free; "
        f"'{largest}' alone takes {needed[largest] / 1e9:,.1f} GB. Record fewer layers, or give "
        "fewer samples or steps; counts per step and accuracy need no recording."
    )


def _needed(
    sizes: dict[str, int], spikes_per_step: dict[str, float], samples: int, steps: int
) -> dict[str, float]:
    """Bytes that each layer's record takes."""
    return {
        name: samples * (COUNT_BYTES * size + SPIKE_BYTES * steps * spikes_per_step[name])
        for name, size in sizes.items()
    }
