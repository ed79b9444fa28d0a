"""Random spikes: how far repetitions of the same input lie apart, and how slowly that shrinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from bokeh.models.annotations import Span
from bokeh.models.formatters import NumeralTickFormatter

from workbench.plot.palette import ANALOG, LAYERS, OUTPUT
from workbench.plot.style import axis_range, counted, empty, make_figure, set_range
from workbench.settings import Conversion
from workbench.teaching.controls import Control, Number, places
from workbench.teaching.explorer import Explorer, Plot
from workbench.teaching.lone_neuron import neuron_network, rate_curve, run_alone

REPETITIONS = 200
"""Samples of the same value; each has a random stream of its own."""

SHOWN = 6
"""Of them that are drawn as lines."""

LONGEST = 200

_INNER = (0.05, 0.95)
"""Between these shares of the repetitions lies the band."""


def random_values(value: float, probability: float, steps: int = LONGEST) -> np.ndarray:
    """Return what random input spikes say of a value after each step; (REPETITIONS, steps).

    Parameters
    ----------
    value : float
        From 0 to 1.
    probability : float
        That an input of 1 spikes in a step.
    """
    run = run_alone(
        neuron_network(),
        np.tile([value, 0.0], (REPETITIONS, 1)),
        Conversion(percentile=100),
        steps=steps,
        encoding="poisson",
        input_rate_hz=1000 * probability,
        record=("input",),
    )
    spikes, sent = run.spikes("input"), np.zeros((REPETITIONS, steps))
    sent[spikes["sample"].to_numpy(), spikes["step"].to_numpy()] = 1
    values: np.ndarray = sent.cumsum(axis=1) / np.arange(1, steps + 1) / probability
    return values


class PoissonExplorer(Explorer):
    """Send one value by random spikes, many times.

    Parameters
    ----------
    **values
        value, steps, rate.
    """

    title: ClassVar[str] = f"The same value by random spikes, {REPETITIONS} times"
    controls: ClassVar[Mapping[str, Control]] = MappingProxyType(
        {
            "value": Number(
                "Value", "The brightness of a pixel, from 0 to 1.", 0.5, places(0.0, 1.0, 0.05)
            ),
            "steps": Number(
                "Steps T",
                "When the value is read.",
                25,
                places(1, LONGEST, 1),
                integer=True,
            ),
            "rate": Number(
                "Input rate",
                "Mean number of spikes per step for a pixel of 1. Fewer spikes carry more each.",
                1.0,
                places(0.1, 1.0, 0.1),
            ),
        }
    )

    def make(self) -> Sequence[Plot]:
        """Return values against time, and how far they lie apart."""
        self._run_for: tuple[float, float] | None = None
        self.course = make_figure(
            height=260, x_range=axis_range(0, LONGEST), y_range=axis_range(-0.04, 1.4)
        )
        self._band, self._single = empty("x", "low", "high"), empty("xs", "ys")
        self.course.varea("x", "low", "high", source=self._band, fill_color=LAYERS[1],
                          fill_alpha=0.25)  # fmt: skip
        self.course.multi_line(
            "xs", "ys", source=self._single, line_color=LAYERS[1], line_alpha=0.7
        )
        self._constant = empty("x", "y")
        self.course.line("x", "y", source=self._constant, line_color=LAYERS[0], line_width=2)
        self._exact: Any = Span(
            dimension="width", line_color=ANALOG, line_dash="dashed", line_width=2
        )
        self._now: Any = Span(dimension="height", line_color=OUTPUT, line_width=2)
        self.course.add_layout(self._exact)
        self.course.add_layout(self._now)
        self.course.xaxis.axis_label = "time (steps)"
        self.course.yaxis.axis_label = "value of the spikes so far"
        self.spread = make_figure(
            height=240, x_axis_type="log", y_axis_type="log", x_range=axis_range(0.9, LONGEST),
            y_range=axis_range(0.002, 4),
        )  # fmt: skip
        self._random, self._largest, self._here = (empty("x", "y") for _ in range(3))
        self.spread.line("x", "y", source=self._random, line_color=LAYERS[1], line_width=2.5)
        self.spread.line("x", "y", source=self._largest, line_color=LAYERS[0], line_width=2.5)
        self.spread.scatter("x", "y", source=self._here, size=11, color=OUTPUT)
        self.spread.xaxis.axis_label = "steps T"
        self.spread.yaxis.axis_label = "error"
        self.spread.xaxis.ticker = [1, 2, 5, 10, 20, 50, 100, 200]
        self.spread.yaxis.ticker = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]
        self.spread.yaxis.formatter = NumeralTickFormatter(format="0.[000]")
        return (
            Plot("Green: random spikes; blue: a constant input; orange: now", self.course),
            Plot("Typical error of random spikes, and largest error of a constant", self.spread),
        )

    def show(self) -> Sequence[str]:
        """Simulate all repetitions at once, and the constant input."""
        value, steps = float(self.values["value"]), int(self.values["steps"])
        if self._run_for != (value, self.values["rate"]):
            self._run_for = value, self.values["rate"]
            self._said = random_values(value, float(self.values["rate"]))
        said = self._said
        time = np.arange(1, LONGEST + 1)
        low, high = np.quantile(said, _INNER, axis=0)
        self._band.data = {"x": time, "low": low, "high": high}
        self._single.data = {"xs": [time] * SHOWN, "ys": list(said[:SHOWN])}
        constant = rate_curve(np.array([value]), LONGEST, initial_potential=0.5)[0] / time
        self._constant.data = {"x": time, "y": constant}
        self._exact.location, self._now.location = value, steps
        set_range(self.course.y_range, -0.04, max(1.1, 2.2 * value))
        error = np.sqrt(((said - value) ** 2).mean(axis=0))
        drawn = error > 0
        self._random.data = {"x": time[drawn], "y": error[drawn]}
        self._largest.data = {"x": time, "y": 0.5 / time}
        here = error[steps - 1]
        self._here.data = {"x": [steps] * int(here > 0), "y": [here] * int(here > 0)}
        first, last = low[steps - 1], high[steps - 1]
        return (
            f"After {counted(steps, 'step')} nine in ten repetitions say something from "
            f"<b>{first:.2f} to {last:.2f}</b>; {value:g} is right. A constant input says "
            f"{constant[steps - 1]:.3f}.",
            f"After {counted(steps, 'step')} random spikes are wrong by <b>{here:.3f}</b> (root "
            f"of the mean square), a constant input, rounded, by {0.5 / steps:.3f} at most. Both "
            "axes are logarithmic.",
        )
