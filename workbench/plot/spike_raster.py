"""Spike raster of all layers, a band for each.

Few spikes are drawn as points; many, which a browser would take seconds to paint, are
rasterised here to a small image, binned again for the part that is zoomed into.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, CustomJSHover, HoverTool, LinearColorMapper

from workbench.plot.from_run import RunLike, sample_view
from workbench.plot.palette import shades
from workbench.plot.raster_bands import (
    SHADES,
    Band,
    make_bands,
    spike_image,
    spike_points,
    unit_rows,
)
from workbench.plot.sample_view import SampleView
from workbench.plot.style import (
    Remark,
    axis_range,
    checked_units,
    counted,
    empty,
    make_figure,
    name_ticks,
    set_range,
    short_names,
    titled,
    with_time_cursor,
)

POINTS = 12_000
"""More spikes than this are drawn as an image."""

BAND_HEIGHT = 36
"""Pixels that the two lines of a band's name take."""

MOST_NAMES = 16
"""Bands that are all named; of more, every second, third, ..."""

WIDTH, REACH = 900, 9
"""Pixels of a plot on a page, about; how far from a spike a click may be."""

MOST_SHARING = 3
"""Layers that are named with how many of their units share a row; more are too many to read."""

LONGEST_NAME = 20
"""Letters of a band's name that leave room for the spikes."""

HOVER = (Path(__file__).parent / "raster_hover.js").read_text(encoding="utf-8")


def sharing_sentence(sharing: Mapping[str, int]) -> str:
    """Say how many units stand in one row, or "" where each has a row of its own."""
    if not sharing:
        return ""
    (name, count), *rest = sharing.items()
    named = f"{count:,} neurons per row in {name}"
    named += "".join(f", {count:,} in {name}" for name, count in rest)
    if len(sharing) > MOST_SHARING:
        named = f"up to {max(sharing.values()):,} neurons per row"
    return f"Rows are binned: {named}. A stronger colour means more spikes."


def unit_word(run: SampleView, layer: str) -> str:
    """What a layer's units are called: neurons have a membrane, units only pass spikes on."""
    if run.has_input and layer == run.layers[0]:
        return "inputs"
    return "neurons" if run.neurons.get(layer, True) else "units"


def band_name(name: str, size: int, units: str) -> str:
    """Name a band in two lines."""
    return f"{name}\n{size:,} {units if size != 1 else units[:-1]}"


def mark_size(spikes: int) -> float:
    """Diameter of a spike's mark in pixels: fewer spikes are easier to see large."""
    return 5.0 if spikes < 600 else 3.5 if spikes < 3000 else 2.5


