"""Where accuracy was lost, layer by layer and cause by cause."""

from __future__ import annotations

import ipywidgets as widgets
import pandas as pd

from workbench.plot.attribution_waterfall import (
    WaterfallPlot,
    attribution_sentence,
    causes_shown,
)
from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape
from workbench.ui.plots.card import Card
from workbench.ui.session.state import State


class AttributionCard(Card):
    """A waterfall from the analog network's accuracy to the spiking one's."""

    page = "diagnose"
    name = "attribution"
    title = "Where accuracy is lost: from the ANN (top) to the SNN (bottom)"
    tables = ("points",)
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
        # For the eye: the head says the same to those who cannot see it.
        words = escape(attribution_sentence(table))
        self.words.value = f'<p class="swb-note" aria-hidden="true">{words}</p>'
        self.legend.value = "".join(
            f'<span class="swb-key"><span class="swb-dot" style="background:{colour}"></span>'
            f"{escape(name)}</span>"
            for name, colour in causes_shown(table).items()
        )
        if table.attrs["unit"] == "mse":
            self.title = "Where the error arises: from the ANN (top) to the SNN (bottom)"
        else:
            self.title = type(self).title

    def summary(self, state: State) -> str:
        return (
            "" if state.diagnosis is None else attribution_sentence(state.diagnosis.diagnosis.table)
        )

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        return None if state.diagnosis is None else state.diagnosis.diagnosis.table
