"""One value in every code: its spikes, what they say so far, and how wrong that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from bokeh.models import HoverTool
from bokeh.models.annotations import Span
from bokeh.models.formatters import NumeralTickFormatter

from workbench.plot.palette import ANALOG, LAYERS, OUTPUT, THRESHOLD
from workbench.plot.style import axis_range, counted, empty, make_figure, name_ticks, set_range
from workbench.teaching.codings import (
    CODINGS,
    LENGTHS,
    CodedValues,
    coded,
    mean_errors,
    table_of_codes,
)
from workbench.teaching.controls import Choice, Control, Number, places
from workbench.teaching.explorer import Explorer, Plot

LONGEST = 40
"""Steps whose single spikes can be told apart."""

FINEST = 1e-3
"""Smallest error that is drawn."""

ARRIVALS = {"even": "evenly", "uneven": "too much first, too little later"}

_TALLEST = 0.46
"""Height of the mark of a spike of size 1, in rows."""


class CodeExplorer(Explorer):
    """Send one value in every code that the workbench has.

    Parameters
    ----------
    **values
        value, steps, coding, arrives.
    """

    title: ClassVar[str] = "One value in every code"
    controls: ClassVar[Mapping[str, Control]] = MappingProxyType(
        {
            "value": Number(
                "Value",
                "What is to be sent, as a fraction of the scale.",
                0.43,
                places(0.0, 1.0, 0.01),
            ),
            "steps": Number(
                "Steps T",
                "Time steps for sending it. With one-shot, phase and first spike, values are "
                "rounded to as many levels.",
                8,
                places(1, LONGEST, 1),
                integer=True,
            ),
            "coding": Choice(
                "Look at",
                "The code whose lines have a colour; the others are gray.",
                "rate",
                {name: coding.label for name, coding in CODINGS.items()},
            ),
            "arrives": Choice(
                "Input arrives",
                "Evenly in all steps; or too much in the first half and too little in the second, "
                "with the same mean. Neurons that listen before they send do not notice.",
                "even",
                ARRIVALS,
            ),
        }
    )

    def make(self) -> Sequence[Plot]:
        """Return trains, a table, values against time, and errors against steps."""
        self._run_for: tuple[float, int, bool] | None = None
        names = [coding.label for coding in CODINGS.values()]
        self._rows = dict(zip(CODINGS, range(len(names) - 1, -1, -1), strict=True))
        self.trains = make_figure(
            height=30 * len(names) + 60, x_range=axis_range(0, 9),
            y_range=axis_range(-0.6, len(names) - 0.4),
        )  # fmt: skip
        self._spikes = empty("x", "low", "high", "colour")
        self.trains.segment(
            x0="x", x1="x", y0="low", y1="high", source=self._spikes, line_color="colour",
            line_width=4,
        )  # fmt: skip
        name_ticks(self.trains.yaxis[0], names[::-1], list(range(len(names))))
        self.trains.xaxis.axis_label = "time (steps)"
        self.trains.yaxis.axis_label = "code"
        self.course = make_figure(
            height=220, x_range=axis_range(0, 9), y_range=axis_range(-0.04, 1.08)
        )
        self._others, self._chosen = empty("xs", "ys", "name"), empty("x", "y")
        self._exact: Any = Span(
            dimension="width", line_color=ANALOG, line_dash="dashed", line_width=2
        )
        self.course.add_layout(self._exact)
        self.course.xaxis.axis_label = "time (steps)"
        self.course.yaxis.axis_label = "value of the spikes so far"
        self.errors = make_figure(
            height=240, x_axis_type="log", y_axis_type="log", x_range=axis_range(0.9, 72),
            y_range=axis_range(FINEST, 0.6),
        )  # fmt: skip
        self._other_errors, self._error = empty("xs", "ys", "name"), empty("x", "y")
        self.errors.xaxis.axis_label = "steps T"
        self.errors.yaxis.axis_label = "mean error"
        self.errors.xaxis.ticker = list(LENGTHS)
        self.errors.yaxis.ticker = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]
        self.errors.yaxis.formatter = NumeralTickFormatter(format="0.[000]")
        for plot, others, one in (
            (self.course, self._others, self._chosen),
            (self.errors, self._other_errors, self._error),
        ):
            gray = plot.multi_line("xs", "ys", source=others, line_color=ANALOG, line_alpha=0.6)
            plot.add_tools(HoverTool(renderers=[gray], tooltips=[("code", "@name")]))
            plot.line("x", "y", source=one, line_color=OUTPUT, line_width=2.5)
            plot.scatter("x", "y", source=one, size=5, color=OUTPUT)
        return (
            Plot("Spikes: one row per code", self.trains),
            Plot("What they cost, and what they say", None),
            Plot("Value of the spikes so far; dashed: what was to be sent", self.course),
            Plot("Mean error over all values from 0 to 1, for runs of other lengths", self.errors),
        )

    def show(self) -> Sequence[str]:
        """Simulate a neuron for each code."""
        value, steps = float(self.values["value"]), int(self.values["steps"])
        uneven, looked = self.values["arrives"] == "uneven", str(self.values["coding"])
        if self._run_for != (value, steps, uneven):  # to look at another code needs no new run
            self._run_for = value, steps, uneven
            self._sent = {
                name: coded(name, np.array([value]), steps, uneven=uneven) for name in CODINGS
            }
        sent = self._sent
        self._show_trains(sent, steps, looked)
        time = np.arange(1, steps + 1)
        self._chosen.data = {"x": time, "y": sent[looked].so_far[0]}
        others = [each.so_far[0] for name, each in sent.items() if name != looked]
        names = [coding.label for name, coding in CODINGS.items() if name != looked]
        self._others.data = {"xs": [time] * len(others), "ys": others, "name": names}
        self._exact.location = value
        set_range(self.course.x_range, 0.5, steps + 0.5)
        errors = {
            name: np.maximum(mean_errors(name, uneven and coding.feels_order), FINEST)
            for name, coding in CODINGS.items()
        }
        lengths = np.array(LENGTHS)
        self._error.data = {"x": lengths, "y": errors.pop(looked)}
        self._other_errors.data = {
            "xs": [lengths] * len(errors), "ys": list(errors.values()), "name": names
        }  # fmt: skip
        coding, said = CODINGS[looked], sent[looked].so_far[0, -1]
        return (
            "The longest marks of a row are its largest spikes; red marks, downwards, are "
            "negative. With phase and first spike, the neuron has listened for a window before: "
            "time begins when it sends.",
            _table(sent, value, looked),
            f"{coding.label[0].upper()}{coding.label[1:]}, after {counted(steps, 'step')}: "
            f"<b>{said:.3f}</b> instead of {value:g}. The value is in {coding.meaning}.",
            f"Both axes are logarithmic: twice the steps, half the error is a straight line. "
            f"Errors below {FINEST:g} are drawn as {FINEST:g}.",
        )

    def _show_trains(self, sent: Mapping[str, CodedValues], steps: int, looked: str) -> None:
        columns: dict[str, list[Any]] = {name: [] for name in ("x", "low", "high", "colour")}
        for name, each in sent.items():
            row, payload = self._rows[name], each.spikes["payload"].to_numpy(float)
            size = payload / max(1.0, float(np.abs(payload).max(initial=0)))
            columns["x"] += each.spikes["time"].tolist()
            columns["low"] += [row] * len(size)
            columns["high"] += (row + _TALLEST * size).tolist()
            colour = OUTPUT if name == looked else LAYERS[0]
            columns["colour"] += [THRESHOLD if one < 0 else colour for one in payload]
        self._spikes.data = columns
        set_range(self.trains.x_range, 0.5, steps + 0.5)


def _table(sent: Mapping[str, CodedValues], value: float, looked: str) -> str:
    rows = {}
    for name, each in sent.items():
        said = float(each.so_far[0, -1])
        error = round(said - value, 3) + 0  # no -0.000
        rows[name] = (f"{len(each.spikes)}", f"{said:.3f}", f"{error:+.3f}")
    return table_of_codes(("spikes", "value", "error"), rows, looked)
