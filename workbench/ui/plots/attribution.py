"""Where accuracy was lost, layer by layer and cause by cause."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.plot.attribution_waterfall import (
    WaterfallPlot,
    attribution_sentence,
    causes_shown,
)
from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape
from workbench.ui.plots.card import Card


class AttributionCard(Card):
    """A waterfall from the analog network's accuracy to the spiking one's."""

    page = "diagnose"
    name = "attribution"
    title = "Where accuracy is lost: from the ANN (top) to the SNN (bottom)"
    reads = ("diagnosis",)
    wide = True

    def __init__(self, context: Context):
        super().__init__(context)
        self.plot = WaterfallPlot()
        self.figure = self.plot.figure
        self.words = widgets.HTML()
        self.legend = widgets.HTML()
        self.legend.add_class("swb-legend")
        self.head = (self.words, self.legend)

    def show(self) -> None:
        found = self.context.state.diagnosis
        if found is None:
            return
        table = found.diagnosis.table
        self.plot.update(table)
        self.words.value = f'<p class="swb-note">{escape(attribution_sentence(table))}</p>'
        self.legend.value = "".join(
            f'<span class="swb-key"><span class="swb-dot" style="background:{colour}"></span>'
            f"{escape(name)}</span>"
            for name, colour in causes_shown(table).items()
        )
        if table.attrs["unit"] == "mse":
            self.title = "Where the error arises: from the ANN (top) to the SNN (bottom)"
        else:
            self.title = type(self).title
