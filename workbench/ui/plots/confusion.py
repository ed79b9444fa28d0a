"""Which classes are taken for which on the test samples; of a regression, outputs and targets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from bokeh.layouts import column
from bokeh.models import TapTool

from workbench.analysis.accuracy import confusion_table
from workbench.analysis.sample_answers import SampleAnswers, SampleErrors
from workbench.plot.confusion_matrix import ConfusionPlot, told
from workbench.plot.targets import TargetScatter, target_title
from workbench.ui.binding import Context
from workbench.ui.plots.card import Card
from workbench.ui.session.sample_run import class_names
from workbench.ui.session.state import State


class ConfusionCard(Card):
    """A cell per pair of classes, or a point per output. A click on one tells `on_cell`.

    Attributes
    ----------
    on_cell : callable
        Gets true class and answer (-1 for undecided) of the cell that was clicked. Called on
        whatever thread the click arrives.
    on_sample : callable
        Gets the number of the sample whose point was clicked.
    """

    name = "confusion"
    title = "Confusion matrix"
    reads = ("accuracy",)
    page = "data"
    place = 10

    def __init__(self, context: Context):
        super().__init__(context)
        self.figure: Any = column(sizing_mode="stretch_width", tags=[self.name])
        self.on_cell: Callable[[int, int], None] = lambda _true, _answer: None
        self.on_sample: Callable[[int], None] = lambda _sample: None
        self._matrix: ConfusionPlot | None = None
        self._scatter: TargetScatter | None = None
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
            # By number: classes may have the same name.
            table = confusion_table(answers.snn, answers.labels, len(names))
            columns = [*names, "undecided"][: table.shape[1]]
            shown = pd.DataFrame(table.to_numpy(), index=names, columns=columns)
            self._show_matrix(shown)
            self._table = shown.rename_axis("true_class").reset_index()
            self.title = f"Confusion matrix: {told(table)}"
        else:
            self._show_scatter(answers)
            sample, output = np.indices(answers.targets.shape).reshape(2, -1)
            values = {
                name: getattr(answers, name).reshape(-1) for name in ("targets", "snn", "ann")
            }
            self._table = pd.DataFrame({"sample": sample, "output": output, **values})
            self.title = f"Outputs and targets: {target_title(answers.targets, answers.snn)}"

    def summary(self, state: State) -> str:
        return self.title if self._drawn is not None else ""

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        self.show()  # nothing, where that was shown already
        return self._table

    def clear_selection(self) -> None:
        """Show no cell as chosen."""
        if self._matrix is not None and self._matrix.cells.selected.indices:
            self._matrix.cells.selected.indices = []

    def _show_matrix(self, table: pd.DataFrame) -> None:
        if self._matrix is not None and self._matrix.fits(table):
            self._matrix.update(table)
            self._matrix.cells.selected.indices = []
        else:
            self._matrix = ConfusionPlot(table)
            self._matrix.drawn.nonselection_glyph = None
            self._matrix.drawn.selection_glyph = _outlined(self._matrix.drawn.glyph)
            _listen(self._matrix.figure, self._matrix.drawn, self._on_tap)
        self._place(self._matrix.figure)

    def _show_scatter(self, errors: SampleErrors) -> None:
        if self._scatter is None:
            self._scatter = TargetScatter()
            _listen(self._scatter.figure, self._scatter.drawn, self._on_point)
        self._scatter.update(errors.targets, errors.snn, errors.ann)
        self._place(self._scatter.figure)

    def _place(self, plot: Any) -> None:
        if list(self.figure.children) != [plot]:
            self.figure.children = [plot]

    def _on_tap(self, indices: list[int]) -> None:
        assert self._matrix is not None
        cells = self._matrix.cells.data
        if len(indices) == 1 and 0 <= indices[0] < len(cells["row"]):
            classes = len(self._matrix.names[0])
            true, answer = int(cells["row"][indices[0]]), int(cells["column"][indices[0]])
            self.on_cell(true, answer if answer < classes else -1)

    def _on_point(self, indices: list[int]) -> None:
        assert self._scatter is not None
        samples = self._scatter.snn.data["sample"]
        if indices and 0 <= indices[0] < len(samples):
            self.on_sample(int(samples[indices[0]]))


def _listen(plot: Any, drawn: Any, tell: Callable[[list[int]], None]) -> None:
    plot.add_tools(TapTool(renderers=[drawn]))
    drawn.data_source.selected.on_change("indices", lambda _attr, _old, new: tell(new))


def _outlined(glyph: Any) -> Any:
    chosen = glyph.clone()
    chosen.update(line_color="#E0561B", line_width=3)
    return chosen
