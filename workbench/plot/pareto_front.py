"""Accuracy that methods lose against what they cost, joined over the number of time steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import CustomJSTickFormatter, FixedTicker
from bokeh.models.annotations import Span

from workbench.errors import DataError
from workbench.plot.operation_curves import SHORT
from workbench.plot.palette import ANALOG, LAYERS
from workbench.plot.style import Remark, axis_range, counted, empty, make_figure, titled
from workbench.util.pareto import undominated

COSTS = {
    "synops": "synaptic operations per sample",
    "spikes_per_neuron": "spikes per neuron and sample",
    "energy_memory_nj": "energy per sample, with memory (nJ)",
    "energy_compute_nj": "energy per sample, arithmetic alone (nJ)",
    "steps": "time steps",
}
"""What can stand on the horizontal axis: columns of the table."""

LEAST = 0.05
"""Points of the lowest place: one of 2,000 samples; what loses less, or wins, stands there, too."""

MOST = 50.0
"""Points up to which all marks are in view; dearer ones than these are, too."""

ROOM = 1.5
"""Factor of the cost that is left free on either side."""

NEAR = 0.035
"""Labels of marks that are nearer than this share of both axes would lie on each other."""

TICKS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
MARKERS = (
    "circle", "square", "triangle", "diamond", "inverted_triangle", "hex", "star", "cross", "x",
    "plus", "square_pin",
)  # fmt: skip
"""Of the methods in turn, so that colours alone do not tell them apart."""

NEEDED = ("network", "method", "steps", "loss", "ann", "samples")


def pareto(table: pd.DataFrame, network: str | None = None, *, cost: str = "synops") -> Any:
    """Draw accuracy that is lost against cost: a mark for each number of steps of each method.

    Parameters
    ----------
    table : DataFrame
        As ``snn-workbench bench --accuracy`` writes it: a row per method and number of steps, with
        the loss in percentage points below the analog network.
    network : str, optional
        Whose rows are drawn; not needed where the table has one network.
    cost : str
        Column of the horizontal axis: "synops", "spikes_per_neuron", "energy_memory_nj",
        "energy_compute_nj" or "steps".

    Returns
    -------
    bokeh.plotting.figure
        With two logarithmic axes. The band joins the points that no other one beats in both:
        the Pareto front.

    Raises
    ------
    DataError
        If columns are missing, or the table has no such network.
    """
    rows = _rows_of(table, network, cost)
    shown = rows[np.isfinite(rows["loss"]) & (rows[cost] > 0)]
    useful = shown[shown["loss"] <= MOST]  # runs that are far too short would take most of the room
    useful = useful if len(useful) else shown
    low, high = (useful[cost].min(), useful[cost].max()) if len(shown) else (1.0, 10.0)
    macs = rows["macs"].dropna().max() if cost == "synops" and "macs" in rows else float("nan")
    if macs == macs:
        low, high = min(low, macs), max(high, macs)
    plot = make_figure(
        height=440, name="pareto", x_axis_type="log", y_axis_type="log",
        x_range=axis_range(low / ROOM, high * ROOM), y_range=axis_range(0.8 * LEAST, 130.0),
    )  # fmt: skip
    plot.xaxis.axis_label, plot.yaxis.axis_label = COSTS[cost], "accuracy lost (points)"
    plot.xaxis.formatter = CustomJSTickFormatter(code=SHORT)
    plot.yaxis.ticker = FixedTicker(ticks=list(TICKS))
    plot.yaxis.major_label_overrides = {LEAST: f"≤ {LEAST:g}", **{t: f"{t:g}" for t in TICKS[1:]}}
    _front(plot, shown, cost)
    if macs == macs:
        plot.add_layout(
            Span(location=macs, dimension="height", line_color=ANALOG, line_dash="dashed")
        )
    for number, (method, own) in enumerate(shown.groupby("method", sort=False)):
        _method(plot, str(method), own.sort_values("steps"), cost, number)
    _steps(plot, shown, cost)
    name = rows["network"].iloc[0]
    if not len(shown):
        Remark(plot).show("nothing was measured")
        return titled(plot, f"{name}: accuracy and cost")
    plot.add_layout(plot.legend[0], "below")
    plot.legend[0].update(
        ncols=2, border_line_color=None, background_fill_color=None, label_text_font_size="12px",
        label_height=16, glyph_height=16, spacing=6, padding=2, margin=0, location="center",
    )  # fmt: skip
    ann, samples = rows["ann"].iloc[0], int(rows["samples"].max())
    told = f"{counted(samples, 'test sample')}. Numbers: time steps. Band: Pareto front."
    if macs == macs:
        told += f" Dashed: {macs / 1e6:,.2f} M MACs of the ANN."
    return titled(plot, f"{name}: accuracy lost by conversion (ANN {100 * ann:.2f} %)", told)


def _rows_of(table: pd.DataFrame, network: str | None, cost: str) -> pd.DataFrame:
    if cost not in COSTS:
        raise DataError(f"cost is {cost!r}; accepted: {', '.join(COSTS)}.")
    if not isinstance(table, pd.DataFrame):
        raise DataError(
            f"Expected a table, got a {type(table).__name__}. Accepted: one of snn-workbench bench "
            "--accuracy, as pandas.read_csv reads it."
        )
    missing = [name for name in (*NEEDED, cost) if name not in table]
    if missing:
        raise DataError(
            f"The table lacks the columns {', '.join(missing)}; accepted: a table of "
            "snn-workbench bench --accuracy, as pandas.read_csv reads it."
        )
    names = list(table["network"].unique())
    if network is None and len(names) != 1:
        raise DataError(
            f"The table has {len(names)} networks; give the network to draw: {', '.join(names)}."
        )
    if network is not None and network not in names:
        raise DataError(f"The table has no network {network!r}; it has {', '.join(names)}.")
    return table if network is None else table[table["network"] == network]


def _front(plot: Any, shown: pd.DataFrame, cost: str) -> None:
    losses = np.maximum(shown["loss"].to_numpy(float), LEAST)
    costs = shown[cost].to_numpy(float)
    chosen = undominated(costs, losses)
    band = empty("x", "y")
    band.name = "front"
    band.data = {"x": costs[chosen], "y": losses[chosen]}
    plot.line(
        "x", "y", source=band, line_color=ANALOG, line_alpha=0.3, line_width=12,
        line_join="round", line_cap="round",
    )  # fmt: skip


def _method(plot: Any, method: str, rows: pd.DataFrame, cost: str, number: int) -> None:
    colour = LAYERS[number % len(LAYERS)]
    source = empty("x", "y", "steps", "loss")
    source.name = method
    losses = rows["loss"].to_numpy(float)
    source.data = {
        "x": rows[cost].to_numpy(float),
        "y": np.maximum(losses, LEAST),
        "steps": rows["steps"].to_numpy(int),
        "loss": losses,
    }
    # Colours come again after the last one; the dashes then tell methods apart.
    dash = "solid" if number < len(LAYERS) else "dashed"
    plot.line(
        "x", "y", source=source, line_color=colour, line_width=1.5, line_dash=dash,
        legend_label=method,
    )  # fmt: skip
    plot.scatter(
        "x", "y", source=source, size=9, color=colour, marker=MARKERS[number % len(MARKERS)],
        legend_label=method,
    )  # fmt: skip


def _steps(plot: Any, shown: pd.DataFrame, cost: str) -> None:
    """Write the steps beside the marks, where there is room, those of few steps first."""
    ends = np.log([plot.x_range.end / plot.x_range.start, plot.y_range.end / plot.y_range.start])
    kept: list[np.ndarray] = []
    texts: list[str] = []
    for _, row in shown.sort_values("steps").iterrows():
        place = np.array([row[cost], max(row["loss"], LEAST)])
        apart = [(np.abs(np.log(place / other)) > NEAR * ends).any() for other in kept]
        if all(apart):
            kept.append(place)
            texts.append(str(row["steps"]))
    labels = empty("x", "y", "text")
    labels.name = "steps"
    x, y = np.array(kept).reshape(-1, 2).T
    labels.data = {"x": x, "y": y, "text": texts}
    plot.text(
        "x", "y", text="text", source=labels, text_color=ANALOG, text_font_size="11px",
        x_offset=6, y_offset=-5,
    )  # fmt: skip
