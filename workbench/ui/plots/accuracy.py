"""Accuracy or error against time, with the analog network's, and the undecided share."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.core.properties import value
from bokeh.models import BasicTickFormatter, FixedTicker, NumeralTickFormatter

from workbench.ui.palette import ANALOG, OUTPUT, UNDECIDED
from workbench.ui.plots.error import error_columns, top_of
from workbench.ui.plots.style import (
    FEW_POINTS,
    TEXT,
    axis_range,
    empty,
    make_figure,
    set_range,
    thinned,
    time_label,
    time_scale,
)
from workbench.ui.session.messages import counted
from workbench.ui.session.results import Accuracy, Errors


def accuracy_columns(result: Accuracy, units: str = "steps") -> dict[str, np.ndarray]:
    """Return columns `x`, `snn` and `undecided`: a row a step, or fewer for a long run."""
    shown = thinned(len(result.snn))
    x = (shown + 1.0) * time_scale(units, result.dt_ms)
    return {"x": x, "snn": result.snn[shown], "undecided": result.undecided[shown]}


class AccuracyPlot:
    """The figure and what is needed to bring it up to date."""

    def __init__(self, height: int = 230):
        self.figure = make_figure(
            height=height, tools="", x_range=axis_range(0, 101), y_range=axis_range(0, 1.03),
            name="accuracy",
        )  # fmt: skip
        self.curve = empty("x", "snn", "undecided")
        self.curve.name = "accuracy"
        self.analog = empty("x", "y")
        self.figure.line(
            "x", "y", source=self.analog, line_color=ANALOG, line_width=2, line_dash="dashed",
            legend_label="ANN",
        )  # fmt: skip
        self.dotted = self.figure.line(
            "x", "undecided", source=self.curve, line_color=UNDECIDED, line_width=2,
            line_dash="dotted", legend_label="undecided",
        )  # fmt: skip
        self.figure.line(
            "x", "snn", source=self.curve, line_color=OUTPUT, line_width=3, legend_label="SNN"
        )
        # A line of one point shows nothing.
        self.dots = empty("x", "snn", "undecided")
        for column, colour in (("undecided", UNDECIDED), ("snn", OUTPUT)):
            self.figure.scatter("x", column, source=self.dots, size=6, color=colour)
        self.remark = empty("x", "y", "text")
        self.figure.text(
            x="x", y="y", text="text", source=self.remark, text_color=UNDECIDED,
            text_align="center", text_font_size=TEXT,
        )  # fmt: skip
        legend = self.figure.legend[0]
        legend.location = "right"
        legend.label_text_font_size = TEXT
        legend.border_line_color = None
        legend.background_fill_alpha = 0.6
        legend.padding, legend.spacing, legend.label_height = 4, 0, 16
        self._shares, self._numbers = NumeralTickFormatter(format="0%"), BasicTickFormatter()
        self.figure.yaxis.formatter = self._shares
        self.clear()

    def update(self, result: Accuracy | Errors, units: str = "steps") -> None:
        """Show a result, or a part of one."""
        scale = time_scale(units, result.dt_ms)
        end = (result.steps + 1) * scale
        if isinstance(result, Errors):
            columns, ann, top = error_columns(result, units), result.ann_mse, top_of(result)
            self._name("R² = 0", self._numbers)
            label = "mean squared error"
        else:
            columns, ann, top = accuracy_columns(result, units), result.ann, 1.03
            self._name("undecided", self._shares)
            label = f"share of {counted(result.samples, 'sample')}"
        self.curve.data = columns
        few = slice(None) if len(columns["x"]) < FEW_POINTS else slice(0)
        self.dots.data = {name: values[few] for name, values in columns.items()}
        self._remark("")
        self.figure.legend[0].visible = True
        # Few ticks: the panel may be narrow.
        ticks = sorted({0, result.steps // 2, result.steps})
        self.figure.xaxis.ticker = FixedTicker(ticks=[round(scale * tick, 6) for tick in ticks])
        self.analog.data = {"x": np.array([0.0, end]), "y": np.full(2, ann)}
        set_range(self.figure.x_range, 0, end)
        set_range(self.figure.y_range, 0, top)
        self.figure.xaxis.axis_label = time_label(units)
        self.figure.yaxis.axis_label = label

    def _name(self, dotted: str, formatter: Any) -> None:
        """Say what the dotted line is, and how numbers are written."""
        item = next(item for item in self.figure.legend[0].items if self.dotted in item.renderers)
        if item.label != value(dotted):
            item.label = value(dotted)
            self.figure.yaxis.formatter = formatter

    def clear(self, remark: str = "") -> None:
        """Show nothing but a remark, as for samples without labels."""
        self.curve.data = {"x": [], "snn": [], "undecided": []}
        self.dots.data = {"x": [], "snn": [], "undecided": []}
        self.analog.data = {"x": [], "y": []}
        self.figure.legend[0].visible = False
        self.figure.yaxis.axis_label = "share of samples"
        self._remark(remark)

    def _remark(self, text: str) -> None:
        shown = self.figure.x_range
        height = self.figure.y_range.end / 2
        place = {"x": [(shown.start + shown.end) / 2], "y": [height], "text": [text]}
        self.remark.data = place if text else {"x": [], "y": [], "text": []}
