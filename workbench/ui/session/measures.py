"""What the workbench measures on test samples, window by window of steps."""

from __future__ import annotations

import numpy as np

from workbench.analysis.accuracy import accuracy_over_time
from workbench.analysis.regression_error import squared_error
from workbench.analysis.sample_answers import SampleAnswers, SampleErrors, margins
from workbench.network.readout import gathered, per_spike, values
from workbench.network.recording import spread_steps
from workbench.network.schedule import read_steps
from workbench.network.spiking import SpikingNetwork
from workbench.plot.clock import windows_shown
from workbench.settings import Simulation
from workbench.simulation import Recorder, Window
from workbench.ui.session.decisions import Decisions
from workbench.ui.session.results import Accuracy, Errors

MOST_VALUES = 2_000_000
"""Output values of which a regression keeps the errors."""


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
        self._network, self._analog = network, analog
        self._ann = float((analog == labels).mean())
        self._parts: list[np.ndarray] = []
        self._decisions = Decisions(len(labels))

    def add(self, window: Window) -> None:
        """Take in the next steps of all samples."""
        self._recorder.add(window)
        table = accuracy_over_time(self._recorder.chosen, self._labels)
        self._parts.append(table[["snn", "undecided"]].to_numpy())
        self._decisions.follow(self._recorder.chosen, window.start)

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
            windows=windows_shown(self._network),
            answers=self._answers() if len(snn) >= self._settings.steps else None,
        )

    def _answers(self) -> SampleAnswers:
        window = self._recorder.window
        assert window is not None
        last = (window.output_counts[:, -1], window.output_potentials[:, -1])
        total = gathered(self._network, *last, self._settings.readout)
        choice = self._decisions.choice
        return SampleAnswers(
            labels=self._labels,
            snn=choice,
            ann=self._analog,
            decided=self._decisions.since,
            margin=np.where(choice >= 0, margins(total, per_spike(self._network.output)), 0.0),
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
        self._analog, self._decoded = analog, targets
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
            self._decoded = decoded.reshape(self._targets.shape)

    def so_far(self) -> Errors | None:
        """Return what is known until now; None before the first step that is kept."""
        if not self._rows:
            return None
        mse, r2 = np.array(self._rows).T
        done = self._recorder.steps_done >= self._settings.steps
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
            windows=windows_shown(self._network),
            answers=self._answers() if done else None,
        )

    def _answers(self) -> SampleErrors:
        # Of images as outputs, as many as plots and memory hold.
        every = -(-self._targets.size // MOST_VALUES) or 1
        parts = (part[:, ::every] for part in (self._targets, self._decoded, self._analog))
        return SampleErrors(*(np.ascontiguousarray(part, np.float32) for part in parts))
