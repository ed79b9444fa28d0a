"""What settings of a conversion do to accuracy, and to each layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from bokeh.models import FactorRange
from bokeh.models.annotations import Span

from workbench.neuron_rules import RESET_RULES, RESETS
from workbench.plot.palette import ANALOG, LAYERS, OUTPUT, THRESHOLD
from workbench.plot.style import axis_range, empty, make_figure
from workbench.settings import Conversion
from workbench.teaching.controls import Choice, Control, Number, initial_potential, places
from workbench.teaching.explorer import Explorer, Plot
from workbench.teaching.fashion import (
    IMAGES,
    INSIDE,
    LONGEST,
    accuracy_in_time,
    analog_accuracy,
    inside,
    network,
)


class ConversionExplorer(Explorer):
    """Convert the network of clothes with other settings, and see what it costs.

    Parameters
    ----------
    **values
        percentile, reset, initial_potential, per_channel, steps.
    """

    title: ClassVar[str] = "Convert the network of clothes"
    controls: ClassVar[Mapping[str, Control]] = MappingProxyType(
        {
            "percentile": Number(
                "Percentile",
                "Of each layer's activations: what one spike per step stands for. Larger ones are "
                "clipped.",
                99.9,
                (60, 70, 80, 85, 90, 93, 95, 97, 98, 99, 99.5, 99.8, 99.9, 100),
            ),
            "reset": Choice(
                "Reset",
                "What a spike does to the potential.",
                "subtract",
                {name: RESET_RULES[name].label for name in RESETS},
            ),
            "initial_potential": initial_potential(0.1),
            "per_channel": Choice(
                "Scales", "One for each layer, or one for each channel.", "no",
                {"no": "one per layer", "yes": "one per channel"},
            ),
            "steps": Number(
                "Steps T", "When the answer is read.", 16, places(1, LONGEST, 1), integer=True
            ),
        }
    )  # fmt: skip

    def make(self) -> Sequence[Plot]:
        """Return accuracy against time, and one row per layer."""
        self._known: dict[str, tuple[float, ...]] = {}
        self._course, self._now = empty("x", "y"), empty("x", "y")
        self.accuracy = make_figure(
            height=250, x_range=axis_range(0, LONGEST), y_range=axis_range(0, 102)
        )
        line: Any = Span(
            location=100 * analog_accuracy(), dimension="width", line_color=ANALOG,
            line_dash="dashed", line_width=2,
        )  # fmt: skip
        self.accuracy.add_layout(line)
        self.accuracy.line("x", "y", source=self._course, line_color=LAYERS[0], line_width=2.5)
        self.accuracy.scatter("x", "y", source=self._now, size=11, color=OUTPUT)
        self.accuracy.xaxis.axis_label = "time (steps)"
        self.accuracy.yaxis.axis_label = "accuracy (%)"
        self._layers = empty("name", "correlation", "saturated")
        rows: Any = FactorRange(factors=[])
        self.layers = make_figure(height=270, x_range=axis_range(-0.02, 1.02), y_range=rows)
        self.layers.hbar(
            y="name", right="correlation", height=0.6, source=self._layers, fill_color=LAYERS[0],
            line_color=None,
        )  # fmt: skip
        self.layers.scatter(
            "saturated", "name", source=self._layers, size=12, marker="diamond", color=THRESHOLD
        )
        self.layers.xaxis.axis_label = "correlation; share of neurons"
        self.layers.yaxis.axis_label = "layer"
        return (
            Plot("Accuracy against time; dashed: the analog network", self.accuracy),
            Plot(f"What arrives in each layer, for {INSIDE} images", self.layers),
        )

    def show(self) -> Sequence[str]:
        """Convert and simulate; accuracies that are known already are not measured again."""
        steps = int(self.values["steps"])
        conversion = Conversion(
            percentile=float(self.values["percentile"]),
            reset=self.values["reset"],
            initial_potential=float(self.values["initial_potential"]),
            per_channel=self.values["per_channel"] == "yes",
        )
        if repr(conversion) not in self._known:
            self._known[repr(conversion)] = accuracy_in_time(conversion)
        course = 100 * np.array(self._known[repr(conversion)])
        self._course.data = {"x": np.arange(1, LONGEST + 1), "y": course}
        self._now.data = {"x": [steps], "y": [course[steps - 1]]}
        analog = 100 * analog_accuracy()
        table = inside(conversion, steps).correlations(network())
        self._show_layers(table)
        agrees, worst = min(zip(table["correlation"], table["layer"], strict=True))
        share, full = max(zip(table["saturated"], table["layer"], strict=True))
        return (
            f"After {steps} steps <b>{course[steps - 1]:.0f} %</b> of {IMAGES} validation images "
            f"are right; the analog network has {analog:.0f} %.",
            f"Bars: agreement with the analog network, least in {worst} ({agrees:.2f}). Diamonds: "
            f"neurons that spike in every step, most in {full} ({100 * share:.1f} %).",
        )

    def _show_layers(self, table: pd.DataFrame) -> None:
        names = list(table["layer"])
        self.layers.y_range.factors = names[::-1]
        self._layers.data = {
            "name": names,
            "correlation": table["correlation"].fillna(0).clip(0).to_numpy(),
            "saturated": table["saturated"].to_numpy(),
        }
