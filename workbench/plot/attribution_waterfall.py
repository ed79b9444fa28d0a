"""Where accuracy is lost: a waterfall from the analog network's to the spiking one's."""

from __future__ import annotations

from typing import Any

import pandas as pd
from bokeh.models import HoverTool
from bokeh.models.annotations import Legend, LegendItem, Span

from workbench.errors import DataError
from workbench.plot.from_run import checked_table
from workbench.plot.palette import ANALOG, OUTPUT
from workbench.plot.style import (
    axis_range,
    empty,
    make_figure,
    name_ticks,
    set_range,
    short_names,
    titled,
)

CAUSES = {
    "encoding": "#8C8C8C",
    "rounding": "#A9794B",
    "calibration": "#7F7FD5",
    "clipping": "#2A82C9",
    "quantization": "#E0A100",
    "unevenness": "#E0561B",
    "pooling": "#12A579",
    "readout": "#C779B5",
}
"""Columns of `wb.attribute` that add up to a layer's points, in order, each with its colour."""

ROW_HEIGHT, FRAME = 32, 64  # pixels: a layer, and all else
LONGEST_NAME = 14
NOTHING = 1e-9
"""Changes up to this are errors of rounding sums."""

COLUMNS = ("left", "right", "bottom", "top", "colour", "layer", "cause", "change", "after")


def waterfall_columns(table: pd.DataFrame) -> dict[str, list[Any]]:
    """Return a bar for every cause that changes the score, each from where the last one ended.

    Parameters
    ----------
    table : DataFrame
        As `wb.attribute` returns it.
    """
    bars: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    score, is_error = float(table.attrs["ann"]), table.attrs["unit"] == "mse"
    for row, record in enumerate(table.to_dict("records")):
        changes = {cause: float(record[cause]) for cause in CAUSES}
        changes = {cause: value for cause, value in changes.items() if abs(value) > NOTHING}
        bottom = len(table) - row - 0.1
        for cause, change in changes.items():
            thickness = 0.8 / len(changes)
            values = {
                "left": score,
                "right": score + change,
                "bottom": bottom - thickness,
                "top": bottom,
                "colour": CAUSES[cause],
                "layer": record["layer"],
                "cause": cause,
                "change": f"{change:+.3g}" if is_error else f"{change:+.2f} points",
                "after": f"{score + change:.4g}" if is_error else f"{score + change:.2f} %",
            }
            for name, value in values.items():
                bars[name].append(value)
            score, bottom = score + change, bottom - thickness
    return bars


class WaterfallPlot:
    """The figure and what is needed to bring it up to date."""

    def __init__(self) -> None:
        self.figure = make_figure(
            height=240, tools="", x_range=axis_range(0, 100), y_range=axis_range(0, 1),
            name="attribution",
        )  # fmt: skip
        self.bars = empty(*COLUMNS)
        self.bars.name = "attribution"
        self.quads = self.figure.quad(
            left="left", right="right", bottom="bottom", top="top", source=self.bars,
            fill_color="colour", line_color="colour", line_width=2,
        )  # fmt: skip
        self.totals = empty("x", "y", "text")
        self.totals.name = "totals"
        self.figure.text(
            x="x", y="y", text="text", source=self.totals, x_offset=6, text_baseline="middle",
            text_font_size="13px", text_color=ANALOG,
        )  # fmt: skip
        self.ann: Any = Span(dimension="height", line_color=ANALOG, line_dash="dashed")
        self.snn: Any = Span(dimension="height", line_color=OUTPUT, line_dash="dashed")
        for line in (self.ann, self.snn):
            line.visible = False
            self.figure.add_layout(line)
        hover: Any = HoverTool(
            tooltips=[
                ("layer", "@layer"), ("cause", "@cause"), ("change", "@change"),
                ("then", "@after"),
            ]
        )  # fmt: skip
        self.figure.add_tools(hover)
        self.figure.ygrid.visible = False
        self.figure.yaxis.major_tick_line_color = None
        self.figure.yaxis.visible = False  # until there are layers to name

    def update(self, table: pd.DataFrame) -> None:
        """Show a table as `wb.attribute` returns it."""
        is_error = table.attrs["unit"] == "mse"
        ann, snn = float(table.attrs["ann"]), float(table.attrs["snn"])
        bars = waterfall_columns(table)
        names = [str(name) for name in table["layer"]]
        places = [len(names) - row - 0.5 for row in range(len(names))]
        ends = [ann, snn, *bars["left"], *bars["right"]]
        low, high = min(ends), max(ends)
        if high - low <= NOTHING:  # nothing is lost: an axis that could show it
            least = 0.1 * high if is_error and high > 0 else 1.0
            low = max(0.0, high - least)
            high = max(high, low + least)
        width = high - low or 1.0
        # Room for the sums, which stand to the right of the farthest bar of their row.
        set_range(self.figure.x_range, low - 0.05 * width, high + 0.2 * width)
        set_range(self.figure.y_range, 0, len(names))
        self.figure.xaxis.bounds = (low - 0.05 * width, high)  # no shares above 100 %
        right, reached = [], ann
        for name in names:
            edges = [
                edge
                for layer, *both in zip(bars["layer"], bars["left"], bars["right"], strict=True)
                if layer == name
                for edge in both
            ]
            right.append(max([reached, *edges]))
            reached = edges[-1] if edges else reached
        sums = [float(value) for value in table["points"]]
        self.totals.data = {
            "x": right,
            "y": places,
            "text": [_shown(value, is_error) for value in sums],
        }
        self.bars.data = bars
        for line, value in ((self.ann, ann), (self.snn, snn)):
            line.location, line.visible = value, True
        name_ticks(self.figure.yaxis[0], list(short_names(names, LONGEST_NAME).values()), places)
        self.figure.yaxis.visible = True
        what = "mean squared error" if is_error else "accuracy (%)"
        self.figure.xaxis.axis_label = f"{what}; dashed: ANN gray, SNN red"
        self.figure.height = FRAME + ROW_HEIGHT * len(names)


