"""What the outputs say of the sample."""

from __future__ import annotations

from workbench.plot.output_bars import OutputsPlot
from workbench.ui.binding import Context
from workbench.ui.plots.card import Card
from workbench.ui.plots.pinned import PinnedBars


class OutputsCard(Card):
    """A bar per class, or per value of a regression."""

    name = "outputs"
    title = "Output spikes"
    reads = ("sample_run", "pinned")
    place = 20

    def __init__(self, context: Context):
        super().__init__(context)
        self.plot = OutputsPlot(self.height)
        self.figure = self.plot.figure
        self.pinned = PinnedBars(self.figure)
        self._drawn: tuple[object, object] = (None, None)

    def show(self) -> None:
        run, pinned = self.context.state.sample_run, self.context.state.pinned
        if run is not None and not (self._drawn[0] is run.spikes and self._drawn[1] is pinned):
            self._drawn = (run.spikes, pinned)
            self.plot.update(run)
            self.pinned.show(pinned, run)
            self.title = "Output spikes" if run.targets is None else "Outputs"
