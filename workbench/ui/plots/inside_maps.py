"""The units of the focused layer as pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from bokeh.events import Tap

from workbench.plot.maps import SHOWN, cell_of, map_figure, mosaic, unit_at
from workbench.plot.style import side_by_side, titled
from workbench.ui.plots.card import Card
from workbench.ui.plots.inside_marks import picked_colours
from workbench.ui.session.state import State


class MapsCard(Card):
    """Rates, activations and the difference; a click picks a unit."""

    name = "maps"
    title = "Maps of the layer"
    tables = ("units",)
    reads = ("inside",)
    page = "inside"
    place = 50
    wide = True

    def draw(self, state: State) -> Any:
        inside = state.inside
        self.title = "Maps of the layer"
        if inside is None:
            return None
        self.title = f"Maps of {inside.layer} (click a unit to pick it)"
        shape, units = inside.population.shape, inside.units
        columns = {"rates": "rate_spikes_per_step", "activations": "ann_activation",
                   "difference": "difference"}  # fmt: skip
        marked = [
            (*cell, colour)
            for unit, colour in picked_colours(state).items()
            if (cell := cell_of(unit, shape)) is not None
        ]
        plots = []
        for show, column in columns.items():
            if column not in units:
                continue
            image, _ = mosaic(units[column].to_numpy(float).reshape(shape))
            plot = map_figure(image, SHOWN[show], symmetric=show == "difference", marked=marked)
            plot.height = 260
            plots.append(titled(plot, SHOWN[show]))
            plot.on_event(Tap, self._picking(inside.layer, shape, len(image)))
        return side_by_side(plots)

    def _picking(self, layer: str, shape: tuple[int, ...], rows: int) -> Any:
        def pick(event: Tap) -> None:
            if event.x is None or event.y is None:
                return
            row, column = rows - 1 - int(np.floor(event.y)), int(np.floor(event.x))
            unit = unit_at(row, column, shape)
            if unit is not None:
                self.context.actions.inspector.pick(layer, unit)

        return pick

    def summary(self, state: State) -> str:
        inside = state.inside
        if inside is None:
            return ""
        shape = " × ".join(map(str, inside.population.shape))
        most = int(inside.units["spikes"].abs().to_numpy().argmax())
        return f"{inside.layer}, {shape} units; unit {most:,} spikes most."

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        return None if state.inside is None else state.inside.units
