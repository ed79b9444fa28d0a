"""Mean firing rate of every layer over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workbench.plot.clock import windows_shown
from workbench.plot.from_run import RunLike, checked_run
from workbench.plot.sample_view import SampleView
from workbench.plot.style import (
    FEW_POINTS,
    LINE_POINTS,
    Remark,
    axis_range,
    checked_units,
    counted,
    empty,
    legend_beside,
    make_figure,
    set_range,
    short_names,
    thinned,
    titled,
    with_time_cursor,
)

LONGEST_NAME = 16
"""Letters of a layer's name in the legend."""

FADED = 0.2
"""Opacity of lines that are not looked at."""

DASHES = ("solid", "dashed", "dotted", "dotdash")
"""Of lines that a colour or a tone of it alone would not tell apart, the first to the last."""


def smoothing_window(steps: int) -> int:
    """Steps over which a rate is averaged, so that a line is read and not a comb."""
    return max(1, steps // 20 if steps < 1000 else max(50, steps // LINE_POINTS))


def moving_mean(values: np.ndarray, window: int) -> np.ndarray:
    """Mean of each value and the `window` - 1 before it; fewer at the start."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(1, len(values) + 1)
    first = np.maximum(0, index - window)
    return (total[index] - total[first]) / (index - first)


def rate_lines(run: SampleView, units: str = "steps") -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the x and y values of every layer's line."""
    step, rate = run.clock.scale(units), run.clock.rate_scale(units)
    window = smoothing_window(run.steps)
    shown = thinned(run.steps_done)
    xs = [(shown + 1.0) * step for _ in run.layers]
    ys = [moving_mean(run.rates[name], window)[shown] * rate for name in run.layers]
    return xs, ys


def dashes(run: SampleView, colours: Mapping[str, str]) -> list[str]:
    """Return how every line is drawn: those of one origin, or of one colour, differ."""
    seen: dict[str, int] = {}
    found = []
    for name in run.layers:
        alike = {f"origin {run.origins.get(name, name)}", f"colour {colours[name]}"}
        before = max(seen.get(key, 0) for key in alike)
        seen.update(dict.fromkeys(alike, before + 1))
        found.append(DASHES[min(before, len(DASHES) - 1)])
    return found


class RatesPlot:
    """The figure and what is needed to bring it up to date.

    Parameters
    ----------
    height : int
        In pixels.
    x_range : Bokeh range, optional
        That of another plot on the same time axis.
    compact : bool
        Whether the axis of rates stays without its unit, where the title tells it.
    """

    def __init__(self, height: int = 190, x_range: Any = None, *, compact: bool = False):
        self._compact = compact
        self.figure = make_figure(
            height=height,
            x_range=x_range or axis_range(0, 101),
            y_range=axis_range(0, 1),
            name="rates",
        )
        with_time_cursor(self.figure)
        self.lines = empty("xs", "ys", "colour", "dash", "name", "alpha")
        self.lines.name = "rates"
        self.drawn: Any = self.figure.multi_line(
            "xs",
            "ys",
            source=self.lines,
            line_color="colour",
            line_width=2,
            line_join="round",
            line_dash="dash",
            line_alpha="alpha",
        )
        # A line of one point shows nothing.
        self.dots = empty("x", "y", "colour")
        self.figure.scatter("x", "y", source=self.dots, size=6, color="colour")
        self.figure.yaxis.ticker.desired_num_ticks = 3 if compact else 4
        self._top = 0.0
        self._focus = ""

    def update(
        self,
        run: SampleView,
        colours: Mapping[str, str],
        units: str = "steps",
        *,
        until: float = 0.0,
    ) -> None:
        """Show a run, or a part of one; the time axis reaches at least `until`."""
        xs, ys = rate_lines(run, units)
        self.lines.data = {
            "xs": xs,
            "ys": ys,
            "colour": [colours[name] for name in run.layers],
            "dash": dashes(run, colours),
            "name": list(run.layers),
            "alpha": self._alphas(run.layers),
        }
        few = [i for i, x in enumerate(xs) if len(x) < FEW_POINTS]
        self.dots.data = {
            "x": [x for i in few for x in xs[i]],
            "y": [y for i in few for y in ys[i]],
            "colour": [colours[run.layers[i]] for i in few for _ in xs[i]],
        }
        clock, step = run.clock, run.clock.scale(units)
        set_range(self.figure.x_range, 0, max((run.steps + 1) * step, until))
        top = max((float(y.max()) for y in ys if len(y)), default=0.0) or clock.rate_scale(units)
        set_range(self.figure.y_range, 0, 1.08 * top)
        window = smoothing_window(run.steps)
        self.figure.xaxis.axis_label = clock.label(units) + (
            f", mean of {clock.lasts(window)}" if window > 1 else ""
        )
        self.figure.yaxis.axis_label = "rate" if self._compact else clock.rate_label(units)

    def focus(self, layer: str) -> None:
        """Let the lines of other layers fade, or none for a name that no line has."""
        self._focus = layer
        names = self.lines.data["name"]
        self.lines.patch({"alpha": list(enumerate(self._alphas(names)))})

    def _alphas(self, layers: Sequence[str]) -> list[float]:
        return [
            1.0 if self._focus in (name, "") or self._focus not in layers else FADED
            for name in layers
        ]


def rates(run: RunLike, *, units: str = "steps") -> Any:
    """Draw the mean firing rate of every layer against time, over all samples of a run.

    Parameters
    ----------
    run : Run
        Layers need not be recorded.
    units : "steps" or "ms"
        Steps and spikes per step, or milliseconds and hertz.

    Returns
    -------
    bokeh.plotting.figure
    """
    recording = checked_run(run).recording
    table = run.rates()
    mean = {str(name): part["mean_rate"].to_numpy() for name, part in table.groupby("layer")}
    layers = tuple(str(name) for name in dict.fromkeys(table["layer"]))
    view = SampleView(
        layers=layers,
        sizes={name: recording.network.population(name).size for name in layers},
        steps_done=recording.steps,
        steps=recording.steps,
        dt_ms=recording.settings.dt_ms,
        windows=windows_shown(recording.network),
        spikes={},
        rates=mean,
        output_counts=np.zeros(0, np.int64),
        classes=(),
        steps_kept=recording.steps,
        spike_count=0,
        has_input=recording.network.input.name in layers,
        origins=recording.network.origins,
    )
    plot = RatesPlot(300)
    plot.update(view, view.colours, checked_units(units))
    legend_beside(plot.figure, plot.drawn, list(short_names(layers, LONGEST_NAME).values()))
    if not any(rate.any() for rate in mean.values()):
        Remark(plot.figure).show("no spikes")
    of = counted(recording.samples, "sample")
    return titled(plot.figure, f"Mean firing rate per layer, {of}")
