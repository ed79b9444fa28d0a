"""Where accuracy is lost, what wins it back, and the search for the cheapest settings."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.plot.palette import layer_colours
from workbench.ui.binding import Context
from workbench.ui.diagnosis_cells import losses_table
from workbench.ui.panels.figures import card_box, head_of, show
from workbench.ui.panels.layout import row, section
from workbench.ui.panels.long_work import WorkPanel, work_button
from workbench.ui.panels.tab_page import TabPage
from workbench.ui.panels.tune import TunePanel
from workbench.ui.plots import cards
from workbench.ui.widgets import ExplainedTable

SAMPLES = 300

WHAT_IT_DOES = (
    "Follows samples through the spiking network, tells how many points of accuracy each "
    "layer loses by which cause, and tries other settings against the largest losses. It takes "
    "about as long as a dozen runs of as many samples: seconds for small networks, a minute or two "
    "for deep ones. Everything else goes on meanwhile. Test samples are left out: validation "
    "samples are followed, or training samples where there are none."
)


class DiagnosePanel:
    """Losses with advice, and the search below."""

    def __init__(self, context: Context):
        self.context = context
        self.samples = widgets.BoundedIntText(
            SAMPLES, 1, 1_000_000, description="Samples",
            tooltip="Samples that are followed; 300 measure losses to about 2 points",
        )  # fmt: skip
        self.samples.observe(self._on_samples, "value")
        start = work_button("", self._diagnose, "swb-diagnose", primary=True)
        stop = work_button("Stop", context.actions.studies.stop_diagnosis, "swb-stop-diagnosis")
        stop.tooltip = "Stop the diagnosis; the last one stays"
        self.work = WorkPanel(
            context, "diagnosis", WHAT_IT_DOES, start, stop, "this diagnosis is of a network"
        )
        self._name_start()
        self.cards = [kind(context) for kind in cards("diagnose")]
        self.heads = [head_of(card) for card in self.cards]
        boxes = [card_box(head, card) for head, card in zip(self.heads, self.cards, strict=True)]
        self.table = ExplainedTable(self._apply)
        self.result = widgets.VBox([*boxes, self.table])
        self.result.add_class("swb-diagnosis")
        form = row(self.samples, start, stop, css="swb-diagnose-form")
        self.box = widgets.VBox(
            [
                section("Where is accuracy lost?", form, *self.work.widgets, self.result),
                TunePanel(context).box,
            ]
        )
        self.box.add_class("swb-page-box")
        context.watch(["diagnosis"], self.show)

    def _on_samples(self, _change: object) -> None:
        self.context.ui.post(self._name_start, key=self)

    def _name_start(self) -> None:
        many = f"{self.samples.value:,} sample{'' if self.samples.value == 1 else 's'}"
        self.work.start.description = f"Diagnose on {many}"
        self.work.start.tooltip = f"Find out where accuracy is lost, on {many}; none of the test"

    def _diagnose(self) -> None:
        self.context.actions.studies.diagnose(self.samples.value)

    def _apply(self, action: str) -> None:
        found = self.context.state.diagnosis
        advice = found.advice[int(action.removeprefix("advice "))] if found is not None else None
        if advice is not None:
            self.context.actions.change(**advice.changes)

    def show(self) -> None:
        """Show the figures and the table of a new diagnosis."""
        found = self.context.state.diagnosis
        self.result.layout.display = "none" if found is None else ""
        if found is None:
            return
        for head, card in zip(self.heads, self.cards, strict=True):
            show(card, head)
        layers = tuple(found.diagnosis.table["layer"])[1:-1]
        spiking = self.context.state.spiking
        origins = {} if spiking is None else spiking.origins
        self.table.show(losses_table(found, layer_colours(layers, origins=origins)))


def diagnose_panel(context: Context) -> widgets.VBox:
    """The Diagnose page."""
    return DiagnosePanel(context).box


DIAGNOSE = TabPage("Diagnose", diagnose_panel)
