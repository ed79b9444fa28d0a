"""What all plots share: size of text, quiet tools, units of the axes.

Bokeh's models are `Any` here: its own type hints refuse much that its properties accept.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from bokeh.core.properties import value
from bokeh.models import (
    AllLabels,
    BasicTickFormatter,
    ColumnDataSource,
    FixedTicker,
    NoOverlap,
    Plot,
    Range1d,
    Row,
)
from bokeh.models.annotations import Legend, LegendItem, Span, Title
from bokeh.plotting import figure

from workbench.errors import SettingsError
from workbench.plot.clock import UNITS
from workbench.plot.palette import ANALOG

TEXT = "13px"
TOOLS = "pan,box_zoom,reset,save"


def make_figure(*, height: int, tools: str = TOOLS, **options: Any) -> Any:
    """Return an empty figure that follows its pane's width and takes its colours."""
    plot = figure(
        height=height,
        tools=tools,
        toolbar_location="right" if tools else None,
        sizing_mode="stretch_width",
        min_border=4,
        title_location=None,
        # The card behind is the ground: a canvas painted over in another theme's colour keeps a
        # line of the former one along its edges.
        border_fill_color=None,
        background_fill_color=None,
        **options,
    )
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    for axis in (*plot.xaxis, *plot.yaxis):
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_font_size = TEXT
        axis.major_label_text_font_size = "12px"
        axis.axis_line_alpha = 0.4
        if isinstance(axis.formatter, BasicTickFormatter):
            axis.formatter.use_scientific = False  # "100000" is read at a glance, "1.000e+5" not
        axis.minor_tick_line_color = None
        axis.major_tick_in = 0
        axis.major_tick_out = 4
    for axis in plot.xaxis:  # a narrow page has room for some numbers, not for all of them
        axis.major_label_policy = NoOverlap()
    plot.outline_line_alpha = 0.0
    plot.xgrid.grid_line_alpha = 0.5
    plot.ygrid.grid_line_alpha = 0.5
    return plot


def with_time_cursor(plot: Any) -> Any:
    """Ask a page to show the time that it plays as a line over a figure; return the figure.

    The Span marks the figure, and is not seen itself: see `time_lines.js`.
    """
    cursor: Any = Span(
        location=0, dimension="height", name="time_cursor", level="overlay", visible=False,
        line_color=ANALOG, line_width=2,
    )  # fmt: skip
    plot.add_layout(cursor)
    return plot


def titled(plot: Any, title: str, remark: str = "") -> Any:
    """Give a figure that stands alone a title, and maybe a remark below it; return the figure."""
    plot.title_location = "above"
    plot.title.update(text=title, text_font_size="14px", text_font_style="bold")
    if remark:
        note: Any = Title(text=remark, text_font_size="12px", text_font_style="normal")
        plot.add_layout(note, "above")
        plot.above = [item for item in plot.above if item is not note] + [note]
    return plot


