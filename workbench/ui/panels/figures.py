"""The plots, brought up to date as results come in."""

from __future__ import annotations

from functools import partial

import ipywidgets as widgets
import pandas as pd

from workbench.ui.binding import Context
from workbench.ui.bokeh_pane import BokehPane
from workbench.ui.panels.layout import escape
from workbench.ui.plots import cards
from workbench.ui.plots.card import Card
from workbench.ui.plots.type_size import WIDE
from workbench.ui.session.all_settings import ASKED
from workbench.ui.widgets import CardHead

AROUND, AROUND_WIDE = 94, 60
"""Pixels that heads and borders take: of two plots, one above the other; of the wide one."""

LOWEST, HIGHEST = 0.84, 2.2
"""How many times as high as declared plots may become, to fill the first screen."""


class FiguresPanel:
    """Every plot that is declared for a part of the page. Runs change what the figures show.

    Parameters
    ----------
    context : Context
    page : str
        As of `Card`.
    """

    def __init__(self, context: Context, page: str = "explore"):
        self.context, self.page = context, page
        self.cards: dict[str, Card] = {kind.name: kind(context) for kind in cards(page)}
        self.heads = {name: head_of(card) for name, card in self.cards.items()}
        self._boxes = {name: card_box(self.heads[name], card) for name, card in self.cards.items()}
        self.leftover = widgets.HTML()
        self.leftover.add_class("swb-leftover")
        plots = widgets.Box(list(self._boxes.values()))
        plots.add_class("swb-cards")
        self.box = widgets.VBox([self.leftover, plots])
        self.box.add_class("swb-figures")
        context.watch([*ASKED, "status", "loaded", "sample_run"], self.show_leftover, later=True)
        self.show_leftover()
        for card in self.cards.values():
            context.watch(card.reads, partial(self._show, card), later=not card.first)
        context.watch(["sample_run", "accuracy"], self.show_age, later=True)
        context.watch(["presentation", "wide", "plot_room"], self.show_type)
        self.show_type()

    @property
    def _beside(self) -> list[str]:
        """Names of the plots that stand beside each other."""
        return [name for name, card in self.cards.items() if not card.wide]

    def _show(self, card: Card) -> None:
        show(card, self.heads[card.name])
        if card.wide:
            card.stretch(self._taller(card.height, AROUND_WIDE))
        box = self._boxes[card.name]
        (box.add_class if card.needs_whole_width() else box.remove_class)("swb-whole")
        self._align()

    def _align(self) -> None:
        """Make plots beside each other equally high; in a presentation one stands for two."""
        height = max((self.cards[name].height for name in self._beside), default=0)
        larger = self._taller(2 * height, AROUND) * (2 if self.context.state.presentation else 1)
        for name in self._beside:
            self.cards[name].set_height(round(larger * height))

    def _taller(self, declared: int, around: int) -> float:
        """How many times as high as declared plots are; 1 before the page has told its room."""
        state = self.context.state
        room = state.plot_room
        if room <= 0 or self.page != "explore":  # others stand below the first screen
            return WIDE if state.wide else 1.0
        return min(HIGHEST, max(LOWEST, (room - around) / max(declared, 1)))

    def show_leftover(self) -> None:
        """Say that the plots are of what was open or set before, where they are."""
        # Other parts of the page stand below the plots that say it.
        told = self._age() if self.page == "explore" else ""
        self.leftover.layout.display = "" if told else "none"
        self.leftover.value = told

    def _age(self) -> str:
        state = self.context.state
        if state.leftover:
            return f"Out of date: these plots still show {escape(state.leftover)}."
        if state.outdated and state.status.kind != "busy":
            return "Out of date: these plots show a run with other settings."
        return ""

    def show_type(self) -> None:
        """Give the plots the room there is."""
        for card in self.cards.values():
            if card.wide:
                card.stretch(self._taller(card.height, AROUND_WIDE))
        self._align()

    def show_age(self) -> None:
        """Dim the plots that still show the run before the one whose spikes are shown."""
        for name, card in self.cards.items():
            box = self._boxes[name]
            change = box.add_class if card.is_old(self.context.state) else box.remove_class
            change("swb-old")


def head_of(card: Card) -> CardHead:
    """The head of a plot: its title, and the buttons that save it."""

    def table(name: str) -> pd.DataFrame | None:
        return card.table(card.context.state, name)

    return CardHead(card.title, card.name, card.tables, table)


def card_box(head: CardHead, card: Card) -> widgets.VBox:
    """The plot with its head, to stand beside others."""
    card.context.watch(["presentation", "wide"], card.fit_type)
    card.fit_type()
    pane = BokehPane(card.figure)
    card.hold = pane.held
    box = widgets.VBox([head, *card.head, pane])
    box.add_class("swb-card")
    box.add_class(f"swb-pane-{card.name}")
    if card.wide:
        box.add_class("swb-wide")
    return box


def show(card: Card, head: CardHead) -> None:
    """Bring a plot up to date, and say in its head what it shows by now."""
    with card.hold():
        card.show()
        if type(card).draw is not Card.draw:  # new plots, with type of their own size
            card.fit_type()
    now = {"title": card.title, "summary": card.summary(card.context.state)}
    for name, words in now.items():
        if getattr(head, name) != words:
            setattr(head, name, words)


def figures_panel(context: Context) -> widgets.VBox:
    """All plots."""
    return FiguresPanel(context).box
