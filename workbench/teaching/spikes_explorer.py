"""The spikes of one network in two places: here, and in Brian2 or in a few bits."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from workbench import datasets
from workbench.errors import ExportError
from workbench.network.spiking import SpikingNetwork
from workbench.plot.palette import ANALOG, LAYERS, OUTPUT
from workbench.plot.style import axis_range, empty, make_figure, set_range
from workbench.run import Run
from workbench.settings import Simulation
from workbench.teaching.controls import Choice, Control, Number, places
from workbench.teaching.explorer import Explorer, Plot
from workbench.teaching.fixed_point import rounded
from workbench.teaching.layers_explorer import bundled
from workbench.workflow import convert, run_in_brian2, simulate

NETWORK = "mlp"
IMAGES, STEPS = 20, 50
_ROWS = 24
"""Neurons that are drawn, at most: those that spike most."""

PLACES = {
    "brian2": "Brian2",
    "10": "10-bit integers",
    "8": "8-bit integers",
    "6": "6-bit integers",
    "4": "4-bit integers",
    "3": "3-bit integers",
}


@functools.cache
def _network() -> tuple[SpikingNetwork, np.ndarray]:
    """Return the network, and validation images."""
    data = datasets.load("mnist")
    assert data.x_validation is not None
    return convert(bundled(NETWORK), data.calibration), np.asarray(data.x_validation[:IMAGES])


@functools.cache
def _run(place: str, image: int) -> Run:
    network, x = _network()
    settings = Simulation(steps=STEPS, record="all")
    if place == "brian2":
        return run_in_brian2(network, x[image : image + 1], settings, lambda *_done: None)
    if place:
        network = rounded(network, int(place))
    return simulate(network, x[image : image + 1], settings)


class SpikesExplorer(Explorer):
    """Compare spikes one by one: those of the simulator with those of another place.

    Parameters
    ----------
    **values
        place, layer, image.
    """

    title: ClassVar[str] = "The same spikes?"
    controls: ClassVar[Mapping[str, Control]] = MappingProxyType(
        {
            "place": Choice("Compare with", "Where else the network runs.", "8", PLACES),
            "layer": Choice(
                "Layer", "Whose spikes are compared.", "dense2",
                {"dense1": "dense1", "dense2": "dense2", "output": "output"},
            ),
            "image": Number(
                "Image", "Number of the validation image.", 0, places(0, IMAGES - 1, 1),
                integer=True,
            ),
        }
    )  # fmt: skip

    def make(self) -> Sequence[Plot]:
        """Return spikes of both against time."""
        self.figure = make_figure(
            height=340, x_range=axis_range(0, STEPS + 1), y_range=axis_range(0, 1)
        )
        kinds = (("both", "square", 5), ("ours", "x", 8), ("theirs", "circle", 8))
        colours = {"both": ANALOG, "ours": LAYERS[0], "theirs": OUTPUT}
        self._spikes = {kind: empty("x", "y") for kind, *_ in kinds}
        for kind, marker, size in kinds:
            self.figure.scatter(
                "x", "y", source=self._spikes[kind], marker=marker, size=size, line_width=2,
                line_color=colours[kind], fill_color=colours[kind] if kind == "both" else None,
            )  # fmt: skip
        self.figure.xaxis.axis_label = "time (steps)"
        self.figure.yaxis.axis_label = "neuron (those that spike most)"
        return (
            Plot(
                "Gray squares: spikes of both; blue crosses: simulator only; orange circles: other "
                "only",
                self.figure,
            ),
        )

    def show(self) -> Sequence[str]:
        """Run the network in both places."""
        place, layer = str(self.values["place"]), str(self.values["layer"])
        image = int(self.values["image"])
        ours = _run("", image)
        try:
            theirs = _run(place, image)
        except ExportError as error:  # there is no Brian2
            self._show(np.zeros((0, 2), np.int64), np.zeros((0, 2), np.int64))
            return (str(error),)
        first, second = (_pairs(run, layer) for run in (ours, theirs))
        self._show(first, second)
        both = len(_common(first, second))
        different = len(first) + len(second) - 2 * both
        answers = [int(run.predictions()[0]) for run in (ours, theirs)]
        same = "The answer is the same" if answers[0] == answers[1] else "The answer has changed"
        share = "all of them" if not different else f"{both:,} of them"
        where = f"{'In' if place == 'brian2' else 'With'} {PLACES[place]}"
        return (
            f"{layer} sends {len(first):,} spikes in the simulator. {where} <b>{share}</b> come in "
            f"the same step, and {len(second) - both:,} others. {same}: {answers[0]}"
            + ("." if answers[0] == answers[1] else f" here, {answers[1]} there."),
        )

    def _show(self, ours: np.ndarray, theirs: np.ndarray) -> None:
        everything = np.concatenate([ours, theirs])
        units, times = np.unique(everything[:, 1], return_counts=True)
        shown = np.sort(units[np.argsort(-times, kind="stable")][:_ROWS])
        both = _common(ours, theirs)
        rows = {"both": both, "ours": _without(ours, both), "theirs": _without(theirs, both)}
        for kind, pairs in rows.items():
            kept = pairs[np.isin(pairs[:, 1], shown)]
            self._spikes[kind].data = {
                "x": kept[:, 0] + 1,
                "y": np.searchsorted(shown, kept[:, 1]) + 1,
            }
        set_range(self.figure.y_range, 0, max(len(shown), 1) + 1)


def _pairs(run: Run, layer: str) -> np.ndarray:
    """Return step and unit of each spike; int64, shape (spikes, 2)."""
    return run.spikes(layer)[["step", "unit"]].to_numpy(np.int64)


def _common(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    kept = np.array(sorted(set(map(tuple, one)) & set(map(tuple, other))), np.int64)
    return kept.reshape(-1, 2)


def _without(pairs: np.ndarray, taken: np.ndarray) -> np.ndarray:
    kept = np.array(sorted(set(map(tuple, pairs)) - set(map(tuple, taken))), np.int64)
    return kept.reshape(-1, 2)