def _shown(value: float, is_error: bool) -> str:
    if abs(value) <= NOTHING:
        return "0"
    return f"{value:+.3g}" if is_error else f"{value:+.1f}"


def causes_shown(table: pd.DataFrame) -> dict[str, str]:
    """Return the colours of the causes that change the score anywhere."""
    return {name: colour for name, colour in CAUSES.items() if (table[name].abs() > NOTHING).any()}


def attribution_sentence(table: pd.DataFrame, most: int = 3) -> str:
    """Tell the waterfall in words: both ends, and the largest losses.

    Parameters
    ----------
    table : DataFrame
        As `wb.attribute` returns it.
    most : int
        Losses that are named.
    """
    is_error = table.attrs["unit"] == "mse"
    ann, snn = float(table.attrs["ann"]), float(table.attrs["snn"])
    sign = 1 if is_error else -1
    unit = "" if is_error else " %"
    what = "Mean squared error" if is_error else "Accuracy"
    digits = ".4g" if is_error else ".1f"
    ends = f"{what}: ANN {ann:{digits}}{unit}, SNN {snn:{digits}}{unit}."
    losses = [
        (sign * float(record[cause]), " ".join(dict.fromkeys((str(record["layer"]), cause))))
        for record in table.to_dict("records")
        for cause in CAUSES
    ]
    largest = sorted((each for each in losses if each[0] > NOTHING), reverse=True)[:most]
    if not largest:
        return f"{ends} Nothing is lost in any layer."
    told = ", ".join(f"{name} {_shown(sign * loss, is_error)}" for loss, name in largest)
    return f"{ends} Largest losses{'' if is_error else ' in points'}: {told}."


def attribution(table: pd.DataFrame) -> Any:
    """Draw where accuracy is lost, from the analog network's at the top to the spiking one's.

    Parameters
    ----------
    table : DataFrame
        As `workbench.attribute` returns it.

    Returns
    -------
    bokeh.plotting.figure
        A row per layer, with a bar for each cause, which begins where the last one ended.

    Raises
    ------
    DataError
        If the table is another one.
    """
    if not isinstance(table, pd.DataFrame):
        raise DataError(
            f"Expected a table, got a {type(table).__name__}. Accepted: what wb.attribute returns."
        )
    origin = "wb.attribute(network, spiking, x)"
    table = checked_table(table, ("layer", "points", *CAUSES), origin)
    if not {"ann", "snn", "unit"} <= table.attrs.keys():
        raise DataError(f"The table has lost its attrs. Accepted: what {origin} returns, as it is.")
    plot = WaterfallPlot()
    plot.update(table)
    drawn = list(plot.bars.data["cause"])
    items = [
        LegendItem(label=name, renderers=[plot.quads], index=drawn.index(name))
        for name in causes_shown(table)
    ]
    # Below, in two columns: beside the bars it would leave a narrow page no room for them.
    legend: Any = Legend(
        items=items, ncols=2, orientation="horizontal", label_text_font_size="12px",
        border_line_color=None, background_fill_color=None, location="center", margin=0,
    )  # fmt: skip
    plot.figure.add_layout(legend, "below")
    return titled(plot.figure, attribution_sentence(table, 1))
