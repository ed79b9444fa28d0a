"""What a simulation leaves behind: spikes, counts and predictions, with what made them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation


@dataclass(frozen=True)
class Recording:
    """Result of one run.

    Parameters
    ----------
    network : SpikingNetwork
    settings : Simulation
    layers : tuple of str
        Recorded layers, input to output.
    events : dict of layer to (sample, step, unit)
        Single spikes of the recorded layers; int64, ordered by sample, step and unit.
    counts : dict of layer to ndarray of int32, shape (samples, units)
        Spikes per unit of the recorded layers.
    unit_totals : dict of layer to ndarray of int64, shape (units,)
        Spikes per unit, all samples together, of all layers.
    step_totals : dict of layer to ndarray of int64, shape (steps,)
        Spikes per step, all samples together, of all layers.
    predictions : ndarray of int32, shape (samples, steps)
        Class by the output spikes up to each step; -1 where there was none yet.
    output_counts : ndarray of int32, shape (samples, classes)
    elapsed_s : float
        Time the simulation took.
    """

    network: SpikingNetwork
    settings: Simulation
    layers: tuple[str, ...]
    events: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]
    counts: dict[str, np.ndarray]
    unit_totals: dict[str, np.ndarray]
    step_totals: dict[str, np.ndarray]
    predictions: np.ndarray
    output_counts: np.ndarray
    elapsed_s: float

    @property
    def samples(self) -> int:
        return len(self.output_counts)

    @property
    def steps(self) -> int:
        return self.settings.steps


def classify(counts: np.ndarray, potentials: np.ndarray, readout: str = "counts") -> np.ndarray:
    """Class of each row by its spike counts; a tie goes to the higher potential.

    Parameters
    ----------
    counts, potentials : ndarray, shape (..., classes)
    readout : "counts" or "potential"
        "potential" decides by the membrane alone.

    Returns
    -------
    ndarray of int32, shape (...)
        -1 where no class has a spike: undecided, not class 0. A single output tells two classes
        apart: 1 where it has spiked, 0 where it has not.
    """
    if readout == "potential":
        if counts.shape[-1] == 1:
            return (potentials[..., 0] > 0).astype(np.int32)
        return potentials.argmax(axis=-1).astype(np.int32)
    if counts.shape[-1] == 1:
        return (counts[..., 0] > 0).astype(np.int32)
    most = counts.max(axis=-1, keepdims=True)
    lowest = np.iinfo(np.int64).min
    decided = np.where(counts == most, potentials, lowest).argmax(axis=-1)
    return np.where(most[..., 0] > 0, decided, -1).astype(np.int32)
