"""One neuron: its potential over time, and how its rate follows its input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from bokeh.models.annotations import Span

from workbench.neuron_rules import RESET_RULES, RESETS
from workbench.plot.palette import ANALOG, LAYERS, OUTPUT, THRESHOLD
from workbench.plot.style import axis_range, counted, empty, make_figure, set_range
from workbench.teaching.controls import Choice, Control, Number, places
from workbench.teaching.explorer import Explorer, Plot
from workbench.teaching.lone_neuron import NeuronRun, rate_curve, run_neuron

STEPS = 40
CURVE_STEPS = 200
"""Of the curve: so long that its stairs are finer than a pixel or two."""

HIGHEST = 2.0
"""Input at the right end of the curve."""

PATTERNS = {
    "constant": "in every step",
    "burst": "only in the first half",
    "random": "at random, half of the steps",
}


def arrivals(pattern: str, steps: int = STEPS) -> np.ndarray:
    """Return in which steps input arrives; bool, (steps,)."""
    if pattern == "burst":
        return np.arange(steps) < steps // 2
    if pattern == "random":
        return np.random.default_rng(1).random(steps) < 0.5
    return np.ones(steps, bool)


class NeuronExplorer(Explorer):
    """Move input, threshold, reset and leak of one integrate-and-fire neuron.

    Parameters
    ----------
    **values
        input, pattern, threshold, reset, leak.
    """

    title: ClassVar[str] = "One neuron"
    controls: ClassVar[Mapping[str, Control]] = MappingProxyType(
        {
            "input": Number(
                "Input",
                "What arrives in a step and is added to the membrane potential.",
                0.3,
                places(-0.5, HIGHEST, 0.05),
            ),
            "pattern": Choice(
                "Arrives", "When the input arrives: steps without it add 0.", "constant", PATTERNS
            ),
            "threshold": Number(
                "Threshold",
                "The neuron spikes when its potential is at the threshold or above.",
                1.0,
                places(0.5, 2.0, 0.05),
            ),
            "reset": Choice(
                "Reset",
                "What a spike does to the potential.",
                "subtract",
                {name: RESET_RULES[name].label for name in RESETS},
            ),
            "leak": Number(
                "Leak",
                "What a positive potential loses at the start of every step, as a fraction of the "
                "threshold.",
                0.0,
                places(0.0, 0.5, 0.01),
            ),
        }
    )

    def make(self) -> Sequence[Plot]:
        """Return a figure against time and one against the input."""
        self.potential = make_figure(height=250, x_range=axis_range(0, STEPS + 0.6))
        self._line, self._thrown = empty("x", "y"), empty("x", "low", "high")
        self._spikes = empty("x", "y")
        self.potential.line("x", "y", source=self._line, line_color=LAYERS[0], line_width=2)
        self.potential.segment(
            x0="x", x1="x", y0="low", y1="high", source=self._thrown, line_color=THRESHOLD,
            line_width=5,
        )  # fmt: skip
        self.potential.scatter(
            "x", "y", source=self._spikes, size=8, marker="square", color=OUTPUT,
        )  # fmt: skip
        self._threshold: Any = Span(
            dimension="width", line_color=THRESHOLD, line_dash="dashed", line_width=2
        )
        self.potential.add_layout(self._threshold)
        self.potential.y_range = axis_range(-0.2, 1.6)
        self.potential.xaxis.axis_label = "time (steps)"
        self.potential.yaxis.axis_label = "potential (unit of the input)"
        self.curve = make_figure(
            height=230, x_range=axis_range(-0.5, HIGHEST), y_range=axis_range(-0.04, 1.1)
        )
        self._rates, self._ideal, self._here = (empty("x", "y") for _ in range(3))
        self.curve.line(
            "x", "y", source=self._ideal, line_color=ANALOG, line_dash="dashed", line_width=2
        )
        self.curve.line("x", "y", source=self._rates, line_color=LAYERS[0], line_width=2)
        self.curve.scatter("x", "y", source=self._here, size=11, color=OUTPUT)
        self.curve.xaxis.axis_label = "input (per step)"
        self.curve.yaxis.axis_label = "rate (spikes per step)"
        return (
            Plot("Membrane potential against time", self.potential),
            Plot(f"Rate against a constant input, over {CURVE_STEPS} steps", self.curve),
        )

    def show(self) -> Sequence[str]:
        """Simulate the neuron once over time, and once for each input of the curve."""
        chosen = {name: self.values[name] for name in ("threshold", "reset", "leak")}
        run = run_neuron(arrivals(self.values["pattern"]), current=self.values["input"], **chosen)
        self._show_potential(run)
        currents = np.linspace(-0.5, HIGHEST, 126)
        rates = rate_curve(currents, CURVE_STEPS, **chosen)[:, -1] / CURVE_STEPS
        here = rate_curve(np.array([self.values["input"]]), CURVE_STEPS, **chosen)[0, -1]
        self._rates.data = {"x": currents, "y": rates}
        ideal = np.clip(currents / run.threshold, 0, 1)
        self._ideal.data = {"x": currents, "y": ideal}
        self._here.data = {"x": [self.values["input"]], "y": [here / CURVE_STEPS]}
        wanted = min(max(self.values["input"] / run.threshold, 0.0), 1.0)
        return (
            balance(run),
            f"Orange: your input, rate {here / CURVE_STEPS:.3f}. Dashed: input divided by "
            f"threshold, between 0 and 1, here {wanted:.3f}.",
        )

    def _show_potential(self, run: NeuronRun) -> None:
        # A step goes from what the last one left to what its input makes of it, and then, where
        # there is a spike, straight down.
        time = np.arange(1, STEPS + 1)
        x, y = np.repeat(time, 2), np.stack([run.before, run.after], axis=1).reshape(-1)
        self._line.data = {"x": [0, *x], "y": [0.0, *y]}
        lost = run.lost > 1e-9
        self._thrown.data = {
            "x": time[lost],
            "low": run.before[lost] - run.lost[lost],
            "high": run.before[lost],
        }
        low = min(-0.2, float(run.before.min()) * 1.08)
        high = max(1.25 * run.threshold, float(run.before.max())) + 0.04
        margin = 0.09 * (high - low)
        set_range(self.potential.y_range, low, high + 1.6 * margin)
        self._spikes.data = {"x": time[run.spikes], "y": [high + margin / 2] * run.count}
        self._threshold.location = run.threshold


def balance(run: NeuronRun) -> str:
    """Say where all that a neuron received has gone."""
    lost, leaked = float(run.lost.sum()), float(run.leaked.sum())
    parts = [
        f"{run.count * run.threshold:.2f} sent ({counted(run.count, 'spike')} of "
        f"{run.threshold:g})",
        f"{run.after[-1]:.2f} still in the membrane",
        f"<b>{lost:.2f} thrown away by resets</b> (red)" if lost > 0.005 else "",
        f"{leaked:.2f} leaked" if leaked > 0.005 else "",
    ]
    return f"Received {run.received.sum():.2f} = {' + '.join(filter(None, parts))}."
