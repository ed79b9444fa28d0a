"""What a sweep found: accuracy against cost, against one axis, or over two axes of the grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from bokeh.models import LinearColorMapper
from bokeh.models.annotations import ColorBar

from workbench.errors import DataError
from workbench.plot.palette import AMOUNTS, LAYERS, graded
from workbench.plot.style import (
    Remark,
    axis_range,
    counted,
    empty,
    make_figure,
    name_ticks,
    shortened,
    titled,
)
from workbench.plot.sweep_front import COSTS, SweepFront
from workbench.plot.sweep_marks import (
    analog_line,
    axis_label,
    hover,
    mark_columns,
    percents,
    samples_told,
    title_of,
)
from workbench.util.pareto import column_of, measure_of

NEEDED = ("steps", "samples", "accuracy", "accuracy_low", "accuracy_high", "ann", "network")

AXES_AT_MOST = 2

MOST_TEXTS = 14
"""Cells in a row up to which each holds its number."""

MOST_NAMED = 24
"""Values of an axis that are all named; of more, every second, third, ..."""

LONGEST_NAME = 14


def sweep(
    table: pd.DataFrame, axes: str | Sequence[str] | None = None, *, cost: str = "steps"
) -> Any:
    """Draw a sweep: the Pareto front, lines of one axis, or a map of two.

    Parameters
    ----------
    table : Sweep or DataFrame
        As `workbench.sweep` returns it.
    axes : str or sequence of str, optional
        One axis of the grid: accuracy against it, with its interval of 95 %. Two: a map, a cell for
        each pair of values. Of points that differ in other axes, the most accurate is drawn. No
        axes, ``()``: the front. By default, the axes that have several values, where they are one
        or two; else the front.
    cost : str
        What the front weighs against accuracy: "steps", "latency", "synops", "spikes" or "energy".

    Returns
    -------
    bokeh.plotting.figure
        Point at a mark or a cell for its settings.

    Raises
    ------
    DataError
        If columns are missing, or an axis or a cost is none of the table's.
    """
    chosen = _axes_of(table, axes, cost)
    if not chosen:
        front = SweepFront(_varied(table), cost)
        front.update(table)
        return front.figure
    table = table.assign(steps=table[column_of(table, "steps")])  # what the figures really take
    rows = table[table["accuracy"].notna()]
    return (_lines if len(chosen) == 1 else _map)(rows, table, *chosen)


def _axes_of(table: Any, axes: str | Sequence[str] | None, cost: str) -> tuple[str, ...]:
    """Check what was given, and return the axes to draw."""
    if not isinstance(table, pd.DataFrame):
        raise DataError(
            f"Expected a table, got a {type(table).__name__}. Accepted: one of wb.sweep, also as "
            "pandas.read_csv reads it."
        )
    if missing := [name for name in NEEDED if name not in table]:
        raise DataError(
            f"The table lacks the columns {', '.join(missing)}; accepted: a table of wb.sweep."
        )
    if cost not in COSTS:
        raise DataError(f"cost is {cost!r}; accepted: {', '.join(map(repr, COSTS))}.")
    if axes is None:
        varied = _varied(table)
        return varied if len(varied) <= AXES_AT_MOST else ()
    chosen = (axes,) if isinstance(axes, str) else tuple(axes)
    unknown = [name for name in chosen if name not in (*_grid_axes(table), "steps")]
    if unknown or len(chosen) > AXES_AT_MOST or len(set(chosen)) < len(chosen):
        raise DataError(
            f"axes is {axes!r}; accepted: up to {AXES_AT_MOST} different axes of the grid, as "
            f"{', '.join(_varied(table)) or 'steps'}."
        )
    return chosen


def _varied(table: pd.DataFrame) -> tuple[str, ...]:
    """Return the axes of the grid that have several values, in the table's order."""
    return tuple(name for name in _grid_axes(table) if len(table[name].drop_duplicates()) > 1)


def _grid_axes(table: pd.DataFrame) -> tuple[str, ...]:
    """Return the axes of the grid."""
    if known := getattr(table, "grid_axes", ()):
        return tuple(known)
    names = list(table.columns)  # of a file, or joined: axes stand before what all tables have
    before = names[: names.index("settings")] if "settings" in names else names[:1]
    return tuple(dict.fromkeys([*before, "steps"]))


