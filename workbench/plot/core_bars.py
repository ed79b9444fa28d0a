"""How full the cores of a chip are: one row per resource, one bar per core, coloured by layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from bokeh.models import HoverTool
from bokeh.models.annotations import Legend, LegendItem

from workbench.errors import DataError
from workbench.plot.from_run import checked_table
from workbench.plot.palette import ANALOG, layer_colours
from workbench.plot.style import (
    axis_range,
    counted,
    empty,
    make_figure,
    name_ticks,
    set_range,
    titled,
)

ROWS = {
    "compartments": "neurons",
    "synapse_bytes": "synapse memory",
    "input_axons": "input axons",
    "output_axons": "output axons",
}
"""Columns of `workbench.exporters.loihi.resource_map`, top to bottom, and their names."""

FULL = 0.65
"""Height of a bar that takes all of its core, of a row of height 1."""

MOST = 1.4
"""Shares beyond this are cut off: the label of the row and the hovering text have the number."""

NAMED = 10
"""Layers that the legend has room for; of more layers, the hovering text has the names."""


def core_columns(table: pd.DataFrame, colours: Mapping[str, str]) -> dict[str, list[Any]]:
    """Return a bar for each core and resource that has a limit."""
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for row, (held, name) in enumerate(reversed(ROWS.items())):
        shares = table[f"{held}_share"]
        known = table[shares.notna()]
        left = known.index.to_numpy()
        held_there = zip(known[held], shares[known.index], strict=True)
        places = zip(known["core"], known["chip"], strict=True)
        columns["left"] += list(left)
        columns["right"] += list(left + 1)
        columns["bottom"] += [float(row)] * len(known)
        columns["top"] += list(row + FULL * shares[known.index].clip(upper=1))
        columns["over"] += list(row + FULL * shares[known.index].clip(upper=MOST))
        columns["colour"] += [colours.get(layer, ANALOG) for layer in known["layer"]]
        columns["what"] += [name] * len(known)
        columns["layer"] += list(known["layer"])
        columns["core"] += [f"{core} of chip {chip}" for core, chip in places]
        columns["held"] += [f"{value:,} ({share:.0%})" for value, share in held_there]
    return columns


COLUMNS = ("left", "right", "bottom", "top", "over", "colour", "what", "layer", "core", "held")


class CoresPlot:
    """The figure and what is needed to bring it up to date."""

    def __init__(self, height: int = 240):
        self.figure = make_figure(
            height=height, tools="", x_range=axis_range(0, 1),
            y_range=axis_range(0, len(ROWS)), name="cores",
        )  # fmt: skip
        self.bars = empty(*COLUMNS)
        self.bars.name = "cores"
        self._drawn = self.figure.quad(
            left="left", right="right", bottom="bottom", top="top", source=self.bars,
            fill_color="colour", line_color="colour", line_alpha=0.4,
        )  # fmt: skip
        self.figure.quad(  # what is beyond the limit is hatched, so that the limit is seen
            left="left", right="right", bottom="top", top="over", source=self.bars,
            fill_alpha=0, line_color="colour", line_alpha=0.4, hatch_color="colour", hatch_scale=8,
            hatch_pattern="right_diagonal_line", hatch_weight=2,
        )  # fmt: skip
        self.limits = empty("y", "right")
        self.figure.segment(
            x0=0, x1="right", y0="y", y1="y", source=self.limits, line_dash="dashed",
            line_color=ANALOG,
        )  # fmt: skip
        hover: Any = HoverTool(
            tooltips=[("core", "@core"), ("layer", "@layer"), ("@what", "@held of the limit")]
        )
        self.figure.add_tools(hover)
        self.legend: Any = Legend(
            label_text_font_size="12px", border_line_color=None, spacing=0,
            background_fill_color=None, label_height=16, glyph_height=14, margin=10,
        )  # fmt: skip
        self.figure.add_layout(self.legend, "right")
        self.figure.xaxis.axis_label = "core (dashed: what a core can hold)"
        self.figure.xgrid.visible = self.figure.ygrid.visible = False
        self.figure.yaxis.major_tick_line_color = None

    def update(self, table: pd.DataFrame, colours: Mapping[str, str]) -> None:
        """Show the cores of an export."""
        shown = {held: name for held, name in ROWS.items() if table[f"{held}_share"].notna().any()}
        names = list(reversed(ROWS.values()))
        labels = [_label(name, table[f"{held}_share"]) for held, name in reversed(ROWS.items())]
        self.bars.data = core_columns(table, colours)
        layers = self.bars.data["layer"]
        first = {layer: layers.index(layer) for layer in dict.fromkeys(layers)}
        self.legend.items = [
            LegendItem(label=layer, renderers=[self._drawn], index=place)
            for layer, place in first.items()
        ]
        self.legend.visible = len(first) <= NAMED
        rows = [row + FULL for row, name in enumerate(names) if name in shown.values()]
        self.limits.data = {"y": rows, "right": [len(table)] * len(rows)}
        set_range(self.figure.x_range, 0, len(table))
        name_ticks(self.figure.yaxis[0], labels, [row + FULL / 2 for row in range(len(names))])


def _label(name: str, shares: pd.Series) -> str:
    """Return what stands beside a row: the share of the fullest core where it breaks the limit."""
    if shares.isna().all():
        return f"{name}: no limit"
    return f"{name}: {shares.max():.0%}" if shares.max() > 1 else name


def cores(table: pd.DataFrame) -> Any:
    """Draw how full the cores of a chip are.

    Parameters
    ----------
    table : DataFrame
        A row per core, as `workbench.resource_map` returns it.

    Returns
    -------
    bokeh.plotting.figure

    Raises
    ------
    DataError
        If the table is another one.
    """
    shares = [f"{held}_share" for held in ROWS]
    columns = ("chip", "core", "layer", *ROWS, *shares)
    if not isinstance(table, pd.DataFrame):
        raise DataError(
            f"Expected a table, got a {type(table).__name__}. Accepted: what wb.resource_map "
            "returns."
        )
    table = checked_table(table, columns, "wb.resource_map(path)").reset_index(drop=True)
    plot = CoresPlot(300)
    plot.update(table, layer_colours(tuple(dict.fromkeys(table["layer"]))))
    cores_, chips = counted(len(table), "core"), counted(table["chip"].nunique(), "chip")
    return titled(plot.figure, f"How full the cores are: {cores_} of {chips}")
