"""What the outputs say of the sample."""

from __future__ import annotations

from workbench.plot.output_bars import OutputsPlot
from workbench.ui.binding import Context
from workbench.ui.plots.card import Card


class OutputsCard(Card):
    """A bar per class, or per value of a regression."""

    name = "outputs"
    title = "Output spikes"
    reads = ("sample_run",)
    place = 20

    def __init__(self, context: Context):
        super().__init__(context)
        self.plot = OutputsPlot(self.height)
        self.figure = self.plot.figure
        self._drawn: object = None

    def show(self) -> None:
        run = self.context.state.sample_run
        if run is not None and run.spikes is not self._drawn:
            self._drawn = run.spikes
            self.plot.update(run)
            self.title = "Output spikes" if run.targets is None else "Outputs"
