"""What the figures of a sweep share: marks that tell their settings, the ANN's line, titles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import HoverTool
from bokeh.models.annotations import Span

from workbench.plot.palette import ANALOG
from workbench.plot.style import counted
from workbench.util.pareto import ACCURACY, measure_of

MEASURES = ("synops", "energy")


def mark_columns(rows: pd.DataFrame, names: tuple[str, ...], x: Any) -> dict[str, Any]:
    """Return places of marks, with what pointing at them tells, and the labels of their rows."""
    names = tuple(dict.fromkeys([*names, "steps"]))
    data = {"x": np.asarray(x, float), "point": rows.index.to_numpy()}
    for column, name in (("y", ""), ("low", "_low"), ("high", "_high")):
        data[column] = 100 * rows[f"accuracy{name}"].to_numpy(float)
    for name in MEASURES:
        data[name] = rows[name].to_numpy(float) if name in rows else np.full(len(rows), np.nan)
    return {**data, **{f"axis_{name}": rows[name].astype(str).tolist() for name in names}}


def hover(plot: Any, renderers: list[Any], names: tuple[str, ...], measure: str) -> Any:
    """Tell the settings and the figures of a mark that is pointed at; return the tool."""
    tool: Any = HoverTool(renderers=renderers, tooltips=hints(names, measure))
    plot.add_tools(tool)
    return tool


def hints(names: tuple[str, ...], measure: str) -> list[tuple[str, str]]:
    """Return what is told of a mark, each with its column."""
    names = tuple(dict.fromkeys([*names, "steps"]))
    told = [(name.replace("_", " "), f"@axis_{name}") for name in names]
    told += [(measure, "@y{0.00} % (@low{0.00} to @high{0.00})")]
    return [*told, ("synops", "@synops{0,0}"), ("energy", "@energy{0,0} pJ")]


def percents(accuracies: np.ndarray, rows: pd.DataFrame) -> tuple[float, float]:
    """Return the ends of a range that shows accuracies and the analog network's."""
    known = [*accuracies.ravel(), *rows["ann"].dropna().unique()]
    if not known:
        return 0.0, 105.0
    low, high = 100 * float(min(known)), 100 * float(max(known))
    room = max(0.5, 0.08 * (high - low))
    return low - room, high + room


def analog_line(plot: Any, rows: pd.DataFrame | None = None) -> Any:
    """Draw the analog network's accuracy, where labels tell it, and return the line."""
    known = rows is not None and has_accuracy(rows)
    height = 100 * float(rows["ann"].iloc[0]) if known else 0.0  # type: ignore[index]
    line: Any = Span(
        location=height, dimension="width", line_color=ANALOG, line_dash="dashed", visible=known
    )
    plot.add_layout(line)
    return line


def samples_told(rows: pd.DataFrame) -> str:
    """Say on how many samples of which part of the data set points were measured."""
    if not len(rows):
        return "no samples"
    part = f"{rows['part'].iloc[0]} " if "part" in rows else ""
    part = "training " if part == "train " else part
    return counted(int(rows["samples"].iloc[0]), f"{part}sample")


def has_accuracy(rows: pd.DataFrame) -> bool:
    """Whether there are figures, and labels to compare with."""
    return len(rows) > 0 and measure_of(rows) == ACCURACY


def axis_label(rows: pd.DataFrame) -> str:
    """Return what the axis of the measured shares is called."""
    return "accuracy (%)" if measure_of(rows) == ACCURACY else "agreement with the ANN (%)"


def title_of(rows: pd.DataFrame, what: str, *, dashed: bool) -> str:
    """Return the title of a figure; `dashed` says that the ANN's accuracy is a dashed line."""
    if not len(rows):
        return f"Sweep: {what}"
    if not has_accuracy(rows):
        return f"{rows['network'].iloc[0]}: {what} (no labels: share that agrees with the ANN)"
    ann = 100 * float(rows["ann"].iloc[0])
    return f"{rows['network'].iloc[0]}: {what} ({'dashed: ' if dashed else ''}ANN {ann:.2f} %)"
