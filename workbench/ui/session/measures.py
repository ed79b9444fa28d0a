"""Adding up what the workbench measures on test samples, window by window of steps."""

from __future__ import annotations

import numpy as np

from workbench.analysis.regression_error import squared_error
from workbench.network.readout import gathered, predicted, values
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.simulation import Window
from workbench.ui.session.results import Accuracy, Errors


class AccuracyMeasure:
    """Shares of samples that are classified rightly, and that are undecided.

    Parameters
    ----------
    labels, analog : ndarray of int, shape (samples,)
        True classes, and those that the analog network gives.
    settings : Simulation
    """

    def __init__(self, labels: np.ndarray, analog: np.ndarray, settings: Simulation):
        self._labels, self._settings = labels, settings
        self._ann = float((analog == labels).mean())
        self._right: list[float] = []
        self._undecided: list[float] = []

    def add(self, network: SpikingNetwork, window: Window) -> None:
        """Take in the next steps of all samples."""
        outputs = window.output_counts, window.output_potentials
        chosen = predicted(network, *outputs, self._settings.readout)
        self._right += (chosen == self._labels[:, None]).mean(axis=0).tolist()
        self._undecided += (chosen < 0).mean(axis=0).tolist()

    def so_far(self) -> Accuracy:
        """Return what is known until now."""
        return Accuracy(
            snn=np.array(self._right),
            undecided=np.array(self._undecided),
            ann=self._ann,
            samples=len(self._labels),
            steps=self._settings.steps,
            dt_ms=self._settings.dt_ms,
        )


class ErrorMeasure:
    """Mean squared error and R2 of decoded outputs.

    Parameters
    ----------
    targets, analog : ndarray, shape (samples, outputs)
        Values that the outputs should have, and those that the analog network gives.
    settings : Simulation
    """

    def __init__(self, targets: np.ndarray, analog: np.ndarray, settings: Simulation):
        self._targets, self._settings = targets, settings
        self._ann = squared_error(analog, targets)
        self._rows: list[tuple[float, float]] = []

    def add(self, network: SpikingNetwork, window: Window) -> None:
        """Take in the next steps of all samples."""
        outputs = window.output_counts, window.output_potentials
        total = gathered(network, *outputs, self._settings.readout)
        for place in range(total.shape[1]):
            decoded = values(network, total[:, place], window.start + place + 1)
            self._rows.append(squared_error(decoded, self._targets))

    def so_far(self) -> Errors:
        """Return what is known until now."""
        mse, r2 = np.array(self._rows).T
        return Errors(
            mse=mse,
            r2=r2,
            ann_mse=self._ann[0],
            ann_r2=self._ann[1],
            spread=float(self._targets.var(axis=0).mean()),
            samples=len(self._targets),
            steps=self._settings.steps,
            dt_ms=self._settings.dt_ms,
        )
