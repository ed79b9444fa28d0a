"""What the outputs say of the sample."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.plot.output_bars import OutputsPlot
from workbench.ui.binding import Context
from workbench.ui.plots.card import Card
from workbench.ui.plots.pinned import PinnedBars
from workbench.ui.session.state import State

SAID = 4
"""Outputs of a regression that are said in words."""


class OutputsCard(Card):
    """A bar per class, or per value of a regression."""

    name = "outputs"
    title = "Output spikes"
    tables = ("outputs",)
    reads = ("sample_run", "pinned")
    place = 20

    def __init__(self, context: Context):
        super().__init__(context)
        self.plot = OutputsPlot(self.height, compact=True)
        self.figure = self.plot.figure
        self.pinned = PinnedBars(self.figure)
        self._drawn: tuple[object, object] = (None, None)

    def show(self) -> None:
        run, pinned = self.context.state.sample_run, self.context.state.pinned
        if run is not None and not (self._drawn[0] is run.spikes and self._drawn[1] is pinned):
            self._drawn = (run.spikes, pinned)
            self.plot.update(run)
            self.pinned.show(pinned, run)
            spikes = run.targets is None and run.output_spikes
            self.title = "Output spikes" if spikes else "Outputs"

    def summary(self, state: State) -> str:
        run = state.sample_run
        if run is None:
            return ""
        if run.targets is not None:
            pairs = zip(run.outputs[:SAID], run.targets[:SAID], strict=True)
            said = ", ".join(f"{value:.3g} (true {target:.3g})" for value, target in pairs)
            more = f" and {len(run.targets) - SAID:,} more" if len(run.targets) > SAID else ""
            return f"Outputs {said}{more} after {run.clock.lasts(run.steps_done)}."
        says = "is undecided" if run.choice < 0 else f"says {run.classes[run.choice]}"
        others = {"the ANN says": run.analog_choice, "true is": run.true_class}
        told = [f"{words} {run.classes[place]}" for words, place in others.items() if place >= 0]
        return "; ".join([f"SNN {says} after {run.clock.lasts(run.steps_done)}", *told]) + "."

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        run = state.sample_run
        if run is None:
            return None
        if run.targets is not None:
            table = pd.DataFrame({"output": np.arange(len(run.targets)), "snn_value": run.outputs})
            return table.assign(ann_value=run.analog_outputs, true_value=run.targets)
        first = len(run.classes) - len(run.output_counts)  # a single output is the second class
        classes = np.arange(first, len(run.classes))
        marks = {"snn": run.choice, "ann": run.analog_choice, "true": run.true_class}
        return pd.DataFrame(
            {
                "class": run.classes[first:],
                "spikes" if run.output_spikes else "value": run.output_counts,
            }
            | {f"is_{name}": classes == place for name, place in marks.items()}
        )
