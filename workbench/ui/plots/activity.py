"""The sample's spikes and its layers' rates, one above the other on one time axis."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
from bokeh.layouts import column

from workbench.plot.rate_curves import RatesPlot
from workbench.plot.spike_raster import LONGEST_NAME, RasterPlot, sharing_sentence
from workbench.plot.style import short_names
from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape
from workbench.ui.plots.card import Card
from workbench.ui.plots.pinned import PinnedRates
from workbench.ui.session.results import SampleRun


class ActivityCard(Card):
    """Raster and rates: what is zoomed in one is zoomed in the other."""

    name = "raster"
    title = "Spikes and rates"
    reads = ("sample_run", "units", "pinned")
    place = 10
    wide = True

    def __init__(self, context: Context):
        super().__init__(context)
        self.raster = RasterPlot(230, own_axis=False)
        self.rates = RatesPlot(140, x_range=self.raster.figure.x_range)
        self.pinned = PinnedRates(self.rates.figure)
        for edge in ("start", "end"):
            self.raster.figure.x_range.on_change(edge, self._on_zoom)
            self.raster.figure.y_range.on_change(edge, self._on_zoom)
        self.figure = column(
            self.raster.figure, self.rates.figure, sizing_mode="stretch_width", spacing=0
        )
        self.legend = widgets.HTML()
        self.legend.add_class("swb-legend")
        self.sharing = widgets.HTML()
        self.sharing.add_class("swb-sharing")
        self.head = (self.legend, self.sharing)
        self._drawn: tuple[object, str] = (None, "")
        self._legend_layers: tuple[str, ...] = ()

    def show(self) -> None:
        run, units = self.context.state.sample_run, self.context.state.units
        # Costs and correlations come with the same spikes.
        if run is not None and not (self._drawn[0] is run.spikes and self._drawn[1] == units):
            self._show_run(run, units)
        elif run is not None:
            self.rates.update(run, run.colours, units)  # back to its own range
        if run is not None:
            self.pinned.show(self.context.state.pinned, run, units)

    def _show_run(self, run: SampleRun, units: str) -> None:
        self._drawn = (run.spikes, units)
        colours = run.colours
        self._align(run.layers)
        self.raster.update(run, colours, units)
        self._tell_sharing()
        self.rates.update(run, colours, units)
        if run.layers != self._legend_layers:
            self._legend_layers = run.layers
            self.legend.value = "".join(
                f'<span class="swb-key"><span class="swb-dot" style="background:{colours[name]}">'
                f"</span>{escape(name)}</span>"
                for name in run.layers
            )

    def _on_zoom(self, _attribute: str, _old: Any, _new: Any) -> None:
        if not self.context.ui.is_current:
            self.context.ui.post(self._refine, key="refine")

    def _refine(self) -> None:
        """Draw the part that is zoomed into, where fewer units share a row."""
        self.raster.refine()
        self._tell_sharing()

    def _tell_sharing(self) -> None:
        sentence = escape(sharing_sentence(self.raster.sharing))
        if self.sharing.value != sentence:
            self.sharing.value = sentence
            self.sharing.layout.display = "" if sentence else "none"

    def _align(self, layers: tuple[str, ...]) -> None:
        """Give both plots over time the same left border, wide enough for the longest name."""
        letters = max(map(len, short_names(layers, LONGEST_NAME).values()))
        border = max(92, 14 + 8 * letters)
        for plot in (self.raster.figure, self.rates.figure):
            if plot.min_border_left != border:
                plot.min_border_left = border
