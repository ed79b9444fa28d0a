"""What integers of a few bits do to weights, layers and accuracy."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from bokeh.models import FactorRange
from bokeh.models.annotations import Span

from workbench import datasets
from workbench.datasets.dataset import Dataset
from workbench.network.spiking import SpikingNetwork
from workbench.plot.palette import ANALOG, LAYERS, OUTPUT
from workbench.plot.style import axis_range, empty, make_figure, set_range
from workbench.settings import Conversion, Simulation
from workbench.teaching.controls import Choice, Control, Number, places
from workbench.teaching.explorer import Explorer, Plot
from workbench.teaching.fashion import IMAGES
from workbench.teaching.fixed_point import FEWEST, MOST, largest_integer, rounded, weights_of
from workbench.teaching.layers_explorer import bundled
from workbench.workflow import convert, simulate

STEPS = 32
"""Of a run."""

_SHOWN = 700
"""Weights that are drawn, at most; the largest are among them."""

NETWORKS = {"fashion": "clothes", "lenet": "digits"}
_SAMPLES = {"fashion": "fashion", "lenet": "mnist"}


@functools.cache
def _data(name: str) -> Dataset:
    return datasets.load(_SAMPLES[name])


def accuracy_with(
    network: str, conversion: Conversion, bits: int | None, *, common: bool = False
) -> float:
    """Return the accuracy on validation images after 32 steps, from 0 to 1.

    Parameters
    ----------
    network : "fashion" or "lenet"
    conversion : Conversion
    bits : int or None
        Of a weight; None for the network as it was converted.
    common : bool
        See `rounded`.
    """
    data = _data(network)
    assert data.x_validation is not None and data.y_validation is not None
    spiking = convert(bundled(network), data.calibration, conversion)
    if bits is not None:
        spiking = rounded(spiking, bits, common=common)
    run = simulate(spiking, data.x_validation[:IMAGES], Simulation(steps=STEPS))
    return float((run.predictions() == data.y_validation[:IMAGES]).mean())


class FixedPointExplorer(Explorer):
    """Store the weights of a network in a few bits, and see what is left.

    Parameters
    ----------
    **values
        bits, step, percentile, network.
    """

    title: ClassVar[str] = "Weights as integers"
    controls: ClassVar[Mapping[str, Control]] = MappingProxyType(
        {
            "bits": Number(
                "Bits", "Of a weight; one of them is the sign.", 8, places(FEWEST, MOST, 1),
                integer=True,
            ),
            "step": Choice(
                "Step Δ", "What an integer of 1 stands for: for each layer, or for all of them.",
                "layer", {"layer": "one per layer", "network": "one for all layers"},
            ),
            "percentile": Number(
                "Percentile", "Of the conversion: what one spike per step stands for.", 95,
                (90, 93, 95, 97, 98, 99, 99.5, 99.9, 100),
            ),
            "network": Choice("Network", "Which network is stored.", "fashion", NETWORKS),
        }
    )  # fmt: skip

    def make(self) -> Sequence[Plot]:
        """Return accuracy against bits, one row per layer, and weights of one layer."""
        self._known: dict[tuple[Any, ...], dict[int | None, float]] = {}
        self._tried, self._now = empty("x", "y"), empty("x", "y")
        self.accuracy = make_figure(
            height=230, x_range=axis_range(FEWEST - 0.5, MOST + 0.5), y_range=axis_range(0, 104)
        )
        self._unrounded: Any = Span(
            location=0, dimension="width", line_color=ANALOG, line_dash="dashed", line_width=2
        )
        self.accuracy.add_layout(self._unrounded)
        self.accuracy.line("x", "y", source=self._tried, line_color=LAYERS[0], line_width=2)
        self.accuracy.scatter("x", "y", source=self._tried, color=LAYERS[0], size=7)
        self.accuracy.scatter("x", "y", source=self._now, color=OUTPUT, size=12)
        self.accuracy.xaxis.axis_label = "bits of a weight"
        self.accuracy.yaxis.axis_label = "accuracy (%)"
        self._layers = empty("name", "lost")
        rows: Any = FactorRange(factors=[])
        self.layers = make_figure(height=230, x_range=axis_range(0, 100), y_range=rows)
        self.layers.hbar(
            y="name", right="lost", height=0.6, source=self._layers, fill_color=LAYERS[0],
            line_color=None,
        )  # fmt: skip
        self.layers.xaxis.axis_label = "weights stored as 0 (%)"
        self.layers.yaxis.axis_label = "layer"
        self._weights = empty("x", "y")
        self.weights = make_figure(height=260, x_range=axis_range(-1, 1), y_range=axis_range(-1, 1))
        # On this line nothing changes a weight.
        self._straight = empty("x", "y")
        self.weights.line("x", "y", source=self._straight, line_color=ANALOG, line_dash="dashed")
        self.weights.scatter("x", "y", source=self._weights, color=LAYERS[0], size=6, alpha=0.6)
        self.weights.xaxis.axis_label = "weight as converted (thresholds)"
        self.weights.yaxis.axis_label = "as stored (thresholds)"
        return (
            Plot(
                f"Accuracy after {STEPS} steps, for all bits you have tried; dashed: not rounded",
                self.accuracy,
            ),
            Plot("What is too small for an integer", self.layers),
            Plot("Weights of the layer that loses most of them", self.weights),
        )

    def show(self) -> Sequence[str]:
        """Round the network and simulate; what is known is not measured again."""
        network, bits = str(self.values["network"]), int(self.values["bits"])
        common = self.values["step"] == "network"
        conversion = Conversion(percentile=float(self.values["percentile"]), initial_potential=0.5)
        known = self._known.setdefault((network, repr(conversion), common), {})
        for wanted in (None, bits):
            if wanted not in known:
                known[wanted] = accuracy_with(network, conversion, wanted, common=common)
        tried = sorted(each for each in known if each is not None)
        self._tried.data = {"x": tried, "y": [100 * known[each] for each in tried]}
        self._now.data = {"x": [bits], "y": [100 * known[bits]]}
        self._unrounded.location = 100 * known[None]
        spiking = convert(bundled(network), _data(network).calibration, conversion)
        return (
            f"With {bits} bits <b>{100 * known[bits]:.0f} of {IMAGES}</b> validation images are "
            f"right; without rounding {100 * known[None]:.0f}.",
            *self._show_weights(spiking, rounded(spiking, bits, common=common), bits),
        )

    def _show_weights(
        self, before: SpikingNetwork, after: SpikingNetwork, bits: int
    ) -> tuple[str, str]:
        lost = {name: 100 * float((weights_of(after, name) == 0).mean()) for name in before.layers}
        self.layers.y_range.factors = list(lost)[::-1]
        self._layers.data = {"name": list(lost), "lost": list(lost.values())}
        worst = max(lost, key=lambda name: lost[name])
        old, new = weights_of(before, worst), weights_of(after, worst)
        # By size, so that the few large weights, which set the step, are among those drawn.
        order = np.argsort(np.abs(old))
        order = np.union1d(order[-60:], order[:: max(1, len(order) // _SHOWN)])
        theta = before.population(worst).threshold
        x, y = old[order] / theta, new[order] / theta
        end = 1.08 * float(np.abs(np.concatenate([x, y])).max())
        set_range(self.weights.x_range, -end, end)
        set_range(self.weights.y_range, -end, end)
        self._straight.data = {"x": [-end, end], "y": [-end, end]}
        self._weights.data = {"x": x, "y": y}
        most = largest_integer(bits)
        return (
            f"Most in {worst}: <b>{lost[worst]:.0f} %</b> of its weights become 0.",
            f"{worst}: integers from {-most:,} to {most:,} are available; its weights use "
            f"{len(np.unique(new)):,} different values. Its largest weight is "
            f"{np.abs(old).max() / theta:.2f} thresholds, its median one "
            f"{np.median(np.abs(old)) / theta:.2f}.",
        )
