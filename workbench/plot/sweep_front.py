"""Accuracy of a sweep's points against what they cost, with the Pareto front, while they come."""

from __future__ import annotations

import pandas as pd
from bokeh.models import CustomJSTickFormatter, FixedTicker

from workbench.plot.operation_curves import SHORT
from workbench.plot.palette import LAYERS, OUTPUT
from workbench.plot.style import (
    Remark,
    axis_range,
    counted,
    empty,
    make_figure,
    set_range,
    titled,
)
from workbench.plot.sweep_marks import (
    analog_line,
    axis_label,
    has_accuracy,
    hints,
    hover,
    mark_columns,
    percents,
    samples_told,
    title_of,
)
from workbench.util.pareto import ACCURACY, column_of, measure_of, undominated

COSTS = {
    "steps": "time steps",
    "latency": "time steps until accuracy stays",
    "synops": "synaptic operations per sample",
    "spikes": "spikes per sample",
    "energy": "energy per sample, with memory (pJ)",
}
"""What can stand on the horizontal axis: columns of the table."""

SHOWN = 0.15
"""Accuracy below the best one that is in view; runs that are far too short are below it."""

HEIGHT = 400

TICKS = [factor * 10.0**power for power in range(16) for factor in (1, 2, 5)]
"""Of the cost: a range of less than a power of ten has some, too."""


class SweepFront:
    """A mark for each point; the front joins those that no other one beats.

    Parameters
    ----------
    names : tuple of str
        Axes that a mark tells when it is pointed at.
    cost : str
        Column of the horizontal axis.

    Attributes
    ----------
    figure : bokeh.plotting.figure
    drawn : list of GlyphRenderer
        All points, and those of the front. The column "point" of their sources holds the label of
        each one's row.
    """

    def __init__(self, names: tuple[str, ...], cost: str):
        self.names, self.cost = names, cost
        self.figure = plot = make_figure(
            height=HEIGHT, name="sweep", x_axis_type="log", x_range=axis_range(1.0, 10.0),
            y_range=axis_range(0.0, 105.0),
        )  # fmt: skip
        plot.xaxis.axis_label = COSTS[cost]
        plot.xaxis.formatter = CustomJSTickFormatter(code=SHORT)
        plot.xaxis.ticker = FixedTicker(ticks=TICKS)
        self.points, self.front = empty("x", "y"), empty("x", "y")
        self.points.name, self.front.name = "points", "front"
        dots = plot.scatter("x", "y", source=self.points, size=6, color=LAYERS[0], alpha=0.45)
        plot.step("x", "y", source=self.front, mode="after", line_color=OUTPUT, line_width=1.5)
        best = plot.scatter("x", "y", source=self.front, size=9, color=OUTPUT)
        self.drawn = [dots, best]
        self._analog = analog_line(plot)
        self._hover = hover(plot, self.drawn, names, ACCURACY)
        self._nothing = Remark(plot)
        titled(plot, "Sweep", " ")
        self._remark = plot.above[-1]

    def update(self, table: pd.DataFrame) -> None:
        """Show the points that have figures.

        Parameters
        ----------
        table : DataFrame
            As of `workbench.sweep`.
        """
        table = table.assign(steps=table[column_of(table, "steps")])  # what figures really take
        rows = table[table["accuracy"].notna()]
        shown = rows[rows[self.cost].notna() & (rows[self.cost].astype(float) > 0)]
        costs, accuracies = shown[self.cost].to_numpy(float), shown["accuracy"].to_numpy(float)
        near = accuracies >= accuracies.max(initial=0.0) - SHOWN
        low, high = (costs[near].min(), costs[near].max()) if len(shown) else (1.0, 10.0)
        set_range(self.figure.x_range, float(low / 1.3), float(high * 1.3))
        set_range(self.figure.y_range, *percents(accuracies[near], rows))
        chosen = undominated(costs, -accuracies)
        self.points.data = mark_columns(shown, self.names, costs)
        self.front.data = mark_columns(shown.iloc[chosen], self.names, costs[chosen])
        measure = measure_of(rows)
        self.figure.yaxis.axis_label = axis_label(rows)
        self._hover.tooltips = hints(self.names, measure)
        self._analog.visible = has_accuracy(rows)
        if len(rows):
            self._analog.location = 100 * float(rows["ann"].iloc[0])
        self._nothing.show("" if len(shown) else "nothing was measured")
        what = f"{measure} and {COSTS[self.cost].partition(',')[0]}"
        self.figure.title.text = title_of(rows, what, dashed=True)
        points = f"{counted(len(rows), 'point')} on {samples_told(rows)}. Orange: Pareto front."
        below = int((~near[chosen]).sum())
        if below:
            points += f" {counted(below, 'point')} of it below the view: drag to see."
        self._remark.text = points if len(rows) else ""
