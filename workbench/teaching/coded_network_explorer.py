"""The network of clothes in every code: what is right, how soon, and for how many spikes."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from bokeh.models import HoverTool
from bokeh.models.annotations import Legend, LegendItem, Span

from workbench.network.spiking import SpikingNetwork
from workbench.plot.palette import ANALOG, LAYERS, OUTPUT
from workbench.plot.style import axis_range, counted, empty, make_figure, set_range
from workbench.run import Run
from workbench.settings import Conversion, Simulation
from workbench.teaching.codings import CODINGS, frames, table_of_codes
from workbench.teaching.controls import Choice, Control, Number, places
from workbench.teaching.explorer import Explorer, Plot
from workbench.teaching.fashion import IMAGES, analog_accuracy, images, spiking, validation
from workbench.workflow import simulate

STEPS = 32
"""Of a run in which all layers spike in every step."""

NEAR = 0.02
"""An answer is there once accuracy stays so near to what it is at the end: two images."""

_REPAIRED = 95.0
"""Percentile of neurons that start at half a threshold: the repair of sessions 4 and 6."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What a code reaches on the validation images.

    Parameters
    ----------
    accuracy : ndarray of float64, shape (steps,)
        After each step, from 0 to 1.
    spikes : ndarray of float64, shape (steps,)
        So far, per image; those of the input are not counted.
    neurons : int
    windows : int
        In which layers take turns; 1 where they do not.
    continuous : bool
        Whether a step is a hundredth of the run, not a time step.
    """

    accuracy: np.ndarray
    spikes: np.ndarray
    neurons: int
    windows: int
    continuous: bool

    @property
    def answered(self) -> int:
        """Step from which the accuracy stays near that of the last one."""
        far = np.flatnonzero(self.accuracy < self.accuracy[-1] - NEAR - 1e-9)
        return int(far[-1]) + 2 if len(far) else 1


@functools.cache
def converted(name: str, levels: int) -> SpikingNetwork:
    """Return the network of clothes with a code."""
    chosen: dict[str, Any] = dict(CODINGS[name].conversion)
    if "initial_potential" in chosen:
        chosen["percentile"] = _REPAIRED
    if levels:
        chosen["levels"] = levels
    return spiking(Conversion(**chosen))


def run_images(name: str, levels: int, images: slice) -> Run:
    """Run some of the validation images with a code; of one without levels there are 0."""
    snn, x = converted(name, levels), validation()[0][images]
    if name == "events":
        brightness, place = np.unique(x / snn.input_scale, return_inverse=True)
        events = frames(brightness, STEPS)[..., 0]
        x = np.moveaxis(events[place.reshape(x.shape)], -1, 1)
    return simulate(snn, x, Simulation(steps=STEPS, **CODINGS[name].simulation))


@functools.cache
def measured(name: str, levels: int) -> Measured:
    """Run all validation images; what has been measured is kept."""
    run = run_images(name, levels, slice(None))
    network, code = run.recording.network, CODINGS[name].code
    return Measured(
        run.accuracy(validation()[1])["snn"].to_numpy(),
        _layer_spikes(run).sum(axis=0).cumsum() / IMAGES,
        sum(each.size for each in network.populations if each.kind == "if"),
        network.windows if code.in_turns else 1,
        code.is_continuous,
    )


def _layer_spikes(run: Run) -> np.ndarray:
    """Spikes of each layer and step, all images together; (layers, steps). Not of the input."""
    totals = run.recording.step_totals
    return np.stack([totals[name] for name in run.recording.network.layers])


LAYER_NAMES = ("layer 1", "2", "3", "4", "5", "6", "output")

_COLOURS = (*LAYERS[:6], OUTPUT)


class CodedNetworkExplorer(Explorer):
    """Run the network of clothes in every code, and look into one image.

    Parameters
    ----------
    **values
        coding, levels, image.
    """

    title: ClassVar[str] = "The network of clothes in every code"
    controls: ClassVar[Mapping[str, Control]] = MappingProxyType(
        {
            "coding": Choice(
                "Look at",
                "The code whose line is orange, and whose spikes are shown.",
                "rate",
                {name: coding.label for name, coding in CODINGS.items()},
            ),
            "levels": Number(
                "Levels",
                "To which one-shot, phase and first spike round activations. With phase and first "
                "spike, each layer also takes as many steps.",
                8,
                (2, 3, 4, 6, 8, 12, 16, 24, 32),
                integer=True,
            ),
            "image": Number(
                "Image", "Number of the validation image that is looked into.", 0,
                places(0, IMAGES - 1, 1), integer=True,
            ),
        }
    )  # fmt: skip

    def make(self) -> Sequence[Plot]:
        """Return a table, accuracy against time, and spikes of the layers."""
        self.accuracy = make_figure(
            height=240, x_axis_type="log", x_range=axis_range(0.9, 64), y_range=axis_range(0, 102)
        )
        line: Any = Span(
            location=100 * analog_accuracy(), dimension="width", line_color=ANALOG,
            line_dash="dashed", line_width=2,
        )  # fmt: skip
        self.accuracy.add_layout(line)
        self._others, self._chosen = empty("xs", "ys", "name"), empty("x", "y")
        gray = self.accuracy.multi_line(
            "xs", "ys", source=self._others, line_color=ANALOG, line_alpha=0.6
        )
        self.accuracy.add_tools(HoverTool(renderers=[gray], tooltips=[("code", "@name")]))
        self.accuracy.line("x", "y", source=self._chosen, line_color=OUTPUT, line_width=2.5)
        self.accuracy.xaxis.axis_label = "time (steps)"
        self.accuracy.yaxis.axis_label = "accuracy (%)"
        self.accuracy.xaxis.ticker = [1, 2, 4, 8, 16, 32, 64, 128]
        self.layers = make_figure(height=280, x_range=axis_range(0, STEPS))
        self.layers.y_range = axis_range(0, 1)
        self._spikes = empty("xs", "ys", "colour")
        drawn = self.layers.multi_line(
            "xs", "ys", source=self._spikes, line_color="colour", line_width=2
        )
        legend: Any = Legend(
            items=[
                LegendItem(label=name, renderers=[drawn], index=number)
                for number, name in enumerate(LAYER_NAMES)
            ],
            label_text_font_size="12px", border_line_color=None, spacing=0,
            background_fill_color=None, label_height=16, glyph_height=14, margin=10,
        )  # fmt: skip
        self.layers.add_layout(legend, "right")
        self.layers.xaxis.axis_label = "time (steps)"
        self.layers.yaxis.axis_label = "spikes per step"
        return (
            Plot(f"What each code reaches on {IMAGES} validation images", None),
            Plot("Accuracy against time; dashed: the analog network", self.accuracy),
            Plot("Spikes of each layer for one image", self.layers),
        )

    def show(self) -> Sequence[str]:
        """Run the images with all codes; what is known already is not measured again."""
        name, levels = str(self.values["coding"]), int(self.values["levels"])
        found = {
            each: measured(each, levels * coding.has_levels) for each, coding in CODINGS.items()
        }
        lines = {each: (_time(one, levels), 100 * one.accuracy) for each, one in found.items()}
        self._chosen.data = dict(zip("xy", lines.pop(name), strict=True))
        xs, ys = zip(*lines.values(), strict=True)
        names = [CODINGS[each].label for each in lines]
        self._others.data = {"xs": list(xs), "ys": list(ys), "name": names}
        set_range(self.accuracy.x_range, 0.9, max(float(x[-1]) for x in xs) * 1.1)
        one, coding = found[name], CODINGS[name]
        drawn = f" Its windows are drawn with {levels} steps." if one.continuous else ""
        return (
            _table(found, name),
            f"{coding.label[0].upper()}{coding.label[1:]}: <b>{100 * one.accuracy[-1]:.0f}</b> of "
            f"{IMAGES} are right at the end; the analog network has "
            f"{100 * analog_accuracy():.0f}. The value of a neuron is in {coding.meaning}.{drawn}",
            self._show_layers(name, levels, one),
        )

    def _show_layers(self, name: str, levels: int, one: Measured) -> str:
        image = int(self.values["image"])
        run = run_images(name, levels * CODINGS[name].has_levels, slice(image, image + 1))
        spikes = _layer_spikes(run)
        time = _time(one, levels)
        self._spikes.data = {
            "xs": [time] * len(spikes),
            "ys": list(spikes),
            "colour": list(_COLOURS),
        }
        set_range(self.layers.x_range, 0, float(time[-1]))
        set_range(self.layers.y_range, 0, 1.05 * max(1, int(spikes.max())))
        total, turns = int(spikes.sum()), ""
        names = (*images().classes, "nothing")  # -1, the last one, is undecided
        shown, said = names[int(validation()[1][image])], names[int(run.predictions()[0])]
        if one.windows > 1:
            turns = (
                f" Layers take turns, in {one.windows} windows; in the first one the image arrives."
            )
        return (
            f"Image {image} shows: {shown}. The network says: <b>{said}</b>. It takes {total:,} "
            f"spikes in the whole run, {total / one.neurons:.2f} per neuron.{turns}"
        )


def _time(one: Measured, levels: int) -> np.ndarray:
    """Steps after which a run is known; a window of continuous time is drawn like another."""
    time = np.arange(1, len(one.accuracy) + 1, dtype=float)
    return time * (one.windows * levels / len(time)) if one.continuous else time


def _table(found: Mapping[str, Measured], looked: str) -> str:
    rows = {}
    for name, one in found.items():
        spikes, after = float(one.spikes[one.answered - 1]), counted(one.answered, "step")
        if one.continuous:
            after = f"{one.answered * one.windows / len(one.accuracy):.1f} windows"
        rows[name] = (
            f"{100 * one.accuracy[-1]:.0f}", after, f"{spikes:,.0f}", f"{spikes / one.neurons:.2f}"
        )  # fmt: skip
    heads = ("right", "answer after", "spikes until then", "per neuron")
    return table_of_codes(heads, rows, looked)
