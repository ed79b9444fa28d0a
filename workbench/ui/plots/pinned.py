"""A pinned run in the plots: grey, behind the one that is shown."""

from __future__ import annotations

from typing import Any

from workbench.plot.accuracy_curve import accuracy_columns
from workbench.plot.error_curve import error_columns
from workbench.plot.output_bars import bar_columns, bounds
from workbench.plot.rate_curves import rate_lines
from workbench.plot.style import empty, set_range
from workbench.ui.session.results import Accuracy, Errors, Pinned, SampleRun

GREY = "#8c8c8c"
"""Of a pinned run; seen on white and on black."""


class PinnedCurve:
    """The accuracy, or the error, of a pinned run over time."""

    def __init__(self, figure: Any):
        self.source = empty("x", "snn")
        figure.line("x", "snn", source=self.source, line_color=GREY, line_width=3, level="underlay")

    def show(self, pinned: Pinned | None, shown: Accuracy | Errors | None, units: str) -> None:
        """Draw the pinned curve where it is on the same axis as the one that is shown."""
        kept = None if pinned is None else pinned.accuracy
        columns: dict[str, Any] = {"x": [], "snn": []}
        if isinstance(kept, Accuracy) and isinstance(shown, Accuracy):
            columns = accuracy_columns(kept, units)
        elif isinstance(kept, Errors) and isinstance(shown, Errors):
            columns = error_columns(kept, units)
        self.source.data = {"x": columns["x"], "snn": columns["snn"]}


class PinnedBars:
    """The outputs of a pinned run, as frames around the bars."""

    def __init__(self, figure: Any):
        self.figure, self.source = figure, empty("x", "top")
        figure.vbar(
            x="x", top="top", width=0.9, source=self.source, fill_color=GREY, fill_alpha=0.25,
            line_color=GREY, line_width=1.5, level="underlay",
        )  # fmt: skip

    def show(self, pinned: Pinned | None, run: SampleRun) -> None:
        """Draw the pinned outputs if they are those of the same classes."""
        kept = None if pinned is None else pinned.run
        columns: dict[str, Any] = {"x": [], "top": []}
        (low, high) = bounds(run)
        if kept is not None and kept is not run and kept.classes == run.classes:
            columns = bar_columns(kept)
            other = bounds(kept)
            low, high = min(low, other[0]), max(high, other[1])
        self.source.data = {"x": columns["x"], "top": columns["top"]}
        set_range(self.figure.y_range, low, high)


class PinnedRates:
    """The rates of a pinned run, thin and in the colours of the layers."""

    def __init__(self, figure: Any):
        self.figure, self.source = figure, empty("xs", "ys", "colour")
        figure.multi_line(
            "xs", "ys", source=self.source, line_color="colour", line_width=1.5, line_alpha=0.45,
            level="underlay",
        )  # fmt: skip

    def show(self, pinned: Pinned | None, run: SampleRun, units: str) -> None:
        """Draw the pinned rates of the layers that the run shown has, too."""
        kept = None if pinned is None else pinned.run
        data: dict[str, list[Any]] = {"xs": [], "ys": [], "colour": []}
        if kept is not None and kept is not run:
            colours = run.colours
            for name, xs, ys in zip(kept.layers, *rate_lines(kept, units), strict=True):
                if name in colours:
                    data["xs"].append(xs)
                    data["ys"].append(ys)
                    data["colour"].append(colours[name])
            top = max((float(ys.max()) for ys in data["ys"] if len(ys)), default=0.0)
            if 1.08 * top > self.figure.y_range.end:
                set_range(self.figure.y_range, 0, 1.08 * top)
        self.source.data = data
