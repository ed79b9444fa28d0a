"""The sample's spikes and its layers' rates, one above the other on one time axis."""

from __future__ import annotations

from functools import partial
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd
from bokeh.events import Tap
from bokeh.layouts import column

from workbench.plot.clock import Clock
from workbench.plot.palette import LAYERS
from workbench.plot.rate_curves import RatesPlot
from workbench.plot.spike_raster import LONGEST_NAME, RasterPlot, sharing_sentence
from workbench.plot.style import counted, short_names, side_by_side
from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape
from workbench.ui.plots.card import Card
from workbench.ui.plots.pinned import PinnedActivity, PinnedRates
from workbench.ui.session.results import SampleRun
from workbench.ui.session.state import State

RASTER, RATES = 152, 108
"""Pixels of the plots' heights where there is little room."""

BESIDE = 330
"""Pixels of width below which the plots of a pinned run stand below the others."""


class ActivityCard(Card):
    """Raster and rates: what is zoomed in one is zoomed in the other.

    Those of a pinned run stand beside them, on the same axes.
    """

    name = "raster"
    title = "Spikes and rates per step"
    tables = ("spikes", "rates")
    reads = ("sample_run", "units", "pinned", "focus", "picked")
    place = 10
    wide = True
    first = True

    def __init__(self, context: Context):
        super().__init__(context)
        self.raster = RasterPlot(RASTER, own_axis=False)
        self.rates = RatesPlot(RATES, self.raster.figure.x_range, compact=True)
        self.pinned = PinnedRates(self.rates.figure)
        self.beside = PinnedActivity(self.raster, self.rates)
        rows = (plot.raster.figure.y_range for plot in (self, self.beside))
        for shown in (self.raster.figure.x_range, *rows):
            for edge in ("start", "end"):
                shown.on_change(edge, self._on_zoom)
        self._now = column(
            self.raster.figure, self.rates.figure, sizing_mode="stretch_width", spacing=0
        )
        self.figure = side_by_side([self._now], BESIDE)
        self.legend = widgets.HTML()
        self.legend.add_class("swb-legend")
        self.sharing = widgets.HTML()
        self.sharing.add_class("swb-sharing")
        self.head = (self.legend, self.sharing)
        for raster in (self.raster, self.beside.raster):
            raster.figure.on_event(Tap, partial(self._on_tap, raster))
        self._drawn: tuple[object, ...] = ()
        self._kept: object = None  # what was drawn: while it lives nothing else has its ids
        self._legend_layers: tuple[str, ...] = ()
        self._focus = ""

    def show(self) -> None:
        self._show_newest()
        focus = self.context.state.focus
        if focus != self._focus:
            self._focus = focus
            self.raster.focus(focus)
            self.rates.focus(focus)
            self.beside.focus(focus)
            self._tell_sharing()

    @property
    def height(self) -> int:  # type: ignore[override]
        return self.raster.needed + RATES

    def needs_whole_width(self) -> bool:
        return self.beside.seen

    def stretch(self, taller: float) -> None:
        self.raster.stretch(taller)
        self.rates.figure.height = round(taller * RATES)
        self.beside.stretch(taller)

    def _show_newest(self) -> None:
        state = self.context.state
        run, units, pinned = state.sample_run, state.units, state.pinned
        unit = (Clock() if run is None else run.clock).rate_unit(units)
        self.title = f"Spikes and rates{unit.replace('spikes/', ' per ').replace('Hz', ' (Hz)')}"
        if run is None:
            self._mark()
            return
        runs = (run,) if pinned is None else (run, pinned.run)
        until = max((each.steps + 1) * each.clock.scale(units) for each in runs)
        anew = self.beside.show(pinned, run, units, until)
        if self.beside.seen != (len(self.figure.children) > 1):
            shown = [self._now, self.beside.figure] if self.beside.seen else [self._now]
            self.figure.children = shown
            self.fit_type()
        # Costs and correlations come with the same spikes.
        other = pinned.run.spikes if pinned is not None and self.beside.seen else None
        drawn = (id(run.spikes), id(other), units, until)
        if self._drawn != drawn:
            self._drawn, self._kept = drawn, (run, pinned)
            self._align(run.layers)
            self.raster.update(run, run.colours, units, until=until)
            self._tell_sharing()
            self._tell_layers(run)
            self.rates.update(run, run.colours, units, until=until)  # back to its own range
            self.pinned.show(pinned, run, units)
        if anew and self._focus:  # the rows are those of both
            self.raster.focus(self._focus)
            self.beside.refine()
        self._mark()

    def _tell_layers(self, run: SampleRun) -> None:
        if run.layers != self._legend_layers:
            self._legend_layers = run.layers
            self.legend.value = "".join(
                f'<span class="swb-key"><span class="swb-dot" style="background:'
                f'{run.colours[name]}"></span>{escape(name)}</span>'
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

    def _on_tap(self, raster: RasterPlot, event: Tap) -> None:
        run = self.context.state.sample_run
        if run is None or event.x is None or event.y is None:
            return
        picked = raster.unit_at(event.x, event.y)
        if picked is not None and picked[0] in run.layers:  # a pinned run may have others
            self.context.actions.inspector.pick(*picked)

    def _mark(self) -> None:
        """Mark the picked units where they are."""
        picked = [
            (layer, unit, LAYERS[place % len(LAYERS)])
            for place, (layer, unit) in enumerate(self.context.state.picked)
        ]
        self.raster.mark(picked)
        self.beside.raster.mark(picked)

    def _on_zoom(self, _attribute: str, _old: Any, _new: Any) -> None:
        if not self.context.ui.is_current:
            self.context.ui.post(self._refine, key="refine")

    def _refine(self) -> None:
        """Draw the part that is zoomed into, where fewer units share a row."""
        self.raster.refine()
        self.beside.refine()
        self._tell_sharing()

    def _tell_sharing(self) -> None:
        sharing = self.raster.sharing
        sentence = escape(sharing_sentence(sharing))
        many = max(sharing.values(), default=0)
        told = f'<span title="{sentence}">up to {many:,} neurons per row</span>' if many else ""
        if self.sharing.value != told:
            self.sharing.value = told
            self.sharing.layout.display = "" if told else "none"

    def _align(self, layers: tuple[str, ...]) -> None:
        """Give both plots over time the same left border, wide enough for the longest name."""
        letters = max(map(len, short_names(layers, LONGEST_NAME).values()))
        border = max(92, 14 + 8 * letters)
        for plot in (self.raster.figure, self.rates.figure, *self.beside.plots):
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
