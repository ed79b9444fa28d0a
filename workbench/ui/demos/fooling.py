"""What fools a network: test samples between two classes, and changes of what was drawn."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import ipywidgets as widgets
import numpy as np

from workbench.ui.binding import Context
from workbench.ui.panels.layout import heading
from workbench.ui.sample_picture import thumbnail
from workbench.ui.session.own_input import OwnInput, shift_problem
from workbench.ui.session.results import Loaded
from workbench.ui.session.sample_run import class_names
from workbench.ui.session.unhurried import stand_back
from workbench.ui.widgets import Gallery, Thumbnail
from workbench.util.labels import class_count

EXAMINED = 500
"""Test samples among which the closest decisions are looked for."""

OFFERED = 8
"""Samples that are offered."""


@dataclass(frozen=True, eq=False)
class Trick:
    """A change of the input that a person would see through at once.

    Parameters
    ----------
    label, help : str
        On the button, and for a pointer that rests on it.
    changes : mapping
        Fields of `OwnInput` while the button is pressed.
    moves : bool
        Whether it moves pixels, which takes an image or a sequence.
    """

    label: str
    help: str
    changes: Mapping[str, float]
    moves: bool = False


TRICKS = (
    Trick("Noise", "Add random numbers to all pixels.", MappingProxyType({"noise": 0.4})),
    Trick("Faint", "Leave a fifth of the contrast.", MappingProxyType({"contrast": 0.2})),
    Trick("Negative", "Exchange dark and light.", MappingProxyType({"invert": True})),
    Trick("Moved", "Move everything to the side.", MappingProxyType({"shift_x": 7}), moves=True),
)


def closest(loaded: Loaded, count: int = OFFERED, examined: int = EXAMINED) -> list[int]:
    """Return the test samples between whose two best classes the ANN hardly tells, closest first.

    Parameters
    ----------
    loaded : Loaded
        A network with samples.
    count : int
    examined : int
        The first samples, among which to look.
    """
    outputs = loaded.network.forward(loaded.dataset.x_test[:examined])
    outputs = outputs.reshape(len(outputs), -1)
    if outputs.shape[1] < 2:
        middle = loaded.network.middle
        return np.argsort(np.abs(outputs[:, 0] - middle), kind="stable")[:count].tolist()
    two = np.sort(outputs.astype(np.float64), axis=1)[:, -2:]
    return np.argsort(two[:, 1] - two[:, 0], kind="stable")[:count].tolist()


class FoolingPanel:
    """Samples and tricks, each a click away.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context):
        self.context = context
        self.gallery = Gallery(self._on_choose)
        self.tricks = {trick: self._button(trick) for trick in TRICKS}
        buttons = widgets.HBox(list(self.tricks.values()))
        buttons.add_class("swb-tricks")
        self.box = widgets.VBox([heading("Fool it"), buttons, self.gallery])
        self.box.add_class("swb-fooling")
        self._shown: Loaded | None = None
        self._looking = threading.Thread()
        context.watch(["loaded"], self.show_samples)
        context.watch(["sample", "own_input"], self.show_chosen)
        self.show_samples()
        self.show_chosen()

    def _button(self, trick: Trick) -> widgets.ToggleButton:
        button = widgets.ToggleButton(description=trick.label, tooltip=trick.help)
        button.observe(lambda change: self._on_trick(trick, change["new"]), "value")
        return button

    def _on_trick(self, trick: Trick, pressed: bool) -> None:
        if self.context.ui.is_current:
            return
        own, fields = self.context.state.own_input, trick.changes
        changes = fields if pressed else {name: getattr(OwnInput(), name) for name in fields}
        self.context.actions.change(own_input=replace(own, **changes))

    def _on_choose(self, number: int) -> None:
        self.context.actions.change(sample=number, own_input=OwnInput())

    def show_samples(self) -> None:
        """Offer the hardest samples of what is open."""
        loaded = self.context.state.loaded
        if loaded is None or loaded is self._shown:
            return
        self._shown = loaded
        cannot_move = shift_problem(loaded.network)
        for trick, button in self.tricks.items():
            button.disabled = trick.moves and bool(cannot_move)

        def look() -> None:
            stand_back()
            found = closest(loaded)
            self.context.ui.post(self._offer, loaded, found, key=self)

        self._looking = threading.Thread(target=look, name="workbench-closest", daemon=True)
        self._looking.start()

    def wait(self, timeout: float | None = None) -> None:
        """Block until the samples are found; for scripts."""
        if self._looking.ident is not None:
            self._looking.join(timeout)

    def _offer(self, loaded: Loaded, found: list[int]) -> None:
        if loaded is not self._shown:
            return  # another network was opened meanwhile
        names = class_names(loaded.dataset, loaded.network.classes)
        labels = loaded.dataset.test_labels(class_count(loaded.network.classes))
        shown = []
        for number in found:
            true = "" if labels is None else names[int(labels[number])]
            words = f"Sample {number}: {true}" if true else f"Sample {number}"
            picture = thumbnail(loaded.dataset.x_test[number])
            shown.append(Thumbnail(number, picture, true, "", words))
        self.gallery.show(shown)

    def show_chosen(self) -> None:
        """Mark the sample and the tricks that are in use."""
        state = self.context.state
        self.gallery.shown = -1 if state.own_input.is_picture else state.sample
        for trick, button in self.tricks.items():
            button.value = all(
                getattr(state.own_input, name) == value for name, value in trick.changes.items()
            )
