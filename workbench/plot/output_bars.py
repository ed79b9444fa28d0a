"""Output spikes per class, with the true class and the analog network's choice marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from workbench.errors import DataError
from workbench.network.graph import Network
from workbench.plot.from_run import RunLike, checked_run, sample_view
from workbench.plot.palette import ANALOG, OUTPUT, TRUE_CLASS
from workbench.plot.sample_view import SampleView
from workbench.plot.style import (
    Remark,
    axis_range,
    empty,
    make_figure,
    name_ticks,
    set_range,
    shortened,
    titled,
)
from workbench.util.labels import target_values

LETTERS = 30
"""Room below the bars of a narrow panel. Where the names of all classes take more, they are turned,
or only every second, third, ... is written."""

MOST_TURNED = 16
"""Classes whose names have room below the bars when they are turned."""

LONGEST_TURNED = 12
"""Letters of a turned name, which takes height from the bars."""

MOST_MARKED = 2
"""Outputs of a regression beside which the words have room."""

BAR_EDGE = 0.42
"""Half of what a line across a bar is wide; bars themselves have 0.375."""

MARGIN = 0.045
"""Share of the width at either side in which a word in the middle of a bar would be cut."""


SPIKES = ("output spikes", "spikes")
"""Name of the vertical axis, and the short one."""


def named_classes(classes: tuple[str, ...]) -> tuple[list[int], bool]:
    """Return the numbers of the classes whose names have room, and whether to turn the names."""
    longest = max(map(len, classes), default=1)
    room = max(2, LETTERS // (2 + longest))
    if longest > 2 and room < len(classes) <= MOST_TURNED:
        return list(range(len(classes))), True
    return list(range(0, len(classes), -(-len(classes) // room) or 1)), False


def bar_columns(run: SampleView) -> dict[str, list[float]]:
    """Return one bar per output; the one chosen is drawn full.

    The spikes of a single output represent the second of its two classes. Of a regression, bars are
    decoded values, as of layers that take turns, whose outputs only listen.
    """
    if run.targets is not None:
        tops = [float(value) for value in run.outputs]
        return {"x": list(range(len(tops))), "top": tops, "alpha": [1.0] * len(tops)}
    counts = run.output_counts
    classes = range(len(run.classes) - len(counts), len(run.classes))
    return {
        "x": list(classes),
        "top": [float(count) for count in counts],
        "alpha": [1.0 if i == run.choice else 0.45 for i in classes],
    }


def mark_columns(run: SampleView) -> dict[str, list[object]]:
    """Return where the words "true" and "ANN" stand, in two rows above the bars."""
    if run.targets is not None:
        return _value_marks(run)
    top = max(1.0, float(run.output_counts.max(initial=0)))
    marks = [
        (run.analog_choice, 1.05 * top, "ANN", ANALOG),
        (run.true_class, 1.31 * top, "true", TRUE_CLASS),
    ]
    shown = [mark for mark in marks if mark[0] >= 0]
    names = ("x", "y", "text", "colour")
    columns: dict[str, list[object]] = {
        name: [mark[i] for mark in shown] for i, name in enumerate(names)
    }
    columns["align"] = [_alignment(mark[0], len(run.classes)) for mark in shown]
    return columns


def _value_marks(run: SampleView) -> dict[str, list[object]]:
    """Return the words beside the bars of a regression, where there is room for them."""
    assert run.analog_outputs is not None and run.targets is not None
    shown = range(len(run.targets)) if len(run.targets) <= MOST_MARKED else range(0)
    marks = [
        (place + side * BAR_EDGE, float(values[place]), text, colour, align)
        for place in shown
        for values, text, colour, side, align in (
            (run.analog_outputs, "ANN", ANALOG, -1, "right"),
            (run.targets, "true", TRUE_CLASS, 1, "left"),
        )
    ]
    names = ("x", "y", "text", "colour", "align")
    return {name: [mark[i] for mark in marks] for i, name in enumerate(names)}


def level_columns(run: SampleView) -> dict[str, list[object]]:
    """Return the lines across the bars of a regression: what the ANN gives, and what is true."""
    if run.targets is None or run.analog_outputs is None:
        return {"left": [], "right": [], "y": [], "colour": []}
    places = [float(place) for place in range(len(run.targets))]
    return {
        "left": [place - BAR_EDGE for place in places * 2],
        "right": [place + BAR_EDGE for place in places * 2],
        "y": [*run.analog_outputs.tolist(), *run.targets.tolist()],
        "colour": [ANALOG] * len(places) + [TRUE_CLASS] * len(places),
    }


def bounds(run: SampleView) -> tuple[float, float]:
    """Return the ends of the axis, with room for the words."""
    if run.targets is None:
        top = max(1.0, float(np.max(run.output_counts, initial=0)))
        lowest = float(np.min(run.output_counts, initial=0))
        return 1.1 * lowest, 1.6 * top
    assert run.analog_outputs is not None
    every = np.concatenate([run.outputs, run.analog_outputs, run.targets])
    every = every[np.isfinite(every)]  # what is right may not be known
    low, high = float(np.min(every, initial=0)), float(np.max(every, initial=0))
    room = 0.15 * (high - low) or 1.0
    return low - (room if low < 0 else 0), high + (room if high > 0 else 0)


def _alignment(place: int, count: int) -> str:
    """Side on which a word begins, so that it stays inside the frame."""
    share = (place + 0.5) / count
    return "left" if share < MARGIN else "right" if share > 1 - MARGIN else "center"


class OutputsPlot:
    """The figure and what is needed to bring it up to date.

    Parameters
    ----------
    height : int
        In pixels.
    compact : bool
        Whether names of axes are short or left out, where the title tells them.
    """

    def __init__(self, height: int = 230, *, compact: bool = False):
        self._compact = compact
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
        self.levels = empty("left", "right", "y", "colour")
        self.figure.segment(
            x0="left", x1="right", y0="y", y1="y", source=self.levels, line_color="colour",
            line_width=3,
        )  # fmt: skip
        self.words: Any = self.figure.text(
            x="x", y="y", text="text", source=self.marks, text_color="colour", text_align="align",
            text_font_size="13px", text_font_style="bold", text_baseline="bottom",
        ).glyph  # fmt: skip
        self.figure.xgrid.visible = False
        self._name_axes(SPIKES, "class")
        self.figure.yaxis.ticker.desired_num_ticks = 4
        self._classes: tuple[str, ...] = ()

    def _name_axes(self, beside: tuple[str, str], below: str) -> None:
        self.figure.yaxis.axis_label = beside[self._compact]
        self.figure.xaxis.axis_label = None if self._compact else below

    def update(self, run: SampleView) -> None:
        """Show a run, or a part of one."""
        self.bars.data = bar_columns(run)
        self.marks.data = mark_columns(run)
        self.levels.data = level_columns(run)
        set_range(self.figure.y_range, *bounds(run))
        regression = run.targets is not None
        self.words.text_baseline = "middle" if regression else "bottom"
        decoded = regression or not run.output_spikes
        words = ("decoded value", "value") if decoded else SPIKES
        self._name_axes(words, "output" if regression else "class")
        classes = tuple(map(str, range(len(run.outputs)))) if regression else run.classes
        if classes != self._classes:
            self._classes = classes
            room = 1.1 if regression and len(classes) <= MOST_MARKED else 0.6
            set_range(self.figure.x_range, -room, len(classes) - 1 + room)
            places, turned = named_classes(classes)
            names = [classes[place] for place in places]
            if turned:
                names = [shortened(name, LONGEST_TURNED) for name in names]
            axis: Any = self.figure.xaxis[0]
            axis.major_label_orientation = math.pi / 4 if turned else "horizontal"
            name_ticks(axis, names, [float(place) for place in places])


def outputs(
    run: RunLike,
    sample: int = 0,
    *,
    labels: ArrayLike | None = None,
    targets: ArrayLike | None = None,
    ann: Network | None = None,
    classes: Sequence[str] | None = None,
) -> Any:
    """Draw the output spikes of one sample, a bar per class; of a regression, its values.

    Parameters
    ----------
    run : Run
    sample : int
    labels : array_like, shape (samples,), optional
        Classes of the run's samples; the true one is marked.
    targets : array_like, shape (samples, outputs), optional
        Of a regression, with `ann`: decoded values beside the analog network's and the true ones.
    ann : Network, optional
        The analog network, whose choice is marked.
    classes : sequence of str, optional
        Names of the classes.

    Returns
    -------
    bokeh.plotting.figure

    Raises
    ------
    DataError
        If there is no such sample, or labels, targets or names do not fit.
    """
    run = checked_run(run)
    recording = run.recording
    wanted = None
    if targets is not None:
        if ann is None:
            raise DataError(
                "targets need ann, the analog network, whose outputs are shown beside them."
            )
        wanted = target_values(targets, recording.samples, recording.network.classes)
    view = sample_view(run, sample, (), labels=labels, targets=wanted, ann=ann, classes=classes)
    plot = OutputsPlot(300)
    plot.update(view)
    if wanted is not None:
        return titled(plot.figure, f"Outputs of sample {sample}")
    if view.output_spikes and not view.output_counts.any():
        Remark(plot.figure).show("no output spikes")
    what = "Output spikes" if view.output_spikes else "Outputs"
    says = "undecided" if view.choice < 0 else f"SNN says {view.classes[view.choice]}"
    return titled(plot.figure, f"{what} of sample {sample}: {says}")
