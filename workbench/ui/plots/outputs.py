"""Output spikes per class, with the true class and the analog network's choice marked."""

from __future__ import annotations

import numpy as np

from workbench.ui.palette import ANALOG, OUTPUT, TRUE_CLASS
from workbench.ui.plots.style import axis_range, empty, make_figure, name_ticks, set_range
from workbench.ui.results import SampleRun

LETTERS = 30
"""Room below the bars of a narrow panel. Where the names of all classes take more, only every
second, third, ... is written."""


MARGIN = 0.045
"""Share of the width at either side in which a word in the middle of a bar would be cut."""


def named_classes(classes: tuple[str, ...]) -> list[int]:
    """Return the numbers of the classes whose names have room."""
    room = max(2, LETTERS // (2 + max(map(len, classes), default=1)))
    return list(range(0, len(classes), -(-len(classes) // room) or 1))


def bar_columns(run: SampleRun) -> dict[str, list[float]]:
    """Return one bar per output; the one chosen is drawn full.

    The spikes of a single output stand for the second of its two classes.
    """
    counts = run.output_counts
    classes = range(len(run.classes) - len(counts), len(run.classes))
    return {
        "x": list(classes),
        "top": [float(count) for count in counts],
        "alpha": [1.0 if i == run.choice else 0.45 for i in classes],
    }


def mark_columns(run: SampleRun) -> dict[str, list[object]]:
    """Return where the words "true" and "ANN" stand, in two rows above the bars."""
    top = max(1.0, float(run.output_counts.max(initial=0)))
    marks = [
        (run.analog_choice, 1.08 * top, "ANN", ANALOG),
        (run.true_class, 1.20 * top, "true", TRUE_CLASS),
    ]
    shown = [mark for mark in marks if mark[0] >= 0]
    names = ("x", "y", "text", "colour")
    columns: dict[str, list[object]] = {
        name: [mark[i] for mark in shown] for i, name in enumerate(names)
    }
    columns["align"] = [_alignment(mark[0], len(run.classes)) for mark in shown]
    return columns


def _alignment(place: int, count: int) -> str:
    """Side on which a word begins, so that it stays inside the frame."""
    share = (place + 0.5) / count
    return "left" if share < MARGIN else "right" if share > 1 - MARGIN else "center"


class OutputsPlot:
    """The figure and what is needed to bring it up to date."""

    def __init__(self, height: int = 230):
        self.figure = make_figure(
            height=height, tools="", x_range=axis_range(-0.6, 9.6), y_range=axis_range(0, 1),
            name="outputs",
        )  # fmt: skip
        self.bars = empty("x", "top", "alpha")
        self.bars.name = "output_counts"
        self.marks = empty("x", "y", "text", "colour", "align")
        self.figure.vbar(
            x="x", top="top", width=0.75, source=self.bars, fill_color=OUTPUT,
            fill_alpha="alpha", line_color=OUTPUT,
        )  # fmt: skip
        self.figure.text(
            x="x", y="y", text="text", source=self.marks, text_color="colour", text_align="align",
            text_font_size="13px", text_font_style="bold", text_baseline="bottom",
        )  # fmt: skip
        self.figure.xgrid.visible = False
        self.figure.yaxis.axis_label = "output spikes"
        self.figure.xaxis.axis_label = "class"
        self.figure.yaxis.ticker.desired_num_ticks = 4
        self._classes: tuple[str, ...] = ()

    def update(self, run: SampleRun) -> None:
        """Show a run, or a part of one."""
        self.bars.data = bar_columns(run)
        self.marks.data = mark_columns(run)
        top = max(1.0, float(np.max(run.output_counts, initial=0)))
        set_range(self.figure.y_range, 0, 1.4 * top)
        if run.classes != self._classes:
            self._classes = run.classes
            count = len(run.classes)
            set_range(self.figure.x_range, -0.6, count - 0.4)
            places = named_classes(run.classes)
            names = [run.classes[place] for place in places]
            name_ticks(self.figure.xaxis[0], names, [float(place) for place in places])
