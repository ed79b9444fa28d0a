"""What a sweep found: accuracy against cost, against one axis, or over two axes of the grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import CustomJSTickFormatter, HoverTool, LinearColorMapper
from bokeh.models.annotations import ColorBar, Span

from workbench.errors import DataError
from workbench.plot.operation_curves import SHORT
from workbench.plot.palette import AMOUNTS, ANALOG, LAYERS, OUTPUT, graded
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
from workbench.util.pareto import column_of, undominated

COSTS = {
    "steps": "time steps",
    "latency": "time steps until accuracy stays",
    "synops": "synaptic operations per sample",
    "spikes": "spikes per sample",
    "energy": "energy per sample, with memory (pJ)",
}
"""What can stand on the horizontal axis: columns of the table."""

NEEDED = ("steps", "samples", "accuracy", "accuracy_low", "accuracy_high", "ann", "network")

AXES_AT_MOST = 2

SHOWN = 0.15
"""Accuracy below the best one that is in view; runs that are far too short are below it."""

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
    table = table.assign(steps=table[column_of(table, "steps")])  # what the figures really take
    rows = table[table["accuracy"].notna()]
    if not chosen:
        return _front(rows, _varied(table), cost)
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


def _front(rows: pd.DataFrame, varied: tuple[str, ...], cost: str) -> Any:
    shown = rows[rows[cost].notna() & (rows[cost].astype(float) > 0)]
    costs, accuracies = shown[cost].to_numpy(float), shown["accuracy"].to_numpy(float)
    chosen = undominated(costs, -accuracies)
    best = accuracies.max(initial=0.0)
    visible = costs[accuracies >= best - SHOWN]
    low, high = (visible.min(), visible.max()) if len(visible) else (1.0, 10.0)
    plot = make_figure(
        height=400, name="sweep", x_axis_type="log", x_range=axis_range(low / 1.3, high * 1.3),
        y_range=_percents(accuracies[accuracies >= best - SHOWN], rows),
    )  # fmt: skip
    plot.xaxis.axis_label, plot.yaxis.axis_label = COSTS[cost], "accuracy (%)"
    plot.xaxis.formatter = CustomJSTickFormatter(code=SHORT)
    source = _source(shown, varied, costs)
    source.name = "points"
    points = plot.scatter("x", "y", source=source, size=6, color=LAYERS[0], alpha=0.45)
    front = _source(shown.iloc[chosen], varied, costs[chosen])
    front.name = "front"
    plot.step("x", "y", source=front, mode="after", line_color=OUTPUT, line_width=1.5)
    best_marks = plot.scatter("x", "y", source=front, size=9, color=OUTPUT)
    _analog(plot, rows)
    _hover(plot, [points, best_marks], varied)
    remark = f"{counted(len(rows), 'point')} on {_samples(rows)}. Orange: Pareto front."
    return _finished(plot, rows, f"accuracy and {COSTS[cost].partition(',')[0]}", remark)


def _lines(rows: pd.DataFrame, table: pd.DataFrame, axis: str) -> Any:
    best = _best_of(rows, [axis])
    values = table[axis].drop_duplicates().tolist()
    is_number = pd.api.types.is_numeric_dtype(table[axis])
    places = [float(v) for v in values] if is_number else [float(n) for n in range(len(values))]
    place_of = dict(zip(map(str, values), places, strict=True))
    best = best.assign(place=[place_of[str(value)] for value in best[axis]]).sort_values("place")
    room = (max(places) - min(places)) * 0.05 if is_number else 0.5
    room = room or 0.5
    plot = make_figure(
        height=340, name="sweep", x_range=axis_range(min(places) - room, max(places) + room),
        y_range=_percents(best[["accuracy_low", "accuracy_high"]].to_numpy(float), rows),
    )  # fmt: skip
    plot.xaxis.axis_label, plot.yaxis.axis_label = axis.replace("_", " "), "accuracy (%)"
    if not is_number:
        names = [shortened(str(value), LONGEST_NAME) for value in values]
        name_ticks(plot.xaxis[0], names, places)
    source = _source(best, (axis, *(() if axis == "steps" else ("steps",))), best["place"])
    source.name = "accuracy"
    plot.segment(
        x0="x", x1="x", y0="low", y1="high", source=source, line_color=LAYERS[0], line_width=2,
        line_alpha=0.5,
    )  # fmt: skip
    if is_number:
        plot.line("x", "y", source=source, line_color=LAYERS[0], line_width=2)
    marks = plot.scatter("x", "y", source=source, size=7, color=LAYERS[0])
    _analog(plot, rows)
    _hover(plot, [marks], (axis, "steps"))
    more = " Best of other axes." if len(best) < len(rows) else ""
    remark = f"{_samples(rows)}. Bars: 95 % interval.{more}"
    return _finished(plot, rows, f"accuracy by {axis.replace('_', ' ')}", remark)


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
    mapper: Any = LinearColorMapper(
        palette=graded(AMOUNTS), low=low, high=high if high > low else low + 1
    )
    source = _source(best, (across, up), [at[0][str(value)] for value in best[across]])
    source.name = "cells"
    source.data["row"] = [at[1][str(value)] for value in best[up]]
    source.data["text"] = [f"{value:.1f}" for value in accuracies]
    source.data["ink"] = ["#FFFFFF" if v > (low + high) / 2 else "#1A1A1A" for v in accuracies]
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
    _hover(plot, [cells], (across, up))
    bar: Any = ColorBar(color_mapper=mapper, width=10, background_fill_color=None)
    plot.add_layout(bar, "right")
    lacking = len(columns) * len(lines) - len(best)
    remark = f"{_samples(rows)}."
    remark += " Best of other axes." if len(best) < len(rows) else ""
    remark += f" {counted(lacking, 'empty cell')}: not measured." if lacking else ""
    what = f"accuracy (%) by {across.replace('_', ' ')} and {up.replace('_', ' ')}"
    return _finished(plot, rows, what, remark)


def _best_of(rows: pd.DataFrame, axes: list[str]) -> pd.DataFrame:
    """Return the most accurate row of each combination of some axes."""
    order = rows.sort_values(["accuracy", "steps"], ascending=[False, True], kind="stable")
    return order.drop_duplicates(axes).sort_index()


def _source(rows: pd.DataFrame, names: tuple[str, ...], x: Any) -> Any:
    """Return marks with what pointing at them tells."""
    source = empty("x", "y")
    names = tuple(dict.fromkeys([*names, "steps"]))
    data = {
        "x": np.asarray(x, float),
        "y": 100 * rows["accuracy"].to_numpy(float),
        "low": 100 * rows["accuracy_low"].to_numpy(float),
        "high": 100 * rows["accuracy_high"].to_numpy(float),
    }
    for name in ("synops", "energy"):
        data[name] = rows[name].to_numpy(float) if name in rows else np.full(len(rows), np.nan)
    source.data = {**data, **{f"axis_{name}": rows[name].astype(str).tolist() for name in names}}
    return source


def _hover(plot: Any, renderers: list[Any], names: tuple[str, ...]) -> None:
    names = tuple(dict.fromkeys([*names, "steps"]))
    told = [(name.replace("_", " "), f"@axis_{name}") for name in names]
    told += [("accuracy", "@y{0.00} % (@low{0.00} to @high{0.00})")]
    told += [("synops", "@synops{0,0}"), ("energy", "@energy{0,0} pJ")]
    tool: Any = HoverTool(renderers=renderers, tooltips=told)
    plot.add_tools(tool)


def _percents(accuracies: np.ndarray, rows: pd.DataFrame) -> Any:
    """Return a range that shows accuracies and the analog network's."""
    known = [*accuracies.ravel(), *rows["ann"].dropna().unique()]
    if not known:
        return axis_range(0.0, 105.0)
    low, high = 100 * min(known), 100 * max(known)
    room = max(0.5, 0.08 * (high - low))
    return axis_range(low - room, high + room)


def _analog(plot: Any, rows: pd.DataFrame) -> None:
    if len(rows):
        height = 100 * float(rows["ann"].iloc[0])
        line: Any = Span(location=height, dimension="width", line_color=ANALOG, line_dash="dashed")
        plot.add_layout(line)


def _samples(rows: pd.DataFrame) -> str:
    if not len(rows):
        return "no samples"
    part = f"{rows['part'].iloc[0]} " if "part" in rows else ""
    return counted(int(rows["samples"].iloc[0]), f"{part}sample")


def _finished(plot: Any, rows: pd.DataFrame, what: str, remark: str) -> Any:
    if not len(rows):
        Remark(plot).show("nothing was measured")
        return titled(plot, f"Sweep: {what}")
    ann = 100 * float(rows["ann"].iloc[0])
    is_drawn = any(isinstance(each, Span) for each in plot.center)
    told = f"({'dashed: ' if is_drawn else ''}ANN {ann:.2f} %)"
    return titled(plot, f"{rows['network'].iloc[0]}: {what} {told}", remark)
