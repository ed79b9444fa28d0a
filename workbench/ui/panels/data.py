"""The tab about the test samples: which are hard, who is right where, and how classes do."""

from __future__ import annotations

from functools import partial

import ipywidgets as widgets
import numpy as np

from workbench.analysis.sample_answers import SampleAnswers, SampleErrors
from workbench.errors import WorkbenchError
from workbench.plot.clock import Clock
from workbench.ui.binding import Context
from workbench.ui.panels.figures import card_box, head_of, show
from workbench.ui.panels.layout import escape
from workbench.ui.panels.tab_page import TabPage
from workbench.ui.plots import cards
from workbench.ui.plots.card import Card
from workbench.ui.plots.confusion import ConfusionCard
from workbench.ui.sample_picture import thumbnail
from workbench.ui.session.messages import counted
from workbench.ui.session.sample_lists import (
    HARDEST,
    SampleList,
    cell_list,
    lists_of,
    words_of,
)
from workbench.ui.session.sample_run import class_names
from workbench.ui.session.sources import is_opened
from workbench.ui.widgets import Gallery, Thumbnail

PICTURES = 24
"""Samples that are shown at once; a button shows as many more."""

EMPTY = (
    "Nothing is measured yet. The pictures and plots of this tab come with the accuracy: press "
    "<b>Run</b>, with <b>Test samples</b> above 0 (under More, Read-out)."
)
NO_LABELS = (
    "The samples have no labels, so it is not known which answers are right. Open samples with "
    "labels: an .npz file with <code>x</code> and <code>y</code>."
)


