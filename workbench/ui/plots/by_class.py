"""How well each class does on the test samples; of a regression, each output."""

from __future__ import annotations

import pandas as pd

from workbench.analysis.sample_answers import SampleAnswers, SampleErrors
from workbench.datasets import Dataset
from workbench.plot.compared_bars import (
    ComparedBars,
    accuracy_title,
    error_title,
    output_names,
    shares_right,
)
from workbench.ui.binding import Context
from workbench.ui.plots.answers import AnswersCard


class ByClassCard(AnswersCard):
    """A bar of the spiking network and a mark of the analog one per class, or per output."""

    name = "by-class"
    title = "Accuracy of each class"
    place = 20

    def __init__(self, context: Context):
        super().__init__(context)
        self.bars = ComparedBars(280)
        self.figure = self.bars.figure

    def show_classes(
        self, answers: SampleAnswers, names: tuple[str, ...]
    ) -> tuple[str, pd.DataFrame]:
        found = shares_right(answers.snn, answers.ann, answers.labels, len(names))
        self.bars.show_accuracy(names, *found)
        columns = dict(zip(("snn", "ann", "samples"), found, strict=True))
        title = f"Accuracy of each class. {accuracy_title(names, found[0], found[2])}"
        return title, pd.DataFrame({"class": names, **columns})

    def show_outputs(self, answers: SampleErrors, dataset: Dataset) -> tuple[str, pd.DataFrame]:
        snn, ann = answers.by_output()
        known = dataset.classes
        names = output_names(len(snn), known if len(known) >= len(snn) else None)
        self.bars.show_errors(names, snn, ann, len(answers))
        table = pd.DataFrame({"output": names, "snn_rmse": snn, "ann_rmse": ann})
        return f"Error of each output. {error_title(names, snn)}", table
