"""What the plots of the Data tab have in common: they show a measurement once, when it is whole."""

from __future__ import annotations

import pandas as pd

from workbench.analysis.sample_answers import SampleAnswers, SampleErrors
from workbench.datasets import Dataset
from workbench.ui.binding import Context
from workbench.ui.plots.card import Card
from workbench.ui.session.sample_run import class_names
from workbench.ui.session.state import State


class AnswersCard(Card):
    """A plot of the answers to all test samples; subclasses show those of classes and outputs."""

    reads = ("accuracy",)
    page = "data"

    def __init__(self, context: Context):
        super().__init__(context)
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
            self.title, self._table = self.show_classes(answers, names)
        else:
            self.title, self._table = self.show_outputs(answers, loaded.dataset)

    def show_classes(
        self, answers: SampleAnswers, names: tuple[str, ...]
    ) -> tuple[str, pd.DataFrame]:
        """Show what was answered, and return title and table."""
        raise NotImplementedError(f"{type(self).__name__} shows no classes")

    def show_outputs(self, answers: SampleErrors, dataset: Dataset) -> tuple[str, pd.DataFrame]:
        """Show the errors of a regression, and return title and table."""
        raise NotImplementedError(f"{type(self).__name__} shows no outputs")

    def summary(self, state: State) -> str:
        return self.title if self._drawn is not None else ""

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        self.show()  # nothing, where that was shown already
        return self._table
