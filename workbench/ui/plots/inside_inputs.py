"""What drove the unit that was picked last."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.plot.input_bars import inputs_figure
from workbench.plot.style import counted
from workbench.ui.plots.card import Card
from workbench.ui.session.state import State


class InputsCard(Card):
    """The strongest inputs of a unit, by weight times spikes."""

    name = "inputs"
    title = "What drove the picked unit"
    tables = ("inputs",)
    reads = ("inputs",)
    page = "inside"
    place = 20

    def draw(self, state: State) -> Any:
        self.title = "What drove a neuron: click one in a map, the raster or the table"
        if not state.inputs:
            return None
        layer, unit = list(state.inputs)[-1]
        self.title = f"What drove {layer} {unit:,}"
        return inputs_figure(state.inputs[layer, unit])

    def summary(self, state: State) -> str:
        if not state.inputs:
            return ""
        (layer, unit), table = list(state.inputs.items())[-1]
        if not len(table):
            return f"{layer} {unit} has no inputs."
        first = table.iloc[0]
        spikes = "" if pd.isna(first.spikes) else f" with {counted(int(first.spikes), 'spike')}"
        return (
            f"{counted(len(table), 'input')} of {layer} {unit}; the strongest, {first.source} "
            f"{first.unit}{spikes}, added {first.contribution_thresholds:.3g} thresholds."
        )

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        tables = [
            table.rename(columns={"unit": "source_unit"}).assign(layer=layer, unit=unit)
            for (layer, unit), table in state.inputs.items()
        ]
        return pd.concat(tables, ignore_index=True) if tables else None
