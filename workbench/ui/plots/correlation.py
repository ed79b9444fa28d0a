"""How well spike rates represent the activations of the analog network."""

from __future__ import annotations

from workbench.plot.correlation_bars import CorrelationPlot
from workbench.ui.binding import Context
from workbench.ui.plots.card import Card
from workbench.ui.session.state import State


class CorrelationCard(Card):
    """A bar per layer, once a run is finished."""

    name = "correlation"
    title = "Agreement with ANN"
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

    def is_old(self, state: State) -> bool:
        return state.sample_run is not None and not state.sample_run.correlations
