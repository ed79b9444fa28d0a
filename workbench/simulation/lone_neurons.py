"""Neurons by themselves: what they send for input that is known beforehand.

The rule is that of `workbench.simulation.reference_engine`, without leak, pauses and delays. As
nothing but these neurons is simulated, thresholds may be tried out without running a network.
"""

from __future__ import annotations

import numpy as np

from workbench.errors import SimulationError
from workbench.network.spiking import SpikingNetwork
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
    sums = np.empty((steps, len(x), network.output.size), np.int64)
    # A membrane that is read by its potential adds up all that reaches it.
    for window in stream(network, x, settings, window_steps=steps):
        sums[window.start : window.stop] = window.output_potentials.transpose(1, 0, 2)
    before = np.broadcast_to(network.output.starts, (1, *sums.shape[1:]))
    return np.diff(sums, axis=0, prepend=before)


def lone_counts(
    drives: np.ndarray,
    threshold: int | np.ndarray,
    initial_potential: int | np.ndarray,
    *,
    reset: str = "subtract",
    signed: bool = False,
) -> np.ndarray:
    """Spikes that neurons send, less those taken back.

    Parameters
    ----------
    drives : ndarray of int64, shape (steps, samples, units)
        Input of every step.
    threshold, initial_potential : int or ndarray of int64, shape (units,)
    reset : "subtract", "zero" or "modulo"
    signed : bool
        Whether a neuron below 0 takes a spike back.

    Returns
    -------
    ndarray of int32, shape (samples, units)
    """
    if reset not in ("subtract", "zero", "modulo"):
        raise SimulationError(f"reset is {reset!r}; accepted: 'subtract', 'zero', 'modulo'.")
    v = np.broadcast_to(np.asarray(initial_potential, np.int64), drives.shape[1:])
    counts = np.zeros(drives.shape[1:], np.int32)
    for drive in drives:
        u = v + drive
        fired = u >= threshold
        back = (u < 0) & (counts > 0) if signed else np.zeros_like(fired)
        if reset == "subtract":
            v = u - np.where(fired, threshold, 0)
        elif reset == "zero":
            v = np.where(fired, 0, u)
        else:
            v = np.where(fired, u % threshold, u)
        v = np.where(back, v + threshold, v)
        counts += fired
        counts -= back
    return counts
