"""Why the order of spikes matters: a spike that came too early cannot be taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from bokeh.models.annotations import Span

from workbench.plot.palette import LAYERS, OUTPUT, THRESHOLD
from workbench.plot.style import axis_range, counted, empty, make_figure, set_range
from workbench.teaching.controls import Choice, Control, Number, initial_potential, places
from workbench.teaching.explorer import Explorer, Plot
from workbench.teaching.lone_neuron import run_opposed

SPIKES = 8
"""That each of the two others sends, in twice as many steps."""

ORDERS = {
    "mixed": "in turns",
    "first": "excitation first",
    "last": "inhibition first",
}


def arrivals(order: str) -> tuple[np.ndarray, np.ndarray]:
    """Return when excitation and inhibition arrive; two of bool, (2 * SPIKES,)."""
    step = np.arange(2 * SPIKES)
    excited = {"mixed": step % 2 == 0, "first": step < SPIKES, "last": step >= SPIKES}[order]
    return excited, ~excited


class OrderExplorer(Explorer):
    """Send a neuron the same spikes in another order.

    Parameters
    ----------
    **values
        excitation, inhibition, order, initial_potential, neurons.
    """

    title: ClassVar[str] = "The same spikes in another order"
    controls: ClassVar[Mapping[str, Control]] = MappingProxyType(
        {
            "excitation": Number(
                "Excitation", "What one spike of the first neuron brings.", 0.6,
                places(0.0, 1.0, 0.05),
            ),
            "inhibition": Number(
                "Inhibition", "What one spike of the second neuron takes.", 0.55,
                places(0.0, 1.0, 0.05),
            ),
            "order": Choice("Order", "When the two others spike.", "first", ORDERS),
            "initial_potential": initial_potential(0.1),
            "neurons": Choice(
                "Neurons",
                "Plain ones, or signed ones, which may send -1 to take a spike back.",
                "if",
                {"if": "plain", "signed": "signed"},
            ),
        }
    )  # fmt: skip

    def make(self) -> Sequence[Plot]:
        """Return a figure against time."""
        self.figure = make_figure(height=280, x_range=axis_range(0, 2 * SPIKES + 0.6))
        self.figure.y_range = axis_range(-1, 2)
        self._line = empty("x", "y")
        self._arriving, self._sent = empty("x", "y", "colour", "marker"), empty("x", "y", "fill")
        self.figure.line("x", "y", source=self._line, line_color=LAYERS[0], line_width=2)
        self.figure.scatter(
            "x", "y", source=self._arriving, marker="marker", color="colour", size=8
        )
        self.figure.scatter(
            "x", "y", source=self._sent, marker="square", size=9, line_color=OUTPUT,
            fill_color=OUTPUT, fill_alpha="fill", line_width=2,
        )  # fmt: skip
        line: Any = Span(
            location=1, dimension="width", line_color=THRESHOLD, line_dash="dashed", line_width=2
        )
        self.figure.add_layout(line)
        self.figure.xaxis.axis_label = "time (steps)"
        self.figure.yaxis.axis_label = "potential (thresholds)"
        return (
            Plot(
                "Potential; squares above: spikes sent; triangles below: spikes received",
                self.figure,
            ),
        )

    def show(self) -> Sequence[str]:
        """Simulate the neuron."""
        up, down = float(self.values["excitation"]), float(self.values["inhibition"])
        start = float(self.values["initial_potential"])
        excited, inhibited = arrivals(str(self.values["order"]))
        after, sent = run_opposed(
            excited, inhibited, (up, down), initial_potential=start, neurons=self.values["neurons"]
        )
        time = np.arange(1, len(sent) + 1)
        before = after + sent
        x, y = np.repeat(time, 2), np.stack([before, after], axis=1).reshape(-1)
        self._line.data = {"x": [0, *x], "y": [start, *y]}
        low, high = min(-0.2, float(before.min())), max(1.2, float(before.max()))
        margin = 0.1 * (high - low)
        set_range(self.figure.y_range, low - 2 * margin, high + 1.6 * margin)
        self._arriving.data = {
            "x": time,
            "y": [low - margin] * len(time),
            "colour": [LAYERS[1] if one else LAYERS[3] for one in excited],
            "marker": ["triangle" if one else "inverted_triangle" for one in excited],
        }
        spoke = sent != 0
        self._sent.data = {
            "x": time[spoke],
            "y": [high + 0.8 * margin] * int(spoke.sum()),
            "fill": (sent[spoke] > 0).astype(float),
        }
        total = SPIKES * (up - down)
        # As many as if everything had arrived evenly.
        wanted = int(np.clip(np.floor(total + start + 1e-9), 0, len(sent)))
        taken = int((sent < 0).sum())
        back = f", and took {counted(taken, 'spike')} back" if taken else ""
        return (
            f"Received {SPIKES * up:+.2f} and {-SPIKES * down:+.2f}, together {total:+.2f}: "
            f"<b>{counted(wanted, 'spike')}</b> would be right. It sent "
            f"<b>{counted(int((sent > 0).sum()), 'spike')}</b>{back}.",
        )
