"""What drove one neuron: its inputs by what each added to the membrane potential."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.plot.palette import LAYERS, THRESHOLD
from workbench.plot.style import (
    Remark,
    axis_range,
    empty,
    make_figure,
    name_ticks,
    shortened,
)

MOST = 12
"""Inputs that are drawn: the strongest of either sign."""

LONGEST_NAME = 14
"""Letters of a source's name that leave room for the bars."""


def inputs_figure(table: pd.DataFrame, height: int = 300) -> Any:
    """Draw the strongest inputs of a neuron, the strongest on top.

    Parameters
    ----------
    table : DataFrame
        source, unit, spikes (NaN for a constant current) and contribution_thresholds; the
        strongest first.
    height : int
        In pixels.
    """
    shown = table.head(MOST)
    values = shown["contribution_thresholds"].to_numpy(float)
    low, high = float(values.min(initial=0)), float(values.max(initial=0))
    room = 0.06 * (high - low) or 1.0
    plot = make_figure(
        height=height, tools="", name="inputs", y_range=axis_range(0, max(1, len(shown))),
        x_range=axis_range(low - (room if low < 0 else 0), high + (room if high > 0 else 0)),
    )  # fmt: skip
    places = [len(shown) - 0.5 - i for i in range(len(shown))]
    bars = empty("y", "value", "colour")
    bars.name = "inputs"
    colours = [LAYERS[0] if value >= 0 else THRESHOLD for value in values]
    bars.data = {"y": places, "value": values, "colour": colours}
    plot.hbar(y="y", right="value", height=0.7, source=bars, fill_color="colour", line_color=None)
    names = [
        f"{shortened(str(source), LONGEST_NAME)} {unit:,}" + _spikes(spikes)
        for source, unit, spikes in zip(
            shown["source"], shown["unit"], shown["spikes"], strict=True
        )
    ]
    name_ticks(plot.yaxis[0], names, places)
    plot.yaxis.major_tick_line_color = None
    plot.ygrid.visible = False
    plot.xaxis.axis_label = "weight × spikes (thresholds)"
    plot.xaxis.ticker.desired_num_ticks = 4
    if not np.any(values):
        Remark(plot).show("no input was active")
    return plot


def _spikes(count: float) -> str:
    return "" if np.isnan(count) else f" · {count:,.0f}×"
