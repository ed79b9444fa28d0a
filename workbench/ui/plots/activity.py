"""The sample's spikes and its layers' rates, one above the other on one time axis."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd
from bokeh.events import Tap
from bokeh.layouts import column

from workbench.plot.palette import LAYERS
from workbench.plot.rate_curves import RatesPlot
from workbench.plot.spike_raster import LONGEST_NAME, RasterPlot, sharing_sentence
from workbench.plot.style import counted, short_names
from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape
from workbench.ui.plots.card import Card
from workbench.ui.plots.pinned import PinnedRates
from workbench.ui.session.results import SampleRun
from workbench.ui.session.state import State


class ActivityCard(Card):
    """Raster and rates: what is zoomed in one is zoomed in the other."""

    name = "raster"
    title = "Spikes and rates"
    tables = ("spikes", "rates")
    reads = ("sample_run", "units", "pinned", "focus", "picked")
    place = 10
    wide = True

    def __init__(self, context: Context):
        super().__init__(context)
        self.raster = RasterPlot(168, own_axis=False)
        self.rates = RatesPlot(108, x_range=self.raster.figure.x_range)
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
        self.raster.figure.on_event(Tap, self._on_tap)
        self._drawn: tuple[object, str] = (None, "")
        self._legend_layers: tuple[str, ...] = ()
        self._focus = ""

    def show(self) -> None:
        self._show_newest()
        focus = self.context.state.focus
        if focus != self._focus:
            self._focus = focus
            self.raster.focus(focus)
            self.rates.focus(focus)
            self._tell_sharing()

    def _show_newest(self) -> None:
        run, units = self.context.state.sample_run, self.context.state.units
        self._mark()
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
        self._mark()
        if run.layers != self._legend_layers:
            self._legend_layers = run.layers
            self.legend.value = "".join(
                f'<span class="swb-key"><span class="swb-dot" style="background:{colours[name]}">'
                f"</span>{escape(name)}</span>"
                for name in run.layers
            )

    def summary(self, state: State) -> str:
        run = state.sample_run
        if run is None or not run.layers:
            return ""
        rate, unit = run.clock.rate_scale(state.units), run.clock.rate_unit(state.units)
        mean = {name: float(run.rates[name].mean()) for name in run.layers}
        most, least = max(mean, key=mean.__getitem__), min(mean, key=mean.__getitem__)
        spikes = f"{counted(run.spike_count, 'spike')} in {run.clock.lasts(run.steps_done)}"
        if most == least:
            return f"{spikes}; mean rate of {most} {mean[most] * rate:.3g} {unit}."
        return (
            f"{spikes}; mean rates from {mean[least] * rate:.3g} {unit} in {least} to "
            f"{mean[most] * rate:.3g} {unit} in {most}."
        )

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        run = state.sample_run
        return None if run is None else (spikes_of if name == "spikes" else rates_of)(run)

    def _on_tap(self, event: Tap) -> None:
        if event.x is None or event.y is None:
            return
        if picked := self.raster.unit_at(event.x, event.y):
            self.context.actions.inspector.pick(*picked)

    def _mark(self) -> None:
        """Mark the picked units where they are."""
        state = self.context.state
        self.raster.mark(
            [
                (layer, unit, LAYERS[place % len(LAYERS)])
                for place, (layer, unit) in enumerate(state.picked)
            ]
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


def spikes_of(run: SampleRun) -> pd.DataFrame:
    """Every spike that is kept: layer, unit, and the end of its step."""
    tables = []
    for name in run.layers:
        step, unit = run.spikes[name]
        told = {"layer": name, "unit": unit, **run.clock.columns(step + 1)}
        tables.append(pd.DataFrame(told))
    return pd.concat(tables, ignore_index=True)


def rates_of(run: SampleRun) -> pd.DataFrame:
    """Mean rates of the layers in every step, not smoothed as their lines are."""
    steps = np.arange(1, run.steps_done + 1)
    rates = np.concatenate([run.rates[name] for name in run.layers])
    return pd.DataFrame(
        {
            "layer": np.repeat(run.layers, len(steps)),
            **run.clock.columns(np.tile(steps, len(run.layers))),
            **run.clock.rate_columns(rates),
        }
    )