class DataPanel:
    """Figures of all test samples, and lists of samples of which a click opens one.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context):
        self.context = context
        self.answers: SampleAnswers | SampleErrors | None = None
        self._clock = Clock()
        self._loaded: object = None
        self._lists: dict[str, SampleList] = {}
        self._cell: SampleList | None = None
        self._most = PICTURES
        self.cards: dict[str, Card] = {kind.name: kind(context) for kind in cards("data")}
        self._heads = {name: head_of(card) for name, card in self.cards.items()}
        self.note = widgets.HTML()
        self.note.add_class("swb-data-note")
        self.chooser = widgets.ToggleButtons(options=[("Hardest first", HARDEST)])
        self.chooser.add_class("swb-sample-lists")
        self.chooser.observe(self._on_list, "value")
        self.explanation = widgets.HTML()
        self.explanation.add_class("swb-data-explanation")
        self.gallery = Gallery(self._on_sample)
        self.more = widgets.Button(description="Show more", tooltip="Show more samples")
        self.more.add_class("swb-small")
        self.more.on_click(lambda _button: context.ui.post(self._show_more))
        samples = widgets.VBox([self.chooser, self.explanation, self.gallery, self.more])
        samples.add_class("swb-card")
        samples.add_class("swb-samples")
        boxes = [card_box(self._heads[name], card) for name, card in self.cards.items()]
        plots = widgets.HBox(boxes)
        plots.add_class("swb-data-plots")
        self.content = widgets.VBox([plots, samples])
        self.content.add_class("swb-data-content")
        self.box = widgets.VBox([self.note, self.content])
        self.box.add_class("swb-page-box")
        self.box.add_class("swb-data")
        confusion = self.cards["confusion"]
        assert isinstance(confusion, ConfusionCard)
        self.confusion = confusion
        confusion.on_cell = lambda *cell: context.ui.post(partial(self._show_cell, *cell))
        confusion.on_sample = self._on_sample
        context.watch(["accuracy", "loaded"], self.show, later=True)
        context.watch(["accuracy", "sample_run", "status"], self.show_age, later=True)
        context.watch(["sample", "sample_run"], self.show_open)

    def show(self) -> None:
        """Show what was measured, once a run has measured all test samples."""
        state = self.context.state
        accuracy, loaded = state.accuracy, state.loaded
        # What is open may be newer than what was measured.
        current = (
            accuracy is not None
            and loaded is not None
            and is_opened(accuracy.asked.network, accuracy.asked.data, loaded)
        )
        if accuracy is None or (self.answers is None and not current):
            labelled = loaded is None or loaded.dataset.y_test is not None
            self.note.value = f'<p class="swb-empty">{EMPTY if labelled else NO_LABELS}</p>'
            self.content.layout.display = "none"
            self.answers = None
            return
        if accuracy.answers is None or accuracy.answers is self.answers or not current:
            return
        assert loaded is not None
        self.answers, self._loaded = accuracy.answers, loaded
        self._clock = accuracy.clock
        for name, card in self.cards.items():
            show(card, self._heads[name])
        hint = (
            "Click a cell to list its samples, a picture to open it."
            if isinstance(self.answers, SampleAnswers)
            else "Click a point or a picture to open its sample."
        )
        self.note.value = (
            f"<p>{escape(accuracy.words)}, on {counted(accuracy.samples, 'test sample')} of "
            f"{escape(loaded.dataset.name)}. {hint}</p>"
        )
        self.content.layout.display = ""
        self._cell, self._most = None, PICTURES
        self._lists = {each.key: each for each in lists_of(accuracy.answers)}
        chosen = self.chooser.value
        self._offer(chosen if chosen in self._lists else HARDEST)

    def show_age(self) -> None:
        """Dim what is of the run before the one whose spikes are shown."""
        run, accuracy = self.context.state.sample_run, self.context.state.accuracy
        old = (
            run is not None
            and accuracy is not None
            and (accuracy.answers is None or accuracy.asked is not run.asked)
        )
        for box in (*self.content.children[0].children, self.content.children[1]):
            (box.add_class if old else box.remove_class)("swb-old")

    def show_open(self) -> None:
        """Mark the sample whose spikes are shown."""
        self.gallery.shown = self.context.state.sample

    def _offer(self, key: str) -> None:
        """Offer the lists, with their sizes, and show one."""
        offered = [*self._lists.values(), *([self._cell] if self._cell else [])]
        self.chooser.options = [
            (f"{each.title} ({len(each.samples):,})", each.key) for each in offered
        ]
        self.chooser.value = key
        self._show_list()

    def _show_list(self) -> None:
        loaded, answers = self.context.state.loaded, self.answers
        if loaded is None or answers is None or loaded is not self._loaded:
            return
        key = self.chooser.value
        shown = self._cell if self._cell is not None and key == self._cell.key else None
        shown = shown or self._lists[key]
        if self._cell is not shown:
            self.confusion.clear_selection()
        numbers = shown.samples[: self._most]
        names = class_names(loaded.dataset, loaded.network.classes)
        self.explanation.value = f"<p>{escape(shown.explanation)}</p>"
        self.more.layout.display = "" if len(shown.samples) > self._most else "none"
        self.more.description = f"Show {min(PICTURES, len(shown.samples) - len(numbers))} more"
        try:
            # In one go: they may lie on disk.
            pictures = np.asarray(loaded.dataset.x_test[numbers]) if len(numbers) else ()
        except WorkbenchError as error:
            self.explanation.value = f'<p class="swb-problem">{escape(error)}</p>'
            pictures, numbers = (), numbers[:0]
        thumbnails = []
        for number, picture in zip(numbers.tolist(), pictures, strict=True):
            caption, detail, sentence, wrong = words_of(answers, number, names, self._clock)
            thumbnails.append(
                Thumbnail(number, thumbnail(picture), caption, detail, sentence, wrong)
            )
        if not thumbnails and len(shown.samples) == 0:
            self.explanation.value += f"<p>{counted(0, 'sample')}.</p>"
        self.gallery.show(thumbnails)
        self.show_open()

    def _show_more(self) -> None:
        self._most += PICTURES
        self._show_list()

    def _show_cell(self, true: int, answer: int) -> None:
        loaded = self.context.state.loaded
        if loaded is None or not isinstance(self.answers, SampleAnswers):
            return
        names = class_names(loaded.dataset, loaded.network.classes)
        self._cell, self._most = cell_list(self.answers, true, answer, names), PICTURES
        self._offer(self._cell.key)

    def _on_list(self, _change: object) -> None:
        if not self.context.ui.is_current:
            self.context.ui.post(self._begin_list, key=self._begin_list)

    def _begin_list(self) -> None:
        self._most = PICTURES
        self._show_list()

    def _on_sample(self, number: int) -> None:
        self.context.actions.change(sample=number)


def data_panel(context: Context) -> widgets.VBox:
    """The page about the test samples."""
    return DataPanel(context).box


DATA = TabPage("Data", data_panel)
