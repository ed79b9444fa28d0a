"""Accuracy against energy: a point for the present settings, and the way it took."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import pandas as pd
from bokeh.models import FixedTicker, NumeralTickFormatter

from workbench.plot.palette import ANALOG, OUTPUT
from workbench.plot.style import TEXT, axis_range, empty, make_figure, set_range
from workbench.ui.binding import Context
from workbench.ui.plots.card import Card
from workbench.ui.session.results import Accuracy
from workbench.ui.session.state import State

REMEMBERED = 40
"""Results whose points stay."""

HEIGHT = 230

TICKS = [factor * 10.0**power for power in range(-4, 5) for factor in (1, 2, 5)]
"""Of the energy: a range of less than a power of ten has some, too."""


@dataclass(frozen=True)
class Result:
    """What some settings came to.

    Parameters
    ----------
    energy : float
        Of the shown sample with memory, in energies of a quantized ANN.
    snn, ann : float
        Shares of test samples that are classified rightly.
    steps : int
    """

    energy: float
    snn: float
    ann: float
    steps: int


class TradeoffCard(Card):
    """How much accuracy the settings buy, and for how much energy."""

    page = "tuning"
    name = "tradeoff"
    title = "Accuracy against energy"
    tables = ("results",)
    reads = ("accuracy", "sample_run", "loaded")
    place = 10
    wide = True
    height = HEIGHT

    def __init__(self, context: Context):
        super().__init__(context)
        self.results: deque[Result] = deque(maxlen=REMEMBERED)
        self._of: object = None
        self.figure = make_figure(
            height=self.height, tools="", name="tradeoff", x_axis_type="log",
            x_range=axis_range(0.1, 10), y_range=axis_range(0, 1.03),
        )  # fmt: skip
        self.figure.xaxis.axis_label = "energy, relative to a quantized ANN (log)"
        self.figure.xaxis.ticker = FixedTicker(ticks=TICKS)
        self.figure.yaxis.axis_label = "share of test samples"
        self.figure.yaxis.formatter = NumeralTickFormatter(format="0%")
        self.figure.xaxis.formatter = NumeralTickFormatter(format="0.[0000]")
        self.analog = empty("x", "y")
        self.figure.line(
            "x", "y", source=self.analog, line_color=ANALOG, line_width=2, line_dash="dashed",
            legend_label="ANN",
        )  # fmt: skip
        self.way, self.now = empty("x", "y"), empty("x", "y")
        self.way.name, self.now.name = "tradeoff", "tradeoff-now"
        self.figure.line("x", "y", source=self.way, line_color=OUTPUT, line_width=1.5, alpha=0.35)
        self.figure.scatter("x", "y", source=self.way, size=6, color=OUTPUT, alpha=0.35)
        self.figure.scatter(
            "x", "y", source=self.now, size=16, color=OUTPUT, legend_label="SNN with these settings"
        )
        legend = self.figure.legend[0]
        legend.location, legend.label_text_font_size = "bottom_right", TEXT
        legend.border_line_color, legend.background_fill_alpha = None, 0.6
        legend.visible = False  # until there is a line

    def show(self) -> None:
        state = self.context.state
        if state.loaded is not self._of:
            self._of = state.loaded
            self.results.clear()
        result = result_of(state)
        if result is not None and (not self.results or self.results[-1] != result):
            self.results.append(result)
        table = self._table()
        self.way.data = {"x": table["energy_ratio"].to_numpy(), "y": table["snn"].to_numpy()}
        last = table.tail(1)
        self.now.data = {"x": last["energy_ratio"].to_numpy(), "y": last["snn"].to_numpy()}
        self.figure.legend[0].visible = bool(self.results)
        if not self.results:
            self.analog.data = {"x": [], "y": []}
            return
        low, high = table["energy_ratio"].min(), table["energy_ratio"].max()
        # A factor of two beside the points: a first point stands in the middle.
        ends = np.array([min(0.5, low / 2), max(2.0, high * 2)])
        set_range(self.figure.x_range, *map(float, ends))
        floor = max(0.0, float(min(table["snn"].min(), table["ann"].min())) - 0.05)
        set_range(self.figure.y_range, floor, 1 + 0.03 * (1 - floor))  # below the next tick
        self.analog.data = {"x": ends, "y": np.full(2, self.results[-1].ann)}

    def _table(self) -> pd.DataFrame:
        rows = [(each.steps, each.energy, each.snn, each.ann) for each in self.results]
        return pd.DataFrame(rows, columns=["steps", "energy_ratio", "snn", "ann"])

    def summary(self, state: State) -> str:
        if not self.results:
            dataset = None if state.loaded is None else state.loaded.dataset
            if dataset is not None and not isinstance(state.accuracy, Accuracy | None):
                return "The network gives values, whose error the figures above show: no accuracy."
            if dataset is not None and dataset.y_test is None:
                return "The samples have no labels: no accuracy."
            return "No accuracy is measured yet."
        last = self.results[-1]
        return (
            f"{100 * last.snn:.1f} % of test samples are right, for {last.energy:.3g} times the "
            f"energy of a quantized ANN, which has {100 * last.ann:.1f} %."
        )

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        return self._table() if self.results else None

    def is_old(self, state: State) -> bool:
        return state.outdated


def result_of(state: State) -> Result | None:
    """Return what the shown run came to; None while it goes on, and where nothing is measured."""
    run, accuracy = state.sample_run, state.accuracy
    if not isinstance(accuracy, Accuracy) or run is None or run.operations is None:
        return None
    # What is open may be newer than what ran.
    if state.loaded is None or run.setup is None or run.setup.analog is not state.loaded.network:
        return None
    if accuracy.asked is not run.asked or accuracy.steps_done < accuracy.steps:
        return None
    energy, ann = run.operations[["energy_memory_pj", "energy_ann_pj"]].sum()
    if not ann > 0:
        return None
    return Result(float(energy / ann), float(accuracy.snn[-1]), float(accuracy.ann), run.steps)
