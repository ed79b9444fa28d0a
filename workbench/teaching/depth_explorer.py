"""A chain of layers: each hears of a value later than the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from bokeh.models.annotations import Legend, LegendItem, Span

from workbench.plot.palette import ANALOG, LAYERS
from workbench.plot.style import axis_range, empty, make_figure, set_range
from workbench.teaching.controls import Control, Number, initial_potential, places
from workbench.teaching.explorer import Explorer, Plot
from workbench.teaching.lone_neuron import run_chain

MOST = 6
"""Layers, one colour each."""


class DepthExplorer(Explorer):
    """Watch a value arrive in a chain of layers that all hold it.

    Parameters
    ----------
    **values
        activation, layers, steps, initial_potential.
    """

    title: ClassVar[str] = "A value on its way through layers"
    controls: ClassVar[Mapping[str, Control]] = MappingProxyType(
        {
            "activation": Number(
                "Activation",
                "The value that every layer of the analog network holds.",
                0.4,
                places(0.05, 1.0, 0.05),
            ),
            "layers": Number(
                "Layers", "Layers, one behind the other.", 4, places(1, MOST, 1), integer=True
            ),
            "steps": Number(
                "Steps T", "Time steps that are simulated.", 40, places(5, 100, 5), integer=True
            ),
            "initial_potential": initial_potential(0.05),
        }
    )

    def make(self) -> Sequence[Plot]:
        """Return a figure with a line for each layer."""
        self.figure = make_figure(
            height=290, x_range=axis_range(0, 40), y_range=axis_range(-0.02, 1.1)
        )
        self._values = empty("xs", "ys", "colour")
        self._values.data = {name: [] for name in ("xs", "ys", "colour")}
        drawn = self.figure.multi_line(
            "xs", "ys", source=self._values, line_color="colour", line_width=2.5
        )
        self._exact: Any = Span(
            dimension="width", line_color=ANALOG, line_dash="dashed", line_width=2
        )
        self.figure.add_layout(self._exact)
        self._legend: Any = Legend(
            items=[], label_text_font_size="12px", border_line_color=None, spacing=0,
            background_fill_color=None, label_height=16, glyph_height=14, margin=10,
        )  # fmt: skip
        self._names = [
            LegendItem(label=f"layer {n + 1}", renderers=[drawn], index=n) for n in range(MOST)
        ]
        self.figure.add_layout(self._legend, "right")
        self.figure.xaxis.axis_label = "time (steps)"
        self.figure.yaxis.axis_label = "value of the spikes so far"
        return (Plot("What each layer has told so far; dashed: the analog network", self.figure),)

    def show(self) -> Sequence[str]:
        """Simulate the chain."""
        layers, steps = int(self.values["layers"]), int(self.values["steps"])
        value = float(self.values["activation"])
        start = float(self.values["initial_potential"])
        told = run_chain(value, layers, steps, initial_potential=start)
        time = np.arange(1, steps + 1)
        self._values.data = {
            "xs": [time] * layers,
            "ys": list(told),
            "colour": list(LAYERS[:layers]),
        }
        self._legend.items = self._names[:layers]
        self._exact.location = value
        set_range(self.figure.x_range, 0, steps)
        set_range(self.figure.y_range, -0.02, max(1.1 * value, float(told.max()) * 1.05) + 0.02)
        first = [np.flatnonzero(row) for row in told]
        last = first[-1]
        arrived = f"step {last[0] + 1}" if len(last) else f"no step of these {steps}"
        off = told[-1, -1] - value
        return (
            f"The last layer spikes first in {arrived}. After {steps} steps its value is "
            f"{told[-1, -1]:.3f} instead of {value:g}: an error of {off:+.3f}.",
        )
