"""A pinned run in the plots: behind the one that is shown, its raster beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bokeh.layouts import column
from bokeh.models.annotations import LegendItem, Title

from workbench.plot.accuracy_curve import accuracy_columns
from workbench.plot.error_curve import error_columns
from workbench.plot.output_bars import bar_columns, bounds
from workbench.plot.rate_curves import RatesPlot, rate_lines
from workbench.plot.spike_raster import RasterPlot
from workbench.plot.style import empty, set_range
from workbench.ui.session.comparison import Difference, setting_differences
from workbench.ui.session.results import Accuracy, Errors, Pinned, SampleRun

GREY = "#8c8c8c"
"""Of a pinned run; seen on white and on black."""


class PinnedCurve:
    """The accuracy, or the error, of a pinned run over time."""

    def __init__(self, figure: Any):
        self.source = empty("x", "snn")
        line = figure.line(
            "x", "snn", source=self.source, line_color=GREY, line_width=3, level="underlay"
        )
        self._named: Any = LegendItem(label="pinned", renderers=[line], visible=False)
        figure.legend[0].items = [*figure.legend[0].items, self._named]

    def show(self, pinned: Pinned | None, shown: Accuracy | Errors | None, units: str) -> None:
        """Draw the pinned curve where it is on the same axis as the one that is shown."""
        kept = None if pinned is None else pinned.accuracy
        columns: dict[str, Any] = {"x": [], "snn": []}
        if isinstance(kept, Accuracy) and isinstance(shown, Accuracy):
            columns = accuracy_columns(kept, units)
        elif isinstance(kept, Errors) and isinstance(shown, Errors):
            columns = error_columns(kept, units)
        self.source.data = {"x": columns["x"], "snn": columns["snn"]}
        self._named.visible = len(columns["x"]) > 0


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


class PinnedActivity:
    """Raster and rates of a pinned run beside those of the one that is shown.

    Time is one axis for both, and so are the rates; so are the rows of the rasters where both runs
    have the same layers.

    Parameters
    ----------
    raster, rates
        The plots of the run that is shown.

    Attributes
    ----------
    seen : bool
        Whether there is something to compare.
    """

    def __init__(self, raster: RasterPlot, rates: RatesPlot):
        self._shown = raster.figure
        x_range = self._shown.x_range
        self.raster = RasterPlot(self._shown.height, own_axis=False, x_range=x_range)
        self.rates = RatesPlot(rates.figure.height, x_range, compact=True)
        self.rates.figure.y_range = rates.figure.y_range
        self._rows = self.raster.figure.y_range
        self._heights = rates.figure.height
        self._drawn: tuple[Any, ...] = (None,)
        for each in (self.raster.points, self.raster.image, self.raster.picked, self.rates.lines):
            each.name = f"pinned_{each.name}"
        self.seen = False
        self.figure = column(*self.plots, sizing_mode="stretch_width", spacing=0)
        self._titles = [_title_of(plot) for plot in (self._shown, self.raster.figure)]

    @property
    def plots(self) -> tuple[Any, Any]:
        """Both figures."""
        return self.raster.figure, self.rates.figure

    def show(self, pinned: Pinned | None, run: SampleRun, units: str, until: float) -> bool:
        """Show a pinned run, unless it is the one that is shown; return whether it drew it anew."""
        kept = None if pinned is None else pinned.run
        seen = kept is not None and kept is not run and kept.asked is not run.asked
        if self.seen != seen:
            self.seen = seen
            for title in self._titles:
                title.visible = seen
        if kept is None or pinned is None or not seen:
            return False
        for title, text in zip(self._titles, _told(setting_differences(pinned, run)), strict=True):
            if title.text != text:
                title.text = text
        alike = kept.layers == run.layers and kept.sizes == run.sizes
        drawn = (kept.spikes, units, until, alike)
        if self._drawn[0] is drawn[0] and self._drawn[1:] == drawn[1:]:
            return False
        self._drawn = drawn
        rows = self._shown.y_range if alike else self._rows
        if self.raster.figure.y_range is not rows:
            self.raster.figure.y_range = rows
        self.raster.update(kept, kept.colours, units, until=until)
        self.rates.update(kept, kept.colours, units, until=until)
        return True

    def focus(self, layer: str) -> None:
        """Show one layer alone, or all of them for a name that none has."""
        self.raster.focus(layer)
        self.rates.focus(layer)

    def refine(self) -> None:
        """Draw the part of the raster that is in view."""
        self.raster.refine()

    def stretch(self, taller: float) -> None:
        """Make the plots so many times as high."""
        self.raster.stretch(taller)
        self.rates.figure.height = round(taller * self._heights)


MOST_TOLD = 2
"""Differences that a title has room for."""


def _title_of(plot: Any) -> Any:
    """A title that takes no room until it is shown."""
    title: Any = Title(
        text="", text_font_size="12px", text_font_style="bold", visible=False, standoff=2
    )
    plot.add_layout(title, "above")
    return title


def _told(differences: Sequence[Difference]) -> tuple[str, str]:
    """Titles of the run that is shown and of the pinned one: in what they differ."""
    more = len(differences) - MOST_TOLD
    end = f" and {more} more" if more > 0 else ""
    told = differences[:MOST_TOLD]
    now = ", ".join(f"{each.name} {each.now}" for each in told) + end
    before = ", ".join(f"{each.name} {each.pinned}" for each in told) + end
    return (f"Now: {now}", f"Pinned: {before}") if told else ("Now", "Pinned")
