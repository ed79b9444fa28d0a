"""Accuracy, or the error of a regression, of the test samples."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.plot.accuracy_curve import AccuracyPlot
from workbench.plot.style import counted
from workbench.ui.binding import Context
from workbench.ui.plots.card import Card
from workbench.ui.plots.pinned import PinnedCurve
from workbench.ui.session.results import Accuracy, Errors
from workbench.ui.session.state import State


class AccuracyCard(Card):
    """A curve against time, or a remark for samples without labels."""

    name = "accuracy"
    title = "Accuracy"
    tables = ("curve",)
    reads = ("accuracy", "units", "pinned")
    place = 30

    def __init__(self, context: Context):
        super().__init__(context)
        self.plot = AccuracyPlot(self.height, compact=True)
        self.figure = self.plot.figure
        self.pinned = PinnedCurve(self.figure)

    def show(self) -> None:
        accuracy = self.context.state.accuracy
        if accuracy is None:
            loaded = self.context.state.loaded
            labelled = loaded is None or loaded.dataset.y_test is not None
            self.plot.clear("" if labelled else "no labels")
        else:
            self.plot.update(accuracy, self.context.state.units)
            self.title = "Error" if isinstance(accuracy, Errors) else "Accuracy"
        self.pinned.show(self.context.state.pinned, accuracy, self.context.state.units)

    def summary(self, state: State) -> str:
        result = state.accuracy
        return "Not measured." if result is None else f"{result.words}, {_on(result)}."

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        result = state.accuracy
        if result is None:
            return None
        if isinstance(result, Errors):
            table = pd.DataFrame({**result.clock.columns(result.at_steps), "snn_mse": result.mse})
            table = table.assign(snn_r2=result.r2, ann_mse=result.ann_mse, ann_r2=result.ann_r2)
        else:
            steps = np.arange(1, result.steps_done + 1)
            times = result.clock.columns(steps)
            table = pd.DataFrame({**times, "snn_accuracy_percent": 100 * result.snn})
            table["undecided_percent"] = 100 * result.undecided
            table["ann_accuracy_percent"] = 100 * result.ann
        return table.assign(test_samples=result.samples)

    def is_old(self, state: State) -> bool:
        run, accuracy = state.sample_run, state.accuracy
        return run is not None and accuracy is not None and accuracy.asked is not run.asked


def _on(result: Accuracy | Errors) -> str:
    """What a result was measured on, and when it last changed."""
    told = f"on {counted(result.samples, 'sample')} after {result.clock.lasts(result.steps_done)}"
    curve = result.mse if isinstance(result, Errors) else result.snn
    at = result.at_steps if isinstance(result, Errors) else np.arange(1, len(curve) + 1)
    (changes,) = np.nonzero(np.diff(curve))
    return (
        f"{told}; last change at {result.clock.at(int(at[changes[-1] + 1]))}"
        if len(changes)
        else told
    )
