"""Drawing, uploading and changing the input of the network."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import ipywidgets as widgets
import numpy as np

from workbench.ui.binding import Context
from workbench.ui.panels.answer import value_words
from workbench.ui.panels.drawing import bind_own_input, drawing_canvas
from workbench.ui.panels.layout import escape, folded, row
from workbench.ui.sample_picture import pictures
from workbench.ui.session.code import SAVED_INPUT
from workbench.ui.session.own_input import (
    ENDINGS,
    OwnInput,
    drawing_problem,
    shift_problem,
    shown_input,
)
from workbench.ui.session.results import SampleRun
from workbench.ui.session.scratch import upload_limit
from workbench.ui.widgets import DownloadButton, Slider, UploadButton
from workbench.util.pixels import in_units

PENS = tuple(round(0.02 + 0.01 * step, 2) for step in range(17))
SHARES = tuple(round(0.02 * step, 2) for step in range(51))
CONTRASTS = tuple(round(0.05 * step, 2) for step in range(41))
SHIFTS = tuple(range(-14, 15))


class InputByHand:
    """A canvas, an upload, sliders that change the sample, and what the networks say of it.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context):
        self.context = context
        self.canvas = drawing_canvas(context)
        pen = Slider(PENS, description="Pen width", tooltip="Width of the pen and the eraser.")
        pen.value = self.canvas.pen
        pen.observe(self._on_pen, "value")
        centre = widgets.Checkbox(
            description="Centre as MNIST does",
            tooltip="Scale the drawing to a box of 20/28 of the image, and put its centre of mass "
            "in the middle, as the digits were that networks for MNIST are trained on.",
            indent=False,
        )
        bind_own_input(
            context, centre, lambda own: own.centre, lambda own, on: replace(own, centre=on)
        )
        invert = widgets.Checkbox(
            description="Invert",
            tooltip="Exchange dark and light, as for dark ink on paper.",
            indent=False,
        )
        bind_own_input(
            context, invert, lambda own: own.invert, lambda own, on: replace(own, invert=on)
        )
        self.upload = UploadButton(
            context.actions.uploads.show_input,
            accept=",".join(ENDINGS),
            hint="Show an image, or an array of the input's shape (.npy), from this computer",
            label="Upload",
            limit_bytes=upload_limit(context.actions.capabilities),
            on_refused=context.actions.refuse,
        )
        save = DownloadButton(
            SAVED_INPUT,
            content=self._saved,
            label="Save as .npy",
            hint="Save what the network is shown as an array",
        )
        reset = widgets.Button(
            description="Reset", tooltip="Show the test sample again, without changes"
        )
        reset.add_class("swb-small")
        reset.on_click(lambda _button: context.actions.change(own_input=OwnInput()))
        self.said = widgets.HTML()
        self.said.add_class("swb-own-said")
        self.note = widgets.HTML()
        self.note.add_class("swb-own-note")
        self._drawing = widgets.VBox([row(pen, css="swb-pen"), row(centre, css="swb-centre")])
        shifts = [
            self._slider(SHIFTS, "shift_x", "Shift right", "Pixels that the image moves.", round),
            self._slider(SHIFTS, "shift_y", "Shift down", "Pixels that the image moves.", round),
        ]
        self._shifts = widgets.VBox(shifts)
        beside = widgets.VBox([self.said, self.upload, save, reset])
        beside.add_class("swb-own-beside")
        top = widgets.HBox([self.canvas, beside])
        top.add_class("swb-own-top")
        self.box = folded(
            "Input by hand",
            top,
            self.note,
            self._drawing,
            row(invert, css="swb-invert"),
            self._slider(
                SHARES,
                "noise",
                "Noise",
                "Standard deviation of random numbers that are added, as a share of the range of "
                "values. The same ones each time.",
            ),
            self._slider(
                CONTRASTS,
                "contrast",
                "Contrast",
                "Distances of all values from their mean are multiplied by this.",
            ),
            self._shifts,
        )
        self.box.add_class("swb-own-input")
        context.watch(["loaded"], self.show_tools)
        context.watch(["loaded", "sample", "own_input", "sample_run"], self.show_answer)
        self.show_tools()
        self.show_answer()

    def _slider(
        self,
        places: tuple[float, ...],
        name: str,
        title: str,
        tooltip: str,
        number: Callable[[float], float] = float,
    ) -> widgets.HBox:
        slider = Slider(places, description=title, tooltip=tooltip)
        slider.add_class("swb-slider-box")

        def read(own: OwnInput, value: float) -> OwnInput:
            # A page may send numbers that are none.
            changed: dict[str, Any] = {name: number(value) if np.isfinite(value) else value}
            return replace(own, **changed)

        bind_own_input(self.context, slider, lambda own: getattr(own, name), read)
        return row(slider, css=f"swb-{name.replace('_', '-')}")

    def _on_pen(self, change: Mapping[str, float]) -> None:
        self.canvas.pen = min(max(change["new"], PENS[0]), PENS[-1])

    def show_tools(self) -> None:
        """Offer what makes sense for the network, and say why the rest does not."""
        network = self.context.state.analog
        if network is None:
            return
        cannot_draw, cannot_shift = drawing_problem(network), shift_problem(network)
        self.canvas.disabled = bool(cannot_draw)
        self.canvas.layout.display = self._drawing.layout.display = "none" if cannot_draw else ""
        self._shifts.layout.display = "none" if cannot_shift else ""
        problems = [
            f"No drawing: {cannot_draw} Arrays (.npy) of its shape can be uploaded."
            if cannot_draw
            else "",
            f"No shift: {cannot_shift}" if cannot_shift else "",
        ]
        self.note.value = "".join(f"<p>{escape(text)}</p>" for text in problems if text)

    def show_answer(self) -> None:
        """Show what the network sees, and what both networks say."""
        state = self.context.state
        loaded, run = state.loaded, state.sample_run
        if loaded is None or state.sample >= len(loaded.dataset.x_test):
            return
        x = self._shown()
        images = "".join(
            f'<img class="swb-picture" src="{uri}" alt="what the network sees">'
            for _, uri in pictures(x, loaded.network.input_parts)
        )
        self.said.value = f'<div class="swb-own-sees">{images}{_answers(run)}</div>'

    def _shown(self) -> np.ndarray:
        state = self.context.state
        assert state.loaded is not None
        return shown_input(state.loaded, state.sample, state.own_input)

    def _saved(self) -> bytes:
        state, file = self.context.state, io.BytesIO()
        if state.loaded is None:
            raise OSError("No network is open yet")
        x = in_units(self._shown()[None], state.loaded.network.pixel_range)
        np.save(file, np.asarray(x[0], np.float32))
        return file.getvalue()


def _answers(run: SampleRun | None) -> str:
    if run is None:
        return ""
    if run.targets is not None:
        said = [("SNN", value_words(run.outputs)), ("ANN", value_words(run.analog_outputs))]
    else:
        said = [
            (name, run.classes[choice] if choice >= 0 else "undecided")
            for name, choice in (("SNN", run.choice), ("ANN", run.analog_choice))
        ]
    return "".join(f"<div>{name} says <b>{escape(words)}</b></div>" for name, words in said)


def input_by_hand(context: Context) -> widgets.Accordion:
    """The section about the input."""
    return InputByHand(context).box