class RasterPlot:
    """The figure and what is needed to bring it up to date.

    Change it from one thread.

    Parameters
    ----------
    height : int
        In pixels.
    own_axis : bool
        Whether the time axis is shown here; not where another plot shares it below.
    x_range : Bokeh range, optional
        That of another plot on the same time axis.
    """

    def __init__(self, height: int = 330, *, own_axis: bool = True, x_range: Any = None):
        self._own_axis, self._height, self._taller = own_axis, height, 1.0
        self.figure = make_figure(
            height=height,
            x_range=x_range or axis_range(0, 101),
            y_range=axis_range(0, 1),
            name="raster",
        )
        self.figure.xaxis.visible = own_axis
        with_time_cursor(self.figure)
        self.points = empty("x", "y", "unit", "layer")
        self.points.name = "spikes"
        self.bands = empty("name", "size", "step", "bottom", "top", "left", "right", "colour")
        self.image: Any = ColumnDataSource(
            data={"image": [np.zeros((1, 1), np.uint8)], "x": [0], "y": [0], "dw": [1], "dh": [1]},
            name="spike_image",
        )
        self._mapper = LinearColorMapper(palette=["#8c8c8c"], low=0, high=1)
        self._image_mapper = LinearColorMapper(palette=["#00000000"], low=0, high=1)
        self.figure.quad(
            "left", "right", "top", "bottom", source=self.bands,
            fill_color="colour", fill_alpha=0.09, line_color=None,
        )  # fmt: skip
        colour = {"field": "layer", "transform": self._mapper}
        self._marks = self.figure.scatter(
            "x", "y", source=self.points, size=3, marker="square", fill_color=colour,
            line_color=None, nonselection_fill_alpha=1.0,
        )  # fmt: skip
        self._pixels = self.figure.image(
            "image", source=self.image, x="x", y="y", dw="dw", dh="dh",
            color_mapper=self._image_mapper, visible=False,
        )  # fmt: skip
        under = CustomJSHover(
            args={"bands": self.bands, "image": self.image, "shades": SHADES}, code=HOVER
        )
        points = HoverTool(
            renderers=[self._marks],
            tooltips=[("layer", "$y{layer}"), ("neuron", "@unit"), ("time", "@x")],
            formatters={"$y": under},
            point_policy="snap_to_data",
        )
        binned = HoverTool(
            renderers=[self._pixels],
            tooltips=[
                ("layer", "$y{layer}"),
                ("neurons", "$y{units}"),
                ("time", "$x{time}"),
                ("of these", "@image{share}"),
            ],
            formatters={"$x": under, "$y": under, "@image": under},
        )
        for hover in (points, binned):
            hover.visible = False
            self.figure.add_tools(hover)
        self.picked = empty("x0", "x1", "y", "colour")
        self.picked.name = "picked"
        self.figure.segment(
            "x0", "y", "x1", "y", source=self.picked, line_color="colour", line_width=1.5,
            line_alpha=0.8,
        )  # fmt: skip
        self.figure.scatter(
            "x0", "y", source=self.picked, size=11, marker="triangle", angle=-np.pi / 2,
            fill_color="colour", line_color=None,
        )  # fmt: skip
        self.figure.ygrid.visible = False
        self.figure.yaxis.axis_line_alpha = 0
        self.figure.yaxis.major_tick_line_color = None
        self.figure.yaxis.major_label_text_line_height = 1.0  # name and number of a band are one
        self.figure.yaxis.visible = False  # until there are layers to name
        self._words = Remark(self.figure)
        self._shown: tuple[object, ...] = ()
        self._bands: list[Band] = []
        self._step = 1.0
        self._focused = False
        self._many: dict[str, np.ndarray] | None = None

    def update(
        self,
        run: SampleView,
        colours: Mapping[str, str],
        units: str = "steps",
        *,
        until: float = 0.0,
    ) -> None:
        """Show a run, or a part of one; the time axis reaches at least `until`."""
        step = run.clock.scale(units)
        self._frame(run, colours, units, step, until)
        points = spike_points(run, time_scale=step)
        self._many = points if run.spike_count > POINTS else None
        if self._many is None:
            size = mark_size(run.spike_count)
            if self._marks.glyph.size != size:
                self._marks.glyph.size = size
            self.points.data = points
        self._marks.visible = self._many is None
        self._pixels.visible = self._many is not None
        self.refine()
        silent = run.spike_count == 0
        if silent or len(self._words.source.data["text"]):
            self._words.show("no spikes" if silent else "")

    @property
    def sharing(self) -> dict[str, int]:
        """How many units share a row of the part in view, of layers with too many for the rows."""
        view = self.figure.y_range
        bottom, top = sorted((view.start, view.end))
        seen = [band for band in self._bands if band.bottom < top and band.top > bottom]
        rows = {band.name: unit_rows(band, bottom, top) for band in seen}
        return {name: math.ceil(1 / each) for name, each in rows.items() if each < 1}

    def focus(self, layer: str) -> None:
        """Show one layer alone, or all of them for a name that none has."""
        mine = [band for band in self._bands if band.name == layer]
        bottom, top = (mine[0].bottom, mine[0].top) if mine else (0, len(self._bands))
        if mine or self._focused:
            self.figure.y_range.update(start=bottom, end=top)
            self.refine()
        self._focused = bool(mine)

    def refine(self) -> None:
        """Rasterise for the part that is in view; nothing to do while points are drawn."""
        if self._many is None:
            return
        x_range, y_range = self.figure.x_range, self.figure.y_range
        left, right = sorted((x_range.start, x_range.end))
        bottom, top = sorted((y_range.start, y_range.end))
        # Columns begin and end half a step away from the spikes, so each holds whole steps.
        left = (np.floor(left / self._step) + 0.5) * self._step
        right = max(left + self._step, (np.ceil(right / self._step) - 0.5) * self._step)
        image = spike_image(
            self._many, self._bands, left=left, right=right, bottom=bottom, top=top, step=self._step
        )
        self.image.data = {
            "image": [image], "x": [left], "y": [bottom], "dw": [right - left], "dh": [top - bottom]
        }  # fmt: skip

    def mark(self, picked: Sequence[tuple[str, int, str]]) -> None:
        """Mark the rows of some units: layer, unit and colour of each."""
        bands = {band.name: band for band in self._bands}
        shown = [(bands[name], unit, colour) for name, unit, colour in picked if name in bands]
        end = float(self.figure.x_range.reset_end or self.figure.x_range.end)
        marks = {
            "x0": [0.0] * len(shown),
            "x1": [end] * len(shown),
            "y": [float(band.position(np.array(unit))) for band, unit, _ in shown],
            "colour": [colour for _, _, colour in shown],
        }
        if marks != self.picked.data:
            self.picked.data = marks

    def unit_at(self, x: float, y: float) -> tuple[str, int] | None:
        """Return layer and unit at a place of the plane; None where there is no layer yet.

        Of units that share a row, the one whose spike is nearest.
        """
        if not self._bands:
            return None
        band = min(self._bands, key=lambda each: abs(y - (each.bottom + each.top) / 2))
        points = self.points.data if self._many is None else self._many
        mine = np.flatnonzero(np.asarray(points["layer"]) == self._bands.index(band))
        if len(mine):
            x_range, y_range = self.figure.x_range, self.figure.y_range
            right = (np.asarray(points["x"])[mine] - x) / (x_range.end - x_range.start) * WIDTH
            up = (np.asarray(points["y"])[mine] - y) / (y_range.end - y_range.start)
            up = up * self.figure.height
            distance = np.hypot(right, up)
            nearest = int(distance.argmin())
            if distance[nearest] <= REACH:
                return band.name, int(np.asarray(points["unit"])[mine[nearest]])
        share = (band.top - y) / (band.top - band.bottom)
        return band.name, int(np.clip(share * band.size, 0, band.size - 1))

    @property
    def is_binned(self) -> bool:
        """Whether spikes are drawn as an image."""
        return self._many is not None

    def refine_on_zoom(self) -> None:
        """Refine the image whenever the ranges change, on the thread that changes them."""

        def refine(_attribute: str, _old: object, _new: object) -> None:
            self.refine()

        for shown in (self.figure.x_range, self.figure.y_range):
            for edge in ("start", "end"):
                shown.on_change(edge, refine)

    def stretch(self, taller: float) -> None:
        """Make the figure so many times as high as its bands need."""
        self._taller = taller
        self._fit()

    @property
    def needed(self) -> int:
        """Height that gives every band's name and number room, as far as a page shows it."""
        names = (20 if self._own_axis else 8) + BAND_HEIGHT * min(len(self._bands), MOST_NAMES)
        return max(self._height, names)

    def _fit(self) -> None:
        height = round(self._taller * self.needed)
        if self.figure.height != height:
            self.figure.height = height

    def _frame(
        self, run: SampleView, colours: Mapping[str, str], units: str, step: float, until: float
    ) -> None:
        """Bring bands, names, ranges and colours up to date when they differ."""
        sizes = tuple(run.sizes[name] for name in run.layers)
        wanted = (run.layers, sizes, run.steps, run.clock.unit(units), step, until)
        if wanted == self._shown:
            return
        self._shown, self._step = wanted, step
        self._bands = bands = make_bands(run.layers, run.sizes)
        end = (run.steps + 1) * step
        palette = [colours[name] for name in run.layers]
        self.bands.data = {
            "name": [b.name for b in bands],
            "size": [b.size for b in bands],
            "step": [step] * len(bands),
            "bottom": [b.bottom for b in bands],
            "top": [b.top for b in bands],
            "left": [0.0] * len(bands),
            "right": [end] * len(bands),
            "colour": palette,
        }
        self._mapper.update(palette=palette, low=-0.5, high=len(palette) - 0.5)
        # Half a step aside: an integer on the edge of two colours may fall to either.
        image_palette = ["#00000000", *(s for colour in palette for s in shades(colour, SHADES))]
        self._image_mapper.update(palette=image_palette, low=-0.5, high=len(image_palette) - 0.5)
        set_range(self.figure.x_range, 0, max(end, until))
        set_range(self.figure.y_range, 0, len(bands))
        self._fit()
        named = bands[:: -(-len(bands) // MOST_NAMES) or 1]
        short = short_names(run.layers, LONGEST_NAME)
        names = [band_name(short[b.name], b.size, unit_word(run, b.name)) for b in named]
        self.figure.yaxis.visible = True
        name_ticks(self.figure.yaxis[0], names, [(b.bottom + b.top) / 2 for b in named])
        self.figure.xaxis.axis_label = run.clock.label(units) if self._own_axis else None


def raster(
    run: RunLike,
    sample: int = 0,
    *,
    layers: Sequence[str] | str | None = None,
    units: str = "steps",
) -> Any:
    """Draw every spike of one sample: a band per layer, a row per unit.

    Parameters
    ----------
    run : Run
    sample : int
        Its position in the run.
    layers : sequence of str, optional
        Recorded layers; all of them by default.
    units : "steps" or "ms"
        Of time.

    Returns
    -------
    bokeh.plotting.figure
        Many spikes are drawn as an image. In a notebook it is refined where one zooms in.

    Raises
    ------
    DataError, SettingsError
        If there is no such sample, or a layer was not recorded.
    """
    view = sample_view(run, sample, layers)
    plot = RasterPlot(min(600, 80 + 70 * len(view.layers)))
    plot.update(view, view.colours, checked_units(units))
    plot.refine_on_zoom()
    note = sharing_sentence(plot.sharing) if plot.is_binned else ""
    spikes, steps = counted(view.spike_count, "spike"), view.clock.lasts(view.steps)
    return titled(plot.figure, f"{spikes} of sample {sample} in {steps}", note)
