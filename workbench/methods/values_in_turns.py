"""What neurons send, and would send, where layers take turns: values instead of counts.

A layer's values are levels, or parts of its scale in continuous time. Each neuron knows all of its
input before it sends, so that its value is its own answer to that input: between a drive and what
is sent for it lie clipping and quantization alone, and in continuous time clipping alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from workbench.network.population import Population
from workbench.network.schedule import sent_values
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.simulation import Window, stream
from workbench.simulation.memory import (
    BATCH,
    BATCH_BYTES,
    SPIKE_BYTES,
    sample_bytes,
    step_bytes,
)
from workbench.simulation.turns.first_spikes import FirstSpikes
from workbench.util.memory_budget import free_memory
from workbench.util.stored_samples import Samples

TIMED_SPIKE_BYTES = SPIKE_BYTES + 2 * 8
"""A spike with its time, twice as others."""

Values = dict[str, np.ndarray]


def values_sent(
    spiking: SpikingNetwork, x: Samples, settings: Simulation
) -> Iterator[tuple[Window, Values]]:
    """Yield the whole run of each batch, and the values that its spikes stand for.

    A batch has as many samples as asked for, or fewer where their spikes could take too much
    memory.

    Parameters
    ----------
    spiking : SpikingNetwork
        Whose layers take turns.
    x : ndarray or StoredSamples, shape (samples, *input shape)
    settings : Simulation
        As `workbench.network.schedule.run_settings` returns them.

    Yields
    ------
    window : Window
    values : dict of layer to ndarray, shape (samples, units)
        Levels, int32; in continuous time float64 from 0 to 1.
    """
    levels = spiking.conversion.levels
    batch = min(settings.batch_size or BATCH, _fitting_samples(spiking, settings.steps))
    settings = replace(settings, record="all", batch_size=batch)
    for run in stream(spiking, x, settings, settings.steps):
        values = {}
        for name, (sample, *rest) in run.spikes.items():
            events = (sample - run.samples.start, *rest)
            sent = sent_values(spiking, name, events, run.times.get(name), len(run.samples))
            if spiking.spike_code.has_slots:
                sent = np.rint(sent * levels).astype(np.int32)
            values[name] = sent
        yield run, values


def _fitting_samples(spiking: SpikingNetwork, steps: int) -> int:
    """Samples whose spikes fit into memory, even if every unit sends the most it can."""
    units = sum(population.size for population in spiking.populations)
    if spiking.spike_code.is_continuous:
        spikes = units * TIMED_SPIKE_BYTES
    else:
        spikes = units * spiking.conversion.levels.bit_length() * SPIKE_BYTES
    one = sample_bytes(spiking) + steps * step_bytes(spiking) + spikes
    return max(1, min(BATCH_BYTES, free_memory() // 2) // one)


def exact_inputs(
    spiking: SpikingNetwork, x: np.ndarray, settings: Simulation
) -> tuple[np.ndarray, Values]:
    """Samples of continuous time as they enter, not rounded, and the drive that they cause."""
    rule = FirstSpikes(spiking, x, settings)
    return np.asarray(spiking.take_samples(x), np.float64), rule.currents


def answer_in_turns(
    spiking: SpikingNetwork, population: Population, total: np.ndarray
) -> np.ndarray:
    """Return the values that neurons send for the drive of their window, bias included.

    Parameters
    ----------
    spiking : SpikingNetwork
    population : Population
        Of neurons.
    total : ndarray, shape (samples, units)
        In grid units; integers where values are levels.
    """
    potential, threshold = total + population.starts, population.threshold
    if spiking.spike_code.is_continuous:
        if population.is_step:
            return np.asarray(potential >= threshold, np.float64)
        return np.clip(potential / threshold, 0, 1)
    levels = spiking.conversion.levels
    if population.is_step:
        return np.where(potential >= threshold * levels, levels, 0)
    return np.clip(potential // threshold, 0, levels)
