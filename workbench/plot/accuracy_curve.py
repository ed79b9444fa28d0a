"""Accuracy or error against time, with the analog network's, and the undecided share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from bokeh.core.properties import value
from bokeh.models import BasicTickFormatter, FixedTicker, NumeralTickFormatter
from numpy.typing import ArrayLike

from workbench.errors import DataError
from workbench.network.graph import Network
from workbench.plot.clock import Clock
from workbench.plot.error_curve import ErrorCurve, curve_of, error_columns, top_of
from workbench.plot.from_run import RunLike, checked_run, checked_table
from workbench.plot.palette import ANALOG, OUTPUT, UNDECIDED
from workbench.plot.style import (
    FEW_POINTS,
    TEXT,
    Remark,
    axis_range,
    checked_units,
    counted,
    empty,
    hide_line,
    make_figure,
    set_range,
    thinned,
    titled,
    with_time_cursor,
)


@dataclass(frozen=True, eq=False)
class AccuracyCurve:
    """Shares of samples after each step of a run.

    Parameters
    ----------
    snn, undecided : ndarray of float64, shape (steps done,)
        Share of samples classified rightly; share without any output spike.
    ann : float
        Share the analog network classifies rightly.
    samples : int
    steps : int
        Of the whole run.
    dt_ms : float
    at_steps : ndarray of int, shape (steps done,), optional
        Steps, from 1, that the shares belong to; every one by default.
    windows : int
        Of a run in continuous time; 0 where time is in steps.
    """

    snn: np.ndarray
    undecided: np.ndarray
    ann: float
    samples: int
    steps: int
    dt_ms: float
    at_steps: np.ndarray | None = None
    windows: int = 0

    @property
    def clock(self) -> Clock:
        """What a step is."""
        return Clock(self.dt_ms, self.windows)


def accuracy_columns(result: AccuracyCurve, units: str = "steps") -> dict[str, np.ndarray]:
    """Return columns `x`, `snn` and `undecided`: a row a step, or fewer for a long run."""
    shown = thinned(len(result.snn))
    steps = shown + 1.0 if result.at_steps is None else result.at_steps[shown]
    x = steps * result.clock.scale(units)
    return {"x": x, "snn": result.snn[shown], "undecided": result.undecided[shown]}


class AccuracyPlot:
    """The figure and what is needed to bring it up to date.

    Parameters
    ----------
    height : int
        In pixels.
    compact : bool
        Whether names of axes are short, and the unit of time stands beside a number of its axis.
    """

    def __init__(self, height: int = 230, *, compact: bool = False):
        self._compact = compact
        self.figure = make_figure(
            height=height, tools="", x_range=axis_range(0, 101), y_range=axis_range(0, 1.03),
            name="accuracy",
        )  # fmt: skip
        with_time_cursor(self.figure)
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
        self._words = Remark(self.figure)
        self.remark = self._words.source
        legend = self.figure.legend[0]
        legend.location = "right"
        legend.label_text_font_size = TEXT
        legend.border_line_color = None
        legend.background_fill_alpha = 0.6
        legend.padding, legend.spacing, legend.label_height = 4, 0, 15
        self._shares, self._numbers = NumeralTickFormatter(format="0%"), BasicTickFormatter()
        self.figure.yaxis.formatter = self._shares
        self.clear()

    def update(self, result: AccuracyCurve | ErrorCurve, units: str = "steps") -> None:
        """Show a result, or a part of one."""
        scale = result.clock.scale(units)
        end = (result.steps + 1) * scale
        if isinstance(result, ErrorCurve):
            columns, ann, top = error_columns(result, units), result.ann_mse, top_of(result)
            self._name("R² = 0", self._numbers)
            label = "error" if self._compact else "mean squared error"
        else:
            columns, ann, top = accuracy_columns(result, units), result.ann, 1.03
            self._name("undecided", self._shares)
            label = "share" if self._compact else f"share of {counted(result.samples, 'sample')}"
        self.curve.data = columns
        few = slice(None) if len(columns["x"]) < FEW_POINTS else slice(0)
        self.dots.data = {name: values[few] for name, values in columns.items()}
        self._words.show("")
        legend = self.figure.legend[0]
        legend.visible = True
        # Where the curve is not: it ends on the right.
        ends_high = len(columns["snn"]) > 0 and columns["snn"][-1] > top / 2
        location = "right" if ends_high else "top_right"
        if legend.location != location:
            legend.location = location
        # Few ticks: the panel may be narrow.
        ticks = sorted({0, result.steps // 2, result.steps})
        places = [round(scale * tick, 6) for tick in ticks]
        self.figure.xaxis.ticker = FixedTicker(ticks=places)
        if self._compact:
            middle = places[len(places) // 2]
            self.figure.xaxis.major_label_overrides = {
                middle: f"{middle:,g} {result.clock.unit(units)}"
            }
        self.analog.data = {"x": np.array([0.0, end]), "y": np.full(2, ann)}
        set_range(self.figure.x_range, 0, end)
        set_range(self.figure.y_range, 0, top)
        self.figure.xaxis.axis_label = None if self._compact else result.clock.label(units)
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
        self.figure.yaxis.axis_label = "share" if self._compact else "share of samples"
        self._words.show(remark)


def accuracy(
    run: RunLike | pd.DataFrame,
    labels: ArrayLike | None = None,
    ann: float | Network = float("nan"),
    *,
    k: int = 1,
    units: str = "steps",
) -> Any:
    """Draw accuracy against time, with the analog network's and the undecided share.

    Parameters
    ----------
    run : Run or DataFrame
        A run, or the table that `Run.accuracy` returns.
    labels : array_like, shape (samples,)
        Of the run's samples.
    ann : float or Network
        The analog network, or its accuracy.
    k : int
        A sample counts as right where its class is among the k largest outputs.
    units : "steps" or "ms"
        Of time; a table has no milliseconds.

    Returns
    -------
    bokeh.plotting.figure

    Raises
    ------
    DataError
        If labels are missing or do not fit the run.
    """
    curve = _curve_of(run, labels, ann, k)
    plot = AccuracyPlot(300)
    plot.update(curve, checked_units(units))
    if not curve.samples:
        plot.figure.yaxis.axis_label = "share of samples"
    if np.isnan(curve.ann):
        hide_line(plot.figure, "ANN")
    of = "" if k == 1 else f" among the first {k} classes"
    last = f" after {curve.clock.lasts(curve.steps)}: {curve.snn[-1]:.1%}" if len(curve.snn) else ""
    return titled(plot.figure, f"Accuracy{of}{last}")


def _curve_of(
    run: RunLike | pd.DataFrame, labels: ArrayLike | None, ann: float | Network, k: int
) -> AccuracyCurve:
    samples, clock = 0, Clock()
    if isinstance(run, pd.DataFrame):
        table = checked_table(run, ("snn", "undecided"), "run.accuracy(labels)")
    else:
        run = checked_run(run)
        if labels is None:
            raise DataError("Accuracy needs labels; give the class of every sample of the run.")
        table = run.accuracy(labels, ann, k)
        samples, clock = run.recording.samples, Clock.of(run.recording)
    known = table["ann"] if "ann" in table and len(table) else [float("nan")]
    steps = table.index.to_numpy()
    return AccuracyCurve(
        snn=table["snn"].to_numpy(float),
        undecided=table["undecided"].to_numpy(float),
        ann=float(np.asarray(known)[-1]),
        samples=samples,
        steps=int(steps[-1]) if len(steps) else 1,
        dt_ms=clock.dt_ms,
        at_steps=steps,
        windows=clock.windows,
    )


def error(
    run: RunLike | pd.DataFrame,
    targets: ArrayLike | None = None,
    ann: Network | None = None,
    *,
    units: str = "steps",
) -> Any:
    """Draw the mean squared error of a regression against time.

    Parameters
    ----------
    run : Run or DataFrame
        A run, or the table that `Run.error` returns.
    targets : array_like, shape (samples,) or (samples, outputs)
        Of the run's samples.
    ann : Network, optional
        The analog network, whose error is a dashed line.
    units : "steps" or "ms"

    Returns
    -------
    bokeh.plotting.figure

    Raises
    ------
    DataError
        If targets are missing or do not fit the run.
    """
    samples, clock, spread = 0, Clock(), float("nan")
    if isinstance(run, pd.DataFrame):
        table = checked_table(run, ("mse", "r2"), "run.error(targets)")
    else:
        run = checked_run(run)
        if targets is None:
            raise DataError("The error needs targets; give the values that outputs should have.")
        table = run.error(targets, ann)
        samples, clock = run.recording.samples, Clock.of(run.recording)
        rows = np.asarray(targets, float).reshape(samples, -1)
        spread = float(rows.var(axis=0).mean())
    curve = curve_of(table, spread=spread, samples=samples, clock=clock)
    plot = AccuracyPlot(300)
    plot.update(curve, checked_units(units))
    if np.isnan(curve.ann_mse):
        hide_line(plot.figure, "ANN")
    if np.isnan(spread):
        hide_line(plot.figure, "R² = 0")
    return titled(plot.figure, f"Error after {curve.clock.lasts(curve.steps)}: {curve.mse[-1]:.3g}")
