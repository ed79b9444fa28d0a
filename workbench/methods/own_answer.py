"""What single neurons answer to a constant drive, whatever their reset, leak or start is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from workbench.network.population import Population
from workbench.simulation.neuron_options import Dynamics
from workbench.simulation.reference_neurons import ReferenceNeurons


def own_answer(
    population: Population, dynamics: Dynamics, total: np.ndarray, steps: int
) -> np.ndarray:
    """Sums of payloads of neurons that get the same sum in equal parts, one per step.

    Those whose input comes once get all of it before the first step.

    Parameters
    ----------
    population : Population
        Of neurons.
    dynamics : Dynamics
        What the simulation adds to them.
    total : ndarray of int64, shape (samples, units)
        Drive of the whole run, bias included, in grid units of the population.
    steps : int

    Returns
    -------
    ndarray of int32, shape (samples, units)

    Notes
    -----
    A part, ``total / steps``, is not an integer. All potentials are multiplied by `steps`, which
    changes no spike, so that the written semantics apply as they stand.
    """
    plain = population.reset == "subtract" and not population.signed and dynamics.is_plain
    starts = population.starts
    if population.spike_rule.once:
        neurons = ReferenceNeurons(population, replace(dynamics, drive_at=0), len(total))
        for step in range(steps):
            neurons.advance(total if step == 0 else np.zeros_like(total))
        return neurons.counts
    if plain and starts.min() >= 0 and starts.max() <= population.threshold:
        # The same in one line: what has been gathered is sent, at most one spike per step.
        gathered = total + starts
        return np.clip(gathered // population.threshold, 0, steps).astype(np.int32)
    scaled = replace(
        population,
        threshold=population.threshold * steps,
        initial_potential=population.initial_potential * steps,
    )
    neurons = ReferenceNeurons(scaled, replace(dynamics, leak=dynamics.leak * steps), len(total))
    for _ in range(steps):
        neurons.advance(total)
    return neurons.counts