def _lines(rows: pd.DataFrame, table: pd.DataFrame, axis: str) -> Any:
    best = _best_of(rows, [axis])
    values = table[axis].drop_duplicates().tolist()
    is_number = pd.api.types.is_numeric_dtype(table[axis])
    places = [float(v) for v in values] if is_number else [float(n) for n in range(len(values))]
    place_of = dict(zip(map(str, values), places, strict=True))
    best = best.assign(place=[place_of[str(value)] for value in best[axis]]).sort_values("place")
    room = (max(places) - min(places)) * 0.05 if is_number else 0.5
    room = room or 0.5
    intervals = best[["accuracy_low", "accuracy_high"]].to_numpy(float)
    plot = make_figure(
        height=340, name="sweep", x_range=axis_range(min(places) - room, max(places) + room),
        y_range=axis_range(*percents(intervals, rows)),
    )  # fmt: skip
    plot.xaxis.axis_label, plot.yaxis.axis_label = axis.replace("_", " "), axis_label(rows)
    if not is_number:
        names = [shortened(str(value), LONGEST_NAME) for value in values]
        name_ticks(plot.xaxis[0], names, places)
    source = empty()
    source.name, source.data = "accuracy", mark_columns(best, (axis, "steps"), best["place"])
    plot.segment(
        x0="x", x1="x", y0="low", y1="high", source=source, line_color=LAYERS[0], line_width=2,
        line_alpha=0.5,
    )  # fmt: skip
    if is_number:
        plot.line("x", "y", source=source, line_color=LAYERS[0], line_width=2)
    marks = plot.scatter("x", "y", source=source, size=7, color=LAYERS[0])
    analog_line(plot, rows)
    hover(plot, [marks], (axis, "steps"), measure_of(rows))
    more = " Best of other axes." if len(best) < len(rows) else ""
    remark = f"{samples_told(rows)}. Bars: 95 % interval.{more}"
    return _finished(
        plot, rows, f"{measure_of(rows)} by {axis.replace('_', ' ')}", remark, dashed=True
    )


def _map(rows: pd.DataFrame, table: pd.DataFrame, across: str, up: str) -> Any:
    best = _best_of(rows, [across, up])
    columns, lines = (table[name].drop_duplicates().tolist() for name in (across, up))
    at = [{str(value): n + 0.5 for n, value in enumerate(each)} for each in (columns, lines)]
    plot = make_figure(
        height=min(640, 130 + 32 * max(3, len(lines))), name="sweep", tools="save",
        x_range=axis_range(0, len(columns)), y_range=axis_range(0, len(lines)),
    )  # fmt: skip
    accuracies = 100 * best["accuracy"].to_numpy(float)
    low, high = (accuracies.min(), accuracies.max()) if len(best) else (0.0, 100.0)
    if high <= low:  # all cells are equal: no colours beyond 100 %
        low = high - 1
    mapper: Any = LinearColorMapper(palette=graded(AMOUNTS), low=low, high=high)
    source = empty()
    source.name = "cells"
    source.data = {
        **mark_columns(best, (across, up), [at[0][str(value)] for value in best[across]]),
        "row": [at[1][str(value)] for value in best[up]],
        "text": [f"{value:.1f}" for value in accuracies],
        "ink": ["#FFFFFF" if v > (low + high) / 2 else "#1A1A1A" for v in accuracies],
    }
    cells = plot.rect(
        x="x", y="row", width=0.97, height=0.94, source=source, line_color=None,
        fill_color={"field": "y", "transform": mapper},
    )  # fmt: skip
    if len(columns) <= MOST_TEXTS:
        plot.text(
            x="x", y="row", text="text", source=source, text_color="ink", text_align="center",
            text_baseline="middle", text_font_size="12px",
        )  # fmt: skip
    for axis, name, values in ((plot.xaxis[0], across, columns), (plot.yaxis[0], up, lines)):
        every = -(-len(values) // MOST_NAMED)
        names = [shortened(str(value), LONGEST_NAME) for value in values[::every]]
        name_ticks(axis, names, [n + 0.5 for n in range(0, len(values), every)])
        axis.axis_label = name.replace("_", " ")
    plot.xgrid.visible = plot.ygrid.visible = False
    hover(plot, [cells], (across, up), measure_of(rows))
    bar: Any = ColorBar(color_mapper=mapper, width=10, background_fill_color=None)
    plot.add_layout(bar, "right")
    lacking = len(columns) * len(lines) - len(best)
    remark = f"{samples_told(rows)}."
    remark += " Best of other axes." if len(best) < len(rows) else ""
    remark += f" {counted(lacking, 'empty cell')}: not measured." if lacking else ""
    what = f"{measure_of(rows)} (%) by {across.replace('_', ' ')} and {up.replace('_', ' ')}"
    return _finished(plot, rows, what, remark, dashed=False)


def _finished(plot: Any, rows: pd.DataFrame, what: str, remark: str, *, dashed: bool) -> Any:
    if not len(rows):
        Remark(plot).show("nothing was measured")
    return titled(plot, title_of(rows, what, dashed=dashed), remark if len(rows) else "")


def _best_of(rows: pd.DataFrame, axes: list[str]) -> pd.DataFrame:
    """Return the most accurate row of each combination of some axes."""
    order = rows.sort_values(["accuracy", "steps"], ascending=[False, True], kind="stable")
    return order.drop_duplicates(axes).sort_index()
