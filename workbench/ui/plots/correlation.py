"""How well spike rates represent the activations of the analog network."""

from __future__ import annotations

import math

import pandas as pd

from workbench.plot.correlation_bars import CorrelationPlot
from workbench.ui.binding import Context
from workbench.ui.plots.card import Card
from workbench.ui.session.state import State


class CorrelationCard(Card):
    """A bar per layer, once a run is finished."""

    name = "correlation"
    title = "Agreement with ANN"
    tables = ("correlations",)
    reads = ("sample_run",)
    place = 40

    def __init__(self, context: Context):
        super().__init__(context)
        self.plot = CorrelationPlot(self.height)
        self.figure = self.plot.figure

    def show(self) -> None:
        run = self.context.state.sample_run
        if run is not None and run.correlations:
            self.plot.update(run, run.colours)
            self.height = self.plot.figure.height

    def summary(self, state: State) -> str:
        found = self._known(state)
        if not found:
            return ""
        least, most = min(found, key=found.__getitem__), max(found, key=found.__getitem__)
        among = f"from {found[least]:.3f} in {least} to {found[most]:.3f} in {most}"
        return f"Pearson correlation {among if len(found) > 1 else f'{found[most]:.3f} in {most}'}."

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        run = state.sample_run
        if run is None or not run.correlations:
            return None
        values = list(run.correlations.values())
        return pd.DataFrame({"layer": list(run.correlations), "pearson_correlation": values})

    @staticmethod
    def _known(state: State) -> dict[str, float]:
        """Correlations of the layers whose rates and activations vary."""
        of = {} if state.sample_run is None else state.sample_run.correlations
        return {name: value for name, value in of.items() if math.isfinite(value)}

    def is_old(self, state: State) -> bool:
        return state.sample_run is not None and not state.sample_run.correlations
