"""How well spike rates represent the analog activations, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from workbench.network.graph import Network
from workbench.plot.from_run import RunLike, checked_run, sample_view
from workbench.plot.sample_view import SampleView
from workbench.plot.style import (
    axis_range,
    empty,
    make_figure,
    name_ticks,
    set_range,
    short_names,
    titled,
)


def correlation_columns(run: SampleView, colours: Mapping[str, str]) -> dict[str, list[Any]]:
    """Return a bar a layer, the first on top; a layer that never varies has no bar, but a dash."""
    layers = [name for name in run.layers if name in run.correlations]
    values = [run.correlations[name] for name in layers]
    known = [0.0 if math.isnan(value) else value for value in values]
    return {
        "name": list(layers),
        "y": [len(layers) - 0.5 - i for i in range(len(layers))],
        "value": known,
        "label": ["–" if math.isnan(value) else f"{value:.3f}" for value in values],
        "label_x": [max(0.0, value) for value in known],
        "colour": [colours[name] for name in layers],
    }


LONGEST_NAME = 12
"""Letters of a layer's name that leave room for the bars."""

BAR_HEIGHT = 18
"""Pixels that a bar's name takes."""

MOST_NAMES = 20
"""Bars that are all named; of more, every second, third, ..."""

_PANEL, _LETTER, _LABEL = 170, 7, 40  # pixels: a narrow panel, a letter, a bar's number


def range_end(names: list[str]) -> float:
    """Where the axis ends, so that a number has room beyond a whole bar."""
    bars = _PANEL - _LETTER * max(map(len, names), default=0)
    return max(1.5, bars / (bars - _LABEL))


class CorrelationPlot:
    """The figure and what is needed to bring it up to date."""

    def __init__(self, height: int = 230):
        self._height = height
        self.figure = make_figure(
            height=height, tools="", x_range=axis_range(0, 1.5), y_range=axis_range(0, 1),
            name="correlation",
        )  # fmt: skip
        self.bars = empty("name", "y", "value", "label", "label_x", "colour")
        self.bars.name = "correlation"
        self.figure.hbar(
            y="y", right="value", height=0.6, source=self.bars, fill_color="colour", line_color=None
        )
        self.figure.text(
            x="label_x", y="y", text="label", source=self.bars, x_offset=4, text_color="colour",
            text_baseline="middle", text_font_size="13px",
        )  # fmt: skip
        self.figure.ygrid.visible = False
        self.figure.xaxis.ticker = [0, 0.5, 1]
        self.figure.xaxis.axis_label = "correlation"
        self.figure.yaxis.major_tick_line_color = None
        self.figure.yaxis.visible = False  # until there are layers to name
        self._layers: list[str] = []

    def update(self, run: SampleView, colours: Mapping[str, str]) -> None:
        """Show a finished run."""
        columns = correlation_columns(run, colours)
        lowest = min((v for v in columns["value"]), default=0.0)
        every = -(-len(columns["name"]) // MOST_NAMES) or 1
        columns["label"] = [v if i % every == 0 else "" for i, v in enumerate(columns["label"])]
        self.bars.data = columns
        names = list(short_names(columns["name"], LONGEST_NAME).values())
        set_range(self.figure.x_range, min(0.0, lowest), range_end(names))
        if columns["name"] != self._layers:
            self._layers = columns["name"]
            set_range(self.figure.y_range, 0, max(1, len(self._layers)))
            self.figure.yaxis.visible = True
            room = 50 + BAR_HEIGHT * min(len(self._layers), MOST_NAMES)
            self.figure.height = max(self._height, room)
            name_ticks(self.figure.yaxis[0], names[::every], columns["y"][::every])


def correlation(run: RunLike, ann: Network) -> Any:
    """Draw how well each recorded layer's spike rates follow the analog activations.

    Parameters
    ----------
    run : Run
        With recorded layers.
    ann : Network
        The one that was converted.

    Returns
    -------
    bokeh.plotting.figure
        A bar per layer: Pearson correlation over all units and samples.

    Raises
    ------
    DataError, SettingsError
        If the network is another, or no layer was recorded.
    """
    view = sample_view(checked_run(run), 0)
    table = run.correlations(ann)
    known = dict(zip(table["layer"], table["correlation"].astype(float), strict=True))
    view = replace(view, correlations=known)
    plot = CorrelationPlot(220)
    plot.update(view, view.colours)
    return titled(plot.figure, "Correlation of spike rates and ANN activations")
