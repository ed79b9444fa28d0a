"""What single neurons answer to a constant drive, whatever their reset, leak or start is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.spiking import SpikingNetwork
from workbench.network.structure import Reshape
from workbench.simulation.neuron_options import Dynamics
from workbench.simulation.reference_engine import ReferenceSession


@dataclass(frozen=True)
class _Constant:
    """The part of an input stream that a constant drive needs."""

    encoded: np.ndarray
    drive: dict[str, np.ndarray]
    is_constant: bool = True


def own_answer(
    population: Population, dynamics: Dynamics, total: np.ndarray, steps: int
) -> np.ndarray:
    """Spikes of neurons that the same sum reaches in equal parts, one per step.

    Parameters
    ----------
    population : Population
        Of neurons.
    dynamics : Dynamics
        What the simulation adds to them.
    total : ndarray of int64, shape (samples, units)
        Drive of all steps together, bias included, in grid units of the population.
    steps : int

    Returns
    -------
    ndarray of int32, shape (samples, units)

    Notes
    -----
    A part, ``total / steps``, is no integer. All potentials are multiplied by `steps`, which
    changes no spike, so that the written semantics apply as they stand.
    """
    plain = population.reset == "subtract" and not population.signed and dynamics.is_plain
    starts = population.starts
    if plain and starts.min() >= 0 and starts.max() <= population.threshold:
        # The same in one line: what has been gathered is sent, at most one spike per step.
        gathered = total + starts
        return np.clip(gathered // population.threshold, 0, steps).astype(np.int32)
    session = _session(population, dynamics, total, steps)
    for _ in range(steps):
        session.advance(1)
    return session.counts[population.name]


def _session(
    population: Population, dynamics: Dynamics, total: np.ndarray, steps: int
) -> ReferenceSession:
    scaled = replace(
        population,
        threshold=population.threshold * steps,
        initial_potential=population.initial_potential * steps,
        bias=np.zeros_like(population.bias),
        read="",
    )
    nothing = np.zeros(population.size, np.int64)
    source = Population(f"{population.name} input", "input", population.shape, 0, 0, "", nothing)
    link = Reshape(population.shape, population.shape)
    network = SpikingNetwork(
        population.name, (source, scaled), (Projection(source.name, population.name, (link,)),)
    )
    stream = _Constant(np.zeros((len(total), 1)), {population.name: total})
    slower = replace(dynamics, leak=dynamics.leak * steps)
    return ReferenceSession(network, cast("Any", stream), (), (), {population.name: slower}, 0)
