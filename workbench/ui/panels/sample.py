"""Choosing the sample whose spikes are shown."""

from __future__ import annotations

import random

import ipywidgets as widgets
import numpy as np

from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape, setting_row
from workbench.ui.sample_picture import pictures, thumbnail
from workbench.ui.session.own_input import shown_input
from workbench.ui.session.results import Loaded
from workbench.ui.session.sample_run import class_names
from workbench.ui.widgets import Filmstrip, Frame
from workbench.util.labels import class_count

BESIDE = 2
"""Neighbours that are shown at either side of the sample."""


class SamplePanel:
    """The sample as an image, its neighbours, its number, and a button for any other."""

    def __init__(self, context: Context):
        self.context = context
        self.picture = widgets.HTML()
        self.picture.add_class("swb-picture-box")
        self.film = Filmstrip()
        self._labelled: Loaded | None = None
        self._thumbnails: dict[int, str] = {}
        self._names: tuple[str, ...] = ()
        self._labels: np.ndarray | None = None
        context.bind(self.film, "sample")
        any_other = widgets.Button(description="Random", tooltip="Show a random test sample")
        any_other.add_class("swb-small")
        any_other.on_click(self._on_random)
        number = widgets.HBox([setting_row(context, "sample"), any_other])
        number.add_class("swb-sample-number")
        chooser = widgets.VBox([self.film, number])
        chooser.add_class("swb-sample-chooser")
        self.box = widgets.HBox([self.picture, chooser])
        self.box.add_class("swb-sample-panel")
        context.watch(["loaded", "sample", "own_input"], self.show)

    def _on_random(self, _button: widgets.Button) -> None:
        loaded = self.context.state.loaded
        if loaded is not None:
            self.context.actions.change(sample=random.randrange(len(loaded.dataset.x_test)))

    def show(self) -> None:
        """Show the chosen sample and its neighbours."""
        loaded, sample = self.context.state.loaded, self.context.state.sample
        if loaded is None or sample >= len(loaded.dataset.x_test):
            self.picture.value = ""
            self.film.show(())
            return
        own = self.context.state.own_input
        x, words = shown_input(loaded, sample, own), own.words(sample)
        self.picture.value = "".join(
            _figure(uri, name, words) for name, uri in pictures(x, loaded.network.input_parts)
        )
        self.film.show(self._frames(loaded, sample))

    def _frames(self, loaded: Loaded, sample: int) -> list[Frame]:
        dataset, classes = loaded.dataset, class_count(loaded.network.classes)
        if self._labelled is not loaded:
            self._labelled, self._thumbnails = loaded, {}
            self._names = class_names(dataset, loaded.network.classes)
            self._labels = dataset.test_labels(classes)
        count = len(dataset.x_test)
        beside = min(BESIDE, (count - 1) // 2)
        numbers = [(sample + place) % count for place in range(-beside, beside + 1)]
        self._thumbnails = {
            number: self._thumbnails.get(number) or thumbnail(dataset.x_test[number])
            for number in numbers
        }
        return [
            Frame(number, picture, f"Sample {number:,}{self._label(number)}")
            for number, picture in self._thumbnails.items()
        ]

    def _label(self, number: int) -> str:
        return "" if self._labels is None else f": {self._names[int(self._labels[number])]}"


def _figure(uri: str, name: str, words: str) -> str:
    """A picture, with the name of its input where there are several."""
    of = f", input {escape(name)}" if name else ""
    image = f'<img class="swb-picture" src="{uri}" alt="{escape(words)}{of}">'
    return f"<figure>{image}<figcaption>{escape(name)}</figcaption></figure>" if name else image


def sample_panel(context: Context) -> widgets.HBox:
    """The sample picker."""
    return SamplePanel(context).box
