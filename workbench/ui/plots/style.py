"""What all plots share: size of text, quiet tools, units of the axes.

Bokeh's models are `Any` here: its own type hints refuse much that its properties accept.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from bokeh.models import BasicTickFormatter, ColumnDataSource, FixedTicker, Range1d
from bokeh.plotting import figure

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
    plot.outline_line_alpha = 0.0
    plot.xgrid.grid_line_alpha = 0.5
    plot.ygrid.grid_line_alpha = 0.5
    return plot


def time_label(units: str) -> str:
    """Name of the time axis."""
    return "time (ms)" if units == "ms" else "time (steps)"


def rate_label(units: str) -> str:
    """Name of an axis of firing rates."""
    return "rate (Hz)" if units == "ms" else "rate (spikes/step)"


def time_scale(units: str, dt_ms: float) -> float:
    """Length of a step on the time axis."""
    return dt_ms if units == "ms" else 1.0


def rate_scale(units: str, dt_ms: float) -> float:
    """What one spike per step is on the rate axis."""
    return 1000.0 / dt_ms if units == "ms" else 1.0


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
    """Put names in place of numbers."""
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
