"""The plots, brought up to date as results come in."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
from bokeh.layouts import column

from workbench.ui.binding import Context
from workbench.ui.bokeh_pane import BokehPane
from workbench.ui.palette import layer_colours
from workbench.ui.panels.layout import escape
from workbench.ui.plots import AccuracyPlot, CorrelationPlot, OutputsPlot, RasterPlot, RatesPlot
from workbench.ui.plots.raster import LONGEST_NAME, sharing_sentence
from workbench.ui.plots.style import short_names
from workbench.ui.session.results import Errors
from workbench.ui.session.state import ASKED


class FiguresPanel:
    """Five plots in four panes. Figures are made once; runs change their sources."""

    def __init__(self, context: Context):
        self.context = context
        self.raster = RasterPlot(own_axis=False)
        # One time axis: what is zoomed in the raster is zoomed in the rates.
        self.rates = RatesPlot(x_range=self.raster.figure.x_range)
        self.outputs = OutputsPlot()
        self.accuracy = AccuracyPlot()
        self.correlation = CorrelationPlot()
        for edge in ("start", "end"):
            self.raster.figure.x_range.on_change(edge, self._on_zoom)
            self.raster.figure.y_range.on_change(edge, self._on_zoom)
        self.legend = widgets.HTML()
        self.legend.add_class("swb-legend")
        self.sharing = widgets.HTML()
        self.sharing.add_class("swb-sharing")
        stacked: Any = column(
            self.raster.figure, self.rates.figure, sizing_mode="stretch_width", spacing=0
        )
        self.panes = {
            "raster": BokehPane(stacked),
            "outputs": BokehPane(self.outputs.figure),
            "accuracy": BokehPane(self.accuracy.figure),
            "correlation": BokehPane(self.correlation.figure),
        }
        self.titles: dict[str, widgets.HTML] = {}
        self.cards: dict[str, widgets.VBox] = {}
        time = self._card("Spikes of the sample and mean rate per layer", "raster", "swb-wide")
        cards = widgets.HBox(
            [
                self._card("Output spikes", "outputs"),
                self._card("Accuracy", "accuracy"),
                self._card("Agreement with ANN", "correlation"),
            ]
        )
        cards.add_class("swb-cards")
        self.leftover = widgets.HTML()
        self.leftover.add_class("swb-leftover")
        self.box = widgets.VBox([self.leftover, time, cards])
        self.box.add_class("swb-figures")
        context.watch([*ASKED, "status", "loaded", "sample_run"], self.show_leftover)
        self.show_leftover()
        context.watch(["sample_run"], self.show_run)
        context.watch(["units"], self.show_all)
        context.watch(["accuracy"], self.show_accuracy)
        context.watch(["sample_run", "accuracy"], self.show_age)
        self._drawn: object = None
        self._legend_layers: tuple[str, ...] = ()

    def _card(self, title: str, pane: str, css: str = "") -> widgets.VBox:
        self.titles[pane] = name = widgets.HTML(_titled(title))
        parts = (
            [name, self.legend, self.sharing, self.panes[pane]]
            if pane == "raster"
            else [name, self.panes[pane]]
        )
        card = widgets.VBox(parts)
        card.add_class("swb-card")
        card.add_class(f"swb-pane-{pane}")
        self.cards[pane] = card
        if css:
            card.add_class(css)
        return card

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

    def show_all(self) -> None:
        """Draw everything anew, as in other units."""
        self._drawn = None
        self.show_run()
        self.show_accuracy()

    def show_run(self) -> None:
        """Show the run of the sample, or what there is of it."""
        run, units = self.context.state.sample_run, self.context.state.units
        if run is None:
            return
        colours = layer_colours(run.layers, has_input=run.has_input, origins=run.origins)
        if run.spikes is not self._drawn:  # costs and correlations come with the same spikes
            self._drawn = run.spikes
            self._align(run.layers)
            self.raster.update(run, colours, units)
            self._tell_sharing()
            self.rates.update(run, colours, units)
            self.outputs.update(run)
            self.titles["outputs"].value = _titled(
                "Output spikes" if run.targets is None else "Outputs"
            )
        if run.correlations:
            self.correlation.update(run, colours)
            self._level()
        if run.layers != self._legend_layers:
            self._legend_layers = run.layers
            self.legend.value = "".join(
                f'<span class="swb-key"><span class="swb-dot" style="background:{colours[name]}">'
                f"</span>{escape(name)}</span>"
                for name in run.layers
            )

    def _level(self) -> None:
        """Make the plots beside each other as high as the one with the most bars."""
        height = self.correlation.figure.height
        for plot in (self.outputs.figure, self.accuracy.figure):
            if plot.height != height:
                plot.height = height

    def _align(self, layers: tuple[str, ...]) -> None:
        """Give both plots over time the same left border, wide enough for the longest name."""
        letters = max(map(len, short_names(layers, LONGEST_NAME).values()))
        border = max(92, 14 + 8 * letters)
        for plot in (self.raster.figure, self.rates.figure):
            if plot.min_border_left != border:
                plot.min_border_left = border

    def show_leftover(self) -> None:
        """Say that the plots are of what was open or set before, where they are."""
        state = self.context.state
        told = ""
        if state.leftover:
            told = f"Out of date: these plots still show {escape(state.leftover)}."
        elif state.outdated and state.status.kind != "busy":
            told = "Out of date: these plots show a run with other settings."
        self.leftover.layout.display = "" if told else "none"
        self.leftover.value = told

    def show_age(self) -> None:
        """Dim the plots that still show the run before the one whose spikes are shown."""
        run, accuracy = self.context.state.sample_run, self.context.state.accuracy
        if run is None:
            return
        old = {
            "correlation": not run.correlations,
            "accuracy": accuracy is not None and accuracy.asked is not run.asked,
        }
        for pane, is_old in old.items():
            change = self.cards[pane].add_class if is_old else self.cards[pane].remove_class
            change("swb-old")

    def show_accuracy(self) -> None:
        """Show accuracy against time, or nothing for samples without labels."""
        accuracy = self.context.state.accuracy
        if accuracy is None:
            loaded = self.context.state.loaded
            labelled = loaded is None or loaded.dataset.y_test is not None
            self.accuracy.clear("" if labelled else "no labels")
        else:
            self.accuracy.update(accuracy, self.context.state.units)
            self.titles["accuracy"].value = _titled(
                "Error" if isinstance(accuracy, Errors) else "Accuracy"
            )


def _titled(title: str) -> str:
    return f'<div class="swb-card-title">{title}</div>'


def figures_panel(context: Context) -> widgets.VBox:
    """All plots."""
    return FiguresPanel(context).box
