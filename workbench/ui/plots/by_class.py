"""How well each class does on the test samples; of a regression, each output."""

from __future__ import annotations

import pandas as pd

from workbench.analysis.sample_answers import SampleAnswers
from workbench.plot.compared_bars import (
    ComparedBars,
    accuracy_title,
    error_title,
    output_names,
    shares_right,
)
from workbench.ui.binding import Context
from workbench.ui.plots.card import Card
from workbench.ui.session.sample_run import class_names
from workbench.ui.session.state import State


class ByClassCard(Card):
    """A bar of the spiking network and a mark of the analog one per class, or per output."""

    name = "by-class"
    title = "Accuracy of each class"
    reads = ("accuracy",)
    page = "data"
    place = 20

    def __init__(self, context: Context):
        super().__init__(context)
        self.bars = ComparedBars(280)
        self.figure = self.bars.figure
        self._drawn: object = None
        self._table: pd.DataFrame | None = None

    def show(self) -> None:
        accuracy, loaded = self.context.state.accuracy, self.context.state.loaded
        answers = None if accuracy is None else accuracy.answers
        if answers is None or loaded is None or answers is self._drawn:
            return
        self._drawn = answers
        if isinstance(answers, SampleAnswers):
            names = class_names(loaded.dataset, loaded.network.classes)
            found = shares_right(answers.snn, answers.ann, answers.labels, len(names))
            self.bars.show_accuracy(names, *found)
            columns = dict(zip(("snn", "ann", "samples"), found, strict=True))
            self._table = pd.DataFrame({"class": names, **columns})
            self.title = f"Accuracy of each class. {accuracy_title(names, found[0], found[2])}"
        else:
            snn, ann = answers.by_output()
            known = loaded.dataset.classes
            names = output_names(len(snn), known if len(known) >= len(snn) else None)
            self.bars.show_errors(names, snn, ann, len(answers))
            self._table = pd.DataFrame({"output": names, "snn_rmse": snn, "ann_rmse": ann})
            self.title = f"Error of each output. {error_title(names, snn)}"

    def summary(self, state: State) -> str:
        return self.title if self._drawn is not None else ""

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        self.show()  # nothing, where that was shown already
        return self._table
