"""How rates and activations are distributed over the units of the focused layer."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.plot.histograms import activation_histogram, rate_histogram
from workbench.plot.style import plots_of, side_by_side
from workbench.ui.plots.card import Card
from workbench.ui.session.state import State


class DistributionsCard(Card):
    """Two histograms."""

    name = "distributions"
    title = "Rates and activations of the units"
    tables = ("units",)
    reads = ("inside", "units")
    page = "inside"
    place = 40

    def draw(self, state: State) -> Any:
        inside = state.inside
        self.title = "Rates and activations of the units"
        if inside is None or state.sample_run is None:
            return None
        self.title = f"Rates and activations of the units of {inside.layer}"
        layers = (inside.layer,)
        drawn = [rate_histogram(inside.run, layers=layers, units=state.units)]
        if inside.activations is not None:
            analog = state.sample_run.setup.analog
            drawn.append(activation_histogram(inside.run, analog, layers=layers))
        plots = [plot for row in drawn for plot in plots_of(row)]
        for row in drawn:
            row.children = []  # a figure stands in one row
        return side_by_side(plots, 220)

    def summary(self, state: State) -> str:
        inside = state.inside
        if inside is None:
            return ""
        rates = inside.units["rate_spikes_per_step"].abs()
        return (
            f"{(rates == 0).mean():.0%} of {inside.layer} silent, {(rates >= 1).mean():.2%} spike "
            f"at every step; mean rate {rates.mean():.3g}, largest {rates.max():.3g} spikes/step."
        )

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        return None if state.inside is None else state.inside.units
