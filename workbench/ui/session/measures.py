"""What the workbench measures on test samples, window by window of steps."""

from __future__ import annotations

import numpy as np

from workbench.analysis.accuracy import accuracy_over_time
from workbench.analysis.regression_error import squared_error
from workbench.network.readout import values
from workbench.network.recording import spread_steps
from workbench.network.schedule import read_steps
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.simulation import Recorder, Window
from workbench.ui.session.results import Accuracy, Errors


class AccuracyMeasure:
    """Shares of samples that are classified rightly, and that are undecided.

    Parameters
    ----------
    network : SpikingNetwork
    labels, analog : ndarray of int, shape (samples,)
        True classes, and those that the analog network gives.
    settings : Simulation
    """

    def __init__(
        self, network: SpikingNetwork, labels: np.ndarray, analog: np.ndarray, settings: Simulation
    ):
        self._labels, self._settings = labels, settings
        self._recorder = Recorder(
            network,
            settings,
            len(labels),
            keep_predictions=False,
            output_steps=np.zeros(0, np.int64),
        )
        self._ann = float((analog == labels).mean())
        self._parts: list[np.ndarray] = []

    def add(self, window: Window) -> None:
        """Take in the next steps of all samples."""
        self._recorder.add(window)
        table = accuracy_over_time(self._recorder.chosen, self._labels)
        self._parts.append(table[["snn", "undecided"]].to_numpy())

    def so_far(self) -> Accuracy:
        """Return what is known until now."""
        self._parts = [np.concatenate(self._parts)]
        snn, undecided = self._parts[0].T
        return Accuracy(
            snn=snn,
            undecided=undecided,
            ann=self._ann,
            samples=len(self._labels),
            steps=self._settings.steps,
            dt_ms=self._settings.dt_ms,
        )


class ErrorMeasure:
    """Mean squared error and R2 of decoded outputs, after the steps that a recorder keeps.

    Parameters
    ----------
    network : SpikingNetwork
    targets, analog : ndarray, shape (samples, outputs)
        Values that the outputs should have, and those that the analog network gives.
    settings : Simulation
    """

    def __init__(
        self, network: SpikingNetwork, targets: np.ndarray, analog: np.ndarray, settings: Simulation
    ):
        self._network, self._targets, self._settings = network, targets, settings
        at = spread_steps(len(targets) * network.classes, settings.steps)
        self._recorder = Recorder(
            network, settings, len(targets), keep_predictions=False, output_steps=at
        )
        self._ann = squared_error(analog, targets)
        self._rows: list[tuple[float, float]] = []

    def add(self, window: Window) -> None:
        """Take in the next steps of all samples."""
        recorder = self._recorder
        recorder.add(window)
        while len(self._rows) < np.sum(recorder.output_steps <= window.stop):
            place = len(self._rows)
            steps = read_steps(self._network, self._settings, int(recorder.output_steps[place]))
            decoded = values(self._network, recorder.outputs[:, place], steps)
            self._rows.append(squared_error(decoded, self._targets))

    def so_far(self) -> Errors | None:
        """Return what is known until now; None before the first step that is kept."""
        if not self._rows:
            return None
        mse, r2 = np.array(self._rows).T
        return Errors(
            mse=mse,
            r2=r2,
            at_steps=self._recorder.output_steps[: len(mse)],
            ann_mse=self._ann[0],
            ann_r2=self._ann[1],
            spread=float(self._targets.var(axis=0).mean()),
            samples=len(self._targets),
            steps=self._settings.steps,
            dt_ms=self._settings.dt_ms,
        )
