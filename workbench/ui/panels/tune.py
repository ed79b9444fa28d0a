"""The search for the cheapest settings that keep the accuracy."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.methods.tuning import SAMPLES
from workbench.methods.tuning_result import COSTS
from workbench.ui.binding import Context
from workbench.ui.diagnosis_cells import best_sentences, tried_table
from workbench.ui.panels.layout import escape, row, section
from workbench.ui.panels.long_work import WorkPanel, work_button
from workbench.ui.session.diagnosing import searched_settings
from workbench.ui.widgets import ExplainedTable

WHAT_TUNING_DOES = (
    "Tries presets and settings near them on validation or training samples; finds the cheapest "
    "that lose no more than you accept. It takes a minute or more. What was found before you press "
    "Stop is shown."
)


class TunePanel:
    """What may be lost, what is to be cheap, and the settings that were found."""

    def __init__(self, context: Context):
        self.context = context
        self.max_loss = widgets.BoundedFloatText(
            0.5, min=0, max=100, step=0.1, description="Accepted loss (points)",
            tooltip="Percentage points of accuracy below the analog network",
        )  # fmt: skip
        self.minimise = widgets.Dropdown(
            options=[(words, name) for name, words in COSTS.items()], description="Find",
            tooltip="The cost to minimise",
        )  # fmt: skip
        self.samples = widgets.BoundedIntText(
            SAMPLES, 1, 1_000_000, description="Samples",
            tooltip="For the last candidates; 1,000 measure losses to about 0.2 points",
        )  # fmt: skip
        start = work_button("Tune", self._tune, "swb-tune", primary=True)
        start.tooltip = "Search the cheapest settings that lose no more than accepted"
        stop = work_button("Stop", context.actions.studies.stop_tuning, "swb-stop-tuning")
        stop.tooltip = "Stop the search; what was found is shown"
        self.work = WorkPanel(
            context, "tuned", WHAT_TUNING_DOES, start, stop, "this search began from a network"
        )
        self.best = widgets.HTML()
        self.apply = work_button("Apply", self._apply_best, "swb-apply-tuned", primary=True)
        self.apply.tooltip = "Set what the search found; Undo takes it back"
        self.table = ExplainedTable(self._apply)
        self.table.add_class("swb-tried")
        self.result = widgets.VBox([self.best, self.apply, self.table])
        fields = [
            row(self.max_loss, css="swb-max-loss"),
            row(self.minimise, css="swb-minimise"),
            row(self.samples, css="swb-tune-samples"),
        ]
        form = widgets.HBox([*fields, start, stop])
        form.add_class("swb-tune-form")
        self.box = section("Tune", form, *self.work.widgets, self.result)
        context.watch(["tuned"], self.show)

    def _tune(self) -> None:
        self.context.actions.studies.tune(
            self.max_loss.value, self.minimise.value, self.samples.value
        )

    def _apply_best(self) -> None:
        found = self.context.state.tuned
        if found is not None:
            settings = found.tuning.conversion, found.tuning.simulation
            self.context.actions.change(**searched_settings(*settings))

    def _apply(self, action: str) -> None:
        found = self.context.state.tuned
        if found is not None:
            settings = found.tuning.settings_of(int(action.removeprefix("tried ")))
            self.context.actions.change(**searched_settings(*settings))

    def show(self) -> None:
        """Show what a search found."""
        found = self.context.state.tuned
        self.result.layout.display = "none" if found is None else ""
        if found is not None:
            first, *others = map(escape, best_sentences(found.tuning))
            self.best.value = f'<p class="swb-best"><b>{first}</b><br>{" ".join(others)}</p>'
            self.table.show(tried_table(found.tuning))
