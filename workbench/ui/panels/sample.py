"""Choosing the sample whose spikes are shown."""

from __future__ import annotations

import random
from typing import Any

import ipywidgets as widgets
import numpy as np

from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape, section, setting_row
from workbench.ui.sample_picture import pictures

SHOWN_VALUES = 3
"""Largest number of outputs of a regression that are shown as numbers."""


class SamplePanel:
    """The sample as an image, its label, and the answers of the two networks."""

    def __init__(self, context: Context):
        self.context = context
        self.picture = widgets.HTML()
        self.verdict = widgets.HTML()
        buttons = [
            self._button("◀", "Previous sample", lambda count, now: (now - 1) % count),
            self._button("▶", "Next sample", lambda count, now: (now + 1) % count),
            self._button("Random", "Random sample", lambda count, now: random.randrange(count)),
        ]
        chooser = widgets.VBox(
            [
                setting_row(context, "sample"),
                widgets.HBox(buttons),
                self.verdict,
            ]
        )
        both = widgets.HBox([self.picture, chooser])
        both.add_class("swb-sample-panel")
        self.box = section("Sample", both)
        context.watch(["loaded", "sample"], self.show_picture)
        context.watch(["loaded", "sample_run"], self.show_verdict)

    def _button(self, label: str, tooltip: str, move: Any) -> widgets.Button:
        button = widgets.Button(description=label, tooltip=tooltip)
        button.add_class("swb-small")

        def on_click(_button: widgets.Button) -> None:
            loaded = self.context.state.loaded
            if loaded is not None:
                now = move(len(loaded.dataset.x_test), self.context.state.sample)
                self.context.actions.change(sample=now)

        button.on_click(on_click)
        return button

    def show_picture(self) -> None:
        """Show the chosen sample."""
        loaded, sample = self.context.state.loaded, self.context.state.sample
        if loaded is None or sample >= len(loaded.dataset.x_test):
            self.picture.value = ""
            return
        x = loaded.dataset.x_test[sample]
        self.picture.value = "".join(
            _figure(uri, name, sample) for name, uri in pictures(x, loaded.network.input_parts)
        )

    def show_verdict(self) -> None:
        """Show the true class and both networks' choices."""
        run = self.context.state.sample_run
        if run is None:
            self.verdict.value = ""
            return

        def named(choice: int, otherwise: str) -> str:
            return escape(run.classes[choice]) if choice >= 0 else otherwise

        if run.targets is not None:
            self.verdict.value = _verdict(
                [
                    ("true", value_words(run.targets)),
                    ("ANN", value_words(run.analog_outputs)),
                    ("SNN", value_words(run.outputs)),
                ]
            )
            return
        right = "" if run.true_class < 0 else " ✓" if run.choice == run.true_class else " ✗"
        rows = [
            ("true", named(run.true_class, "unknown")),
            ("ANN", named(run.analog_choice, "–")),
            ("SNN", named(run.choice, "undecided") + right),
        ]
        self.verdict.value = _verdict(rows)


def _verdict(rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f'<span class="swb-said"><span>{name}</span> <b>{value}</b></span>' for name, value in rows
    )
    return f'<div class="swb-verdict">{cells}</div>'


def value_words(outputs: np.ndarray | None) -> str:
    """Return the values of a few outputs, as text."""
    if outputs is None:
        return "unknown"
    more = " …" if len(outputs) > SHOWN_VALUES else ""
    return ", ".join(f"{value:.3g}" for value in outputs[:SHOWN_VALUES]) + more


def _figure(uri: str, name: str, sample: int) -> str:
    """A picture, with the name of its input where there are several."""
    of = f", input {escape(name)}" if name else ""
    image = f'<img class="swb-picture" src="{uri}" alt="sample {sample}{of}">'
    return f"<figure>{image}<figcaption>{escape(name)}</figcaption></figure>" if name else image


def sample_panel(context: Context) -> widgets.VBox:
    """The sample picker."""
    return SamplePanel(context).box
