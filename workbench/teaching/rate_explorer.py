"""A ReLU as a rate: the stairs of spike counts, their error, and the bound 1 / T."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from workbench.plot.palette import ANALOG, LAYERS, OUTPUT
from workbench.plot.style import axis_range, counted, empty, make_figure, set_range
from workbench.teaching.controls import Control, Number, initial_potential, places
from workbench.teaching.explorer import Explorer, Plot
from workbench.teaching.lone_neuron import rate_curve

LONGEST = 60
"""Steps of the error's course."""

HIGHEST = 1.5
_SUMS = places(-0.5, HIGHEST, 0.005)


class RateExplorer(Explorer):
    """Compare the ReLU of a sum z with the spikes that stand for it.

    Parameters
    ----------
    **values
        z, steps, scale, initial_potential.
    """

    title: ClassVar[str] = "A ReLU and its spikes"
    controls: ClassVar[Mapping[str, Control]] = MappingProxyType(
        {
            "z": Number(
                "z",
                "The sum before the ReLU. The neuron gets z / scale as its input per step.",
                0.43,
                places(-0.5, HIGHEST, 0.01),
            ),
            "steps": Number(
                "Steps T",
                "Time steps in which spikes are counted.",
                5,
                places(1, LONGEST, 1),
                integer=True,
            ),
            "scale": Number(
                "Scale λ",
                "The activation that one spike per step stands for. What is above is clipped.",
                1.0,
                places(0.5, HIGHEST, 0.05),
            ),
            "initial_potential": initial_potential(0.05),
        }
    )

    def make(self) -> Sequence[Plot]:
        """Return the stairs, their error, and the error against time."""
        self.stairs = make_figure(
            height=250, x_range=axis_range(-0.5, HIGHEST), y_range=axis_range(-0.1, 1.55)
        )
        self.error = make_figure(height=190, x_range=axis_range(-0.5, HIGHEST))
        self.course = make_figure(height=190, x_range=axis_range(0, LONGEST + 1))
        self._relu, self._decoded, self._point = (empty("x", "y") for _ in range(3))
        self._error, self._bound = empty("x", "y"), empty("x", "low", "high")
        self._in_time, self._bounds = empty("x", "y"), empty("x", "low", "high")
        self._now, self._wrong = empty("x", "y"), empty("x", "y")
        line = {"line_width": 2}
        dashed = {"line_color": ANALOG, "line_dash": "dashed", **line}
        self.stairs.line("x", "y", source=self._relu, **dashed)
        self.stairs.line("x", "y", source=self._decoded, line_color=LAYERS[0], **line)
        self.stairs.scatter("x", "y", source=self._point, size=11, color=OUTPUT)
        for plot, bound, source, point in (
            (self.error, self._bound, self._error, self._wrong),
            (self.course, self._bounds, self._in_time, self._now),
        ):
            plot.varea("x", "low", "high", source=bound, fill_color=LAYERS[1], fill_alpha=0.22)
            plot.line("x", "y", source=source, line_color=LAYERS[0], **line)
            plot.scatter("x", "y", source=point, size=11, color=OUTPUT)
            plot.y_range = axis_range(-1, 1)
            plot.yaxis.axis_label = "error"
        self.stairs.xaxis.axis_label = self.error.xaxis.axis_label = "z (before the ReLU)"
        self.stairs.yaxis.axis_label = "value"
        self.course.xaxis.axis_label = "time (steps)"
        return (
            Plot("The value that the spikes stand for (blue) and the ReLU (dashed)", self.stairs),
            Plot("Error: value of the spikes minus ReLU", self.error),
            Plot("Error for your z, if you stop counting earlier or later", self.course),
        )

    def show(self) -> Sequence[str]:
        """Simulate all activations at once, and decode their counts."""
        steps, scale = int(self.values["steps"]), float(self.values["scale"])
        start, mine = float(self.values["initial_potential"]), float(self.values["z"])
        z = np.array(_SUMS)
        relu = np.maximum(z, 0)
        counts = rate_curve(np.append(z, mine) / scale, LONGEST, initial_potential=start)
        values = counts / np.arange(1, LONGEST + 1) * scale
        decoded, own = values[:-1, steps - 1], values[-1]
        error, exact = decoded - relu, max(mine, 0.0)
        low, high = (start - 1) * scale / steps, start * scale / steps
        self._relu.data = {"x": z, "y": relu}
        self._decoded.data = {"x": z, "y": decoded}
        self._point.data = {"x": [mine], "y": [own[steps - 1]]}
        self._error.data = {"x": z, "y": error}
        within = z[(z >= 0) & (z <= scale)]
        self._bound.data = _band(within, low, high)
        self._wrong.data = {"x": [mine], "y": [own[steps - 1] - exact]}
        time = np.arange(1, LONGEST + 1)
        self._in_time.data = {"x": time, "y": own - exact}
        shown = time if 0 <= mine <= scale else time[:0]
        self._bounds.data = _band(shown, (start - 1) * scale / shown, start * scale / shown)
        self._now.data = {"x": [steps], "y": [own[steps - 1] - exact]}
        reach = max(0.05, 1.25 * max(-low, high), min(0.6, 1.1 * float(np.abs(error).max())))
        set_range(self.error.y_range, -reach, reach)
        reach = max(0.3, min(1.0, 1.1 * float(np.abs(own - exact).max())))
        set_range(self.course.y_range, -reach, reach)
        count = int(counts[-1, steps - 1])
        return (
            f"{counted(count, 'spike')} in {counted(steps, 'step')}: {count} / {steps} × "
            f"{scale:g} = <b>{own[steps - 1]:.3f}</b>. ReLU: <b>{exact:.3f}</b>. "
            f"{_why(mine, scale)}",
            f"Green: from {low:+.3f} to {high:+.3f}, which is λ / T = {scale / steps:.3f} wide. "
            f"Between 0 and λ the error stays inside.",
            "The green band shrinks as 1 / T."
            if len(shown)
            else "No band: your z is not between 0 and λ.",
        )


def _band(x: np.ndarray, low: ArrayLike, high: ArrayLike) -> dict[str, np.ndarray]:
    return {"x": x, "low": x * 0.0 + np.asarray(low), "high": x * 0.0 + np.asarray(high)}


def _why(z: float, scale: float) -> str:
    if z > scale:
        return "It is clipped: a neuron spikes at most once per step."
    if z < 0:
        return "A potential that only sinks never reaches the threshold."
    return ""
