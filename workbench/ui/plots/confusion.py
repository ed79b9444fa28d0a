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
from workbench.datasets import Dataset
from workbench.plot.confusion_matrix import ConfusionPlot, told
from workbench.plot.targets import TargetScatter, target_title
from workbench.ui.binding import Context
from workbench.ui.plots.answers import AnswersCard


class ConfusionCard(AnswersCard):
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
    place = 10

    def __init__(self, context: Context):
        super().__init__(context)
        self.figure: Any = column(sizing_mode="stretch_width", tags=[self.name])
        self.on_cell: Callable[[int, int], None] = lambda _true, _answer: None
        self.on_sample: Callable[[int], None] = lambda _sample: None
        self._matrix: ConfusionPlot | None = None
        self._scatter: TargetScatter | None = None

    def show_classes(
        self, answers: SampleAnswers, names: tuple[str, ...]
    ) -> tuple[str, pd.DataFrame]:
        # By number: classes may have the same name.
        table = confusion_table(answers.snn, answers.labels, len(names))
        columns = [*names, "undecided"][: table.shape[1]]
        shown = pd.DataFrame(table.to_numpy(), index=names, columns=columns)
        self._show_matrix(shown)
        return f"Confusion matrix: {told(table)}", shown.rename_axis("true_class").reset_index()

    def show_outputs(self, answers: SampleErrors, dataset: Dataset) -> tuple[str, pd.DataFrame]:
        self._show_scatter(answers)
        sample, output = np.indices(answers.targets.shape).reshape(2, -1)
        values = {name: getattr(answers, name).reshape(-1) for name in ("targets", "snn", "ann")}
        title = f"Outputs and targets: {target_title(answers.targets, answers.snn)}"
        return title, pd.DataFrame({"sample": sample, "output": output, **values})

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
