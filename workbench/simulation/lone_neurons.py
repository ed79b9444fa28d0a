"""Neurons by themselves: what they send for input that is known beforehand.

The rules are those of `workbench.neuron_rules`, without leak, pauses and delays. As nothing but
these neurons is simulated, thresholds of single units may be tried out without running a network.
"""

from __future__ import annotations

import numpy as np

from workbench.network.population import Population
from workbench.network.spiking import SpikingNetwork
from workbench.neuron_rules import sent
from workbench.settings import Simulation
from workbench.simulation.window_stream import stream


def recorded_drives(network: SpikingNetwork, x: np.ndarray, steps: int) -> np.ndarray:
    """What reaches the output neurons of a network in every step.

    Parameters
    ----------
    network : SpikingNetwork
    x : ndarray, shape (samples, *input shape)
    steps : int

    Returns
    -------
    ndarray of int64, shape (steps, samples, output neurons)
        In grid units, with the bias.
    """
    settings = Simulation(steps=steps, record=(), readout="potential")
    # A membrane that is read by its potential adds up all that reaches it.
    (window,) = stream(network, x, settings, window_steps=steps)
    sums = window.output_potentials
    for step in range(steps - 1, 0, -1):  # in place: these are the largest arrays
        sums[:, step] -= sums[:, step - 1]
    sums[:, 0] -= network.output.starts
    return sums.transpose(1, 0, 2)


def lone_counts(
    population: Population,
    drives: np.ndarray,
    *,
    threshold: np.ndarray | None = None,
    initial_potential: np.ndarray | None = None,
) -> np.ndarray:
    """Sums of the payloads that neurons send.

    Parameters
    ----------
    population : Population
        With membranes.
    drives : ndarray of int64, shape (steps, samples, units)
        Input of every step.
    threshold, initial_potential : ndarray of int64, shape (units,), optional
        In place of those of the population.

    Returns
    -------
    ndarray of int32, shape (samples, units)
    """
    theta = np.int64(population.threshold) if threshold is None else threshold
    start = population.starts if initial_potential is None else initial_potential
    after = population.reset_rule.after
    numbers = population.spike_rule.steps(theta, population.largest, population.most)
    v = np.broadcast_to(start, drives.shape[1:])
    counts = np.zeros(drives.shape[1:], np.int32)
    for drive in drives:
        u = v + drive
        payloads = sent(np.where, u, counts, *numbers)
        v = np.where(payloads != 0, after(u, theta, payloads), u)
        counts += payloads.astype(np.int32)
    return counts
