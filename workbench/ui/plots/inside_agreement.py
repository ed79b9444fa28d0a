"""Rates against activations, unit by unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.plot.scatter import scatter_figure
from workbench.ui.plots.card import Card
from workbench.ui.plots.inside_marks import picked_colours
from workbench.ui.session.state import State


class AgreementCard(Card):
    """A point per unit of the focused layer; rings around the picked ones."""

    name = "agreement"
    title = "Spike rates against ANN activations"
    tables = ("units",)
    reads = ("inside",)
    page = "inside"
    place = 30

    def draw(self, state: State) -> Any:
        inside = state.inside
        self.title = "Spike rates against ANN activations"
        if inside is None or inside.activations is None or state.sample_run is None:
            return None
        self.title = f"Spike rates of {inside.layer} against ANN activations"
        colour = state.sample_run.colours.get(inside.layer, "#8c8c8c")
        decoded = inside.run.decoded(inside.layer).reshape(-1)
        return scatter_figure(inside.activations, decoded, colour, picked_colours(state))

    def summary(self, state: State) -> str:
        inside = state.inside
        if inside is None:
            return ""
        if inside.activations is None:
            return f"{inside.layer} represents no activation of the ANN."
        off = np.abs(inside.run.decoded(inside.layer).reshape(-1) - inside.activations)
        worst = int(off.argmax())
        return (
            f"{off.size:,} units of {inside.layer}; mean difference from the ANN {off.mean():.3g}, "
            f"largest {off[worst]:.3g} at unit {worst:,}."
        )

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        return None if state.inside is None else state.inside.units