def counted(count: int, what: str) -> str:
    """A number of things: "1 step", "2,000 steps"."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def side_by_side(plots: list[Any], least: int = 280) -> Any:
    """Stand figures beside each other, as many in a row as the page has room for.

    Parameters
    ----------
    plots : list of figure
    least : int
        Width in pixels below which a figure moves to the next row.
    """
    columns = f"repeat(auto-fit, minmax(min({least}px, 100%), 1fr))"
    return Row(
        children=plots,
        sizing_mode="stretch_width",
        styles={"display": "grid", "grid-template-columns": columns, "gap": "8px"},
    )


def plots_of(model: Any) -> list[Any]:
    """Return the figures of a layout in their order; of a figure, itself."""
    if isinstance(model, Plot):
        return [model]
    return [plot for child in getattr(model, "children", ()) for plot in plots_of(child)]


def legend_beside(plot: Any, renderer: Any, names: list[str]) -> None:
    """Name the lines of one renderer to the right of a plot, those that there is room for.

    Parameters
    ----------
    plot : figure
    renderer : GlyphRenderer
        With a line per row of its source.
    names : list of str
        In the order of the rows.
    """
    items = [
        LegendItem(label=name, renderers=[renderer], index=index)
        for index, name in enumerate(names[:MOST_IN_LEGEND])
    ]
    legend: Any = Legend(
        items=items, label_text_font_size="12px", border_line_color=None, spacing=0,
        background_fill_color=None, label_height=16, glyph_height=14, margin=0,
    )  # fmt: skip
    legend.padding = 2
    plot.add_layout(legend, "right")


MOST_IN_LEGEND = 16
"""Lines that a legend names; more would be longer than the plot."""


class Remark:
    """Words in the middle of a plot that has nothing else to show.

    Parameters
    ----------
    plot : figure
        With ranges that are set.
    """

    def __init__(self, plot: Any):
        self._plot = plot
        self.source = empty("x", "y", "text")
        plot.text(
            x="x", y="y", text="text", source=self.source, text_color=ANALOG, text_font_size=TEXT,
            text_align="center", text_baseline="middle",
        )  # fmt: skip

    def show(self, text: str) -> None:
        """Show words, or nothing for ""."""
        ranges = self._plot.x_range, self._plot.y_range
        x, y = ((shown.start + shown.end) / 2 for shown in ranges)
        place = {"x": [x], "y": [y], "text": [text]}
        self.source.data = place if text else {"x": [], "y": [], "text": []}


def checked_units(units: str) -> str:
    """Return units of time as they are.

    Raises
    ------
    SettingsError
        If they are none.
    """
    if units not in UNITS:
        raise SettingsError(f"units is {units!r}; accepted: {', '.join(UNITS)}.")
    return units


def hide_line(plot: Any, name: str) -> None:
    """Take a line out of a plot and its legend, where there is nothing to show for it."""
    legend = plot.legend[0]
    for item in [item for item in legend.items if item.label == value(name)]:
        for renderer in item.renderers:
            renderer.visible = False
        legend.items = [other for other in legend.items if other is not item]


def axis_range(start: float, end: float) -> Any:
    """Return a range of an axis."""
    return Range1d(start=start, end=end)


def set_range(shown: Any, start: float, end: float) -> None:
    """Show a range, and return to it on reset; nothing is sent when it is shown already."""
    shown.update(start=start, end=end, reset_start=start, reset_end=end)


FEW_POINTS = 3
"""Fewer than these are drawn as dots, too."""

LINE_POINTS = 1000


def thinned(steps: int) -> np.ndarray:
    """Return which of `steps` values a line shows: a screen is no wider, the last always."""
    every = -(-steps // LINE_POINTS) or 1
    return np.arange(steps - 1, -1, -every)[::-1]


def name_ticks(axis: Any, names: list[str], places: list[float]) -> None:
    """Put names in place of numbers; all of them are shown."""
    axis.major_label_policy = AllLabels()
    axis.ticker = FixedTicker(ticks=places)
    axis.major_label_overrides = dict(zip(places, names, strict=True))


def shortened(name: str, letters: int) -> str:
    """A name that fits; what tells layers apart is often at its end."""
    if len(name) <= letters:
        return name
    head = letters // 2 - 1
    return f"{name[:head]}…{name[head + 1 - letters :]}"


def short_names(names: Iterable[str], letters: int) -> dict[str, str]:
    """Return names that fit and differ: those that would look alike leave out how they begin."""
    short = {name: shortened(name, letters) for name in names}
    alike: dict[str, list[str]] = {}
    for name, text in short.items():
        alike.setdefault(text, []).append(name)
    for group in alike.values():
        if len(group) == 1:
            continue
        letters_of = enumerate(zip(*group, strict=False))  # names may be of any length
        begin = next((place for place, each in letters_of if len(set(each)) > 1), 0)
        for name in group:
            end = name[begin:]
            short[name] = f"…{end}" if len(end) < letters else f"…{end[: letters - 2]}…"
    return short


def empty(*columns: str) -> Any:
    """Return a source without rows."""
    return ColumnDataSource(data={name: [] for name in columns})
