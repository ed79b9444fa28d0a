"""Accuracy, or the error of a regression, of the test samples."""

from __future__ import annotations

from workbench.plot.accuracy_curve import AccuracyPlot
from workbench.ui.binding import Context
from workbench.ui.plots.card import Card
from workbench.ui.plots.pinned import PinnedCurve
from workbench.ui.session.results import Errors
from workbench.ui.session.state import State


class AccuracyCard(Card):
    """A curve against time, or a remark for samples without labels."""

    name = "accuracy"
    title = "Accuracy"
    reads = ("accuracy", "units", "pinned")
    place = 30

    def __init__(self, context: Context):
        super().__init__(context)
        self.plot = AccuracyPlot(self.height)
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

    def is_old(self, state: State) -> bool:
        run, accuracy = state.sample_run, state.accuracy
        return run is not None and accuracy is not None and accuracy.asked is not run.asked
