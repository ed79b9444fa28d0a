"""Which classes are taken for which."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import HoverTool, LinearColorMapper, NumeralTickFormatter
from bokeh.models.annotations import ColorBar
from numpy.typing import ArrayLike

from workbench.errors import DataError
from workbench.plot.from_run import RunLike, checked_run
from workbench.plot.palette import AMOUNTS, ANALOG, graded
from workbench.plot.style import axis_range, empty, make_figure, name_ticks, shortened, titled

MOST_NUMBERS = 20
"""Classes up to which every cell holds its number."""

MOST_NAMES = 30
"""Classes that are all named; of more, every second, third, ..."""

LONGEST_NAME = 14
"""Letters of a class's name."""


def confusion(
    run: RunLike | pd.DataFrame,
    labels: ArrayLike | None = None,
    *,
    classes: Sequence[str] | None = None,
) -> Any:
    """Draw, for each true class, how often each class was predicted.

    Parameters
    ----------
    run : Run or DataFrame
        A run, or the table that `Run.confusion` returns.
    labels : array_like, shape (samples,)
        Of the run's samples.
    classes : sequence of str, optional
        Names of the classes.

    Returns
    -------
    bokeh.plotting.figure
        One row per true class; colours are shares of the row.

    Raises
    ------
    DataError
        If labels are missing or do not fit the run.
    """
    if not isinstance(run, pd.DataFrame):
        if labels is None:
            raise DataError("Confusion needs labels; give the class of every sample of the run.")
        run = checked_run(run).confusion(labels, classes=classes)
    drawn = ConfusionPlot(run)
    return titled(drawn.figure, told(run), "Colour: share of the true class")


class ConfusionPlot:
    """The figure, and the source of its cells.

    Parameters
    ----------
    table : DataFrame
        As `Run.confusion` returns it.
    """

    def __init__(self, table: pd.DataFrame):
        count = len(table)
        plot = make_figure(
            height=_height(count), name="confusion", tools="save",
            x_range=axis_range(0, len(table.columns)), y_range=axis_range(0, count),
        )  # fmt: skip
        self.figure = plot
        self.cells = empty(*COLUMNS)
        self.cells.name = "confusion"
        mapper: Any = LinearColorMapper(palette=graded(AMOUNTS), low=0, high=1)
        # Of hundreds of classes, a cell would be smaller than a pixel.
        size = 0.96 if count <= MOST_NAMES else max(1.0, count / 150)
        self.drawn = plot.rect(
            x="x", y="y", width=size, height=size, source=self.cells,
            fill_color={"field": "share", "transform": mapper}, fill_alpha="alpha",
            line_color=ANALOG, line_alpha=0.25 if count <= MOST_NAMES else 0.0,
        )  # fmt: skip
        if count <= MOST_NUMBERS:
            plot.text(
                x="x", y="y", text="text", source=self.cells, text_color="ink",
                text_align="center", text_baseline="middle",
                text_font_size="13px" if count <= 12 else "10px",
            )  # fmt: skip
        hover: Any = HoverTool(
            renderers=[self.drawn],
            tooltips=[
                ("true", "@true"),
                ("predicted", "@predicted"),
                ("samples", "@count (@share{0%})"),
            ],
        )
        plot.add_tools(hover)
        _name_classes(plot, table)
        bar: Any = ColorBar(
            color_mapper=mapper, width=10, formatter=NumeralTickFormatter(format="0%"),
            background_fill_color=None,
        )  # fmt: skip
        plot.add_layout(bar, "right")
        plot.xgrid.visible = plot.ygrid.visible = False
        plot.xaxis.axis_label, plot.yaxis.axis_label = "predicted class", "true class"
        self.names = _names(table)
        self.update(table)

    def fits(self, table: pd.DataFrame) -> bool:
        """Whether a table has the classes that the figure was made for."""
        return _names(table) == self.names

    def update(self, table: pd.DataFrame) -> None:
        """Show another table of the same classes."""
        self.cells.data = cell_columns(table)


def told(table: pd.DataFrame) -> str:
    """Say how many samples are right."""
    right = int(np.trace(table.to_numpy()[:, : len(table)]))
    total = int(table.to_numpy().sum())
    return f"{right:,} of {total:,} samples are right" if total else "No samples"


def _names(table: pd.DataFrame) -> tuple[list[Any], list[Any]]:
    return list(table.index), list(table.columns)


NEVER = 0.1
"""Opacity of cells of pairs that do not occur: the first colour is bright on a dark page."""

COLUMNS = ("x", "y", "share", "alpha", "count", "text", "ink", "true", "predicted", "row", "column")


def cell_columns(table: pd.DataFrame) -> dict[str, Any]:
    """Return a cell for every pair of classes, the first true class on top.

    Of many classes, pairs that do not occur have no cell.
    """
    counts = table.to_numpy()
    total = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(total, 1)
    keep = np.ones(counts.shape, bool)
    if len(table) > MOST_NAMES:
        keep = counts > 0
    row, column = np.nonzero(keep)
    share = shares[row, column]
    return {
        "x": column + 0.5,
        "y": len(table) - row - 0.5,
        "share": share,
        "alpha": [1.0 if n else NEVER for n in counts[row, column]],
        "count": counts[row, column],
        "text": [f"{n:,}" if n else "" for n in counts[row, column]],
        "ink": ["#FFFFFF" if value > 0.45 else "#222222" for value in share],
        "true": [str(table.index[i]) for i in row],
        "predicted": [str(table.columns[i]) for i in column],
        "row": row,
        "column": column,
    }


def _height(classes: int) -> int:
    return int(min(640, max(280, 110 + 26 * classes)))


def _name_classes(plot: Any, table: pd.DataFrame) -> None:
    every = math.ceil(len(table) / MOST_NAMES) or 1
    rows = [shortened(str(name), LONGEST_NAME) for name in table.index[::every]]
    name_ticks(plot.yaxis[0], rows, [len(table) - i - 0.5 for i in range(0, len(table), every)])
    places = list(range(0, len(table), every))
    if len(table.columns) > len(table):  # undecided, the last
        places = [*(i for i in places if i < len(table) - every / 2 or every == 1), len(table)]
    names = [shortened(str(table.columns[i]), LONGEST_NAME) for i in places]
    name_ticks(plot.xaxis[0], names, [i + 0.5 for i in places])
    if max(map(len, names), default=0) > 3 or len(names) > 12:
        plot.xaxis.major_label_orientation = math.pi / 4
    for axis in (plot.xaxis, plot.yaxis):
        axis.major_tick_line_color = None
        axis.axis_line_alpha = 0
