"""Bars of the spiking network with marks of the analog one: accuracy by class, error by output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import HoverTool, NumeralTickFormatter
from numpy.typing import ArrayLike

from workbench.errors import DataError
from workbench.network.graph import Network
from workbench.plot.from_run import RunLike, checked_run, class_names
from workbench.plot.palette import ANALOG, OUTPUT
from workbench.plot.style import (
    axis_range,
    counted,
    empty,
    hide_line,
    make_figure,
    name_ticks,
    set_range,
    short_names,
    titled,
)
from workbench.util.labels import class_numbers, target_values

MOST_BARS = 24
"""Bars that a plot has room for; of more, the worst are shown."""

LONGEST_NAME = 14
"""Letters of a bar's name."""

BAR_PIXELS = 22
COLUMNS = ("name", "number", "y", "snn", "ann", "samples", "low", "high")


class ComparedBars:
    """The figure and what is needed to bring it up to date.

    Parameters
    ----------
    height : int
        Pixels, at least.
    """

    def __init__(self, height: int = 230):
        self._height = height
        self.figure = make_figure(
            height=height, tools="", x_range=axis_range(0, 1), y_range=axis_range(0, 1),
            name="compared",
        )  # fmt: skip
        self.bars = empty(*COLUMNS)
        self.bars.name = "compared"
        self.drawn = self.figure.hbar(
            y="y", right="snn", height=0.62, source=self.bars, fill_color=OUTPUT, fill_alpha=0.8,
            line_color=None, legend_label="SNN",
        )  # fmt: skip
        self.figure.segment(
            x0="ann", x1="ann", y0="low", y1="high", source=self.bars, line_color=ANALOG,
            line_width=4, legend_label="ANN",
        )  # fmt: skip
        legend = self.figure.legend[0]
        legend.update(
            orientation="horizontal", label_text_font_size="12px", border_line_color=None,
            background_fill_color=None, margin=0, padding=0, location="right",
        )  # fmt: skip
        self.figure.add_layout(legend, "above")
        self._hover: Any = HoverTool(renderers=[self.drawn])
        self.figure.add_tools(self._hover)
        self.figure.ygrid.visible = False
        self.figure.yaxis.major_tick_line_color = None
        self.figure.yaxis.visible = False

    def show_accuracy(
        self, names: Sequence[str], snn: np.ndarray, ann: np.ndarray, samples: np.ndarray
    ) -> None:
        """Show the share of each class that is right; classes without a sample are left out.

        Parameters
        ----------
        names : sequence of str
            Of all classes.
        snn, ann : ndarray of float, shape (classes,)
            Shares; NaN where there is none.
        samples : ndarray of int, shape (classes,)
        """
        self._hover.tooltips = [
            ("class", "@name"), ("SNN right", "@snn{0.0%}"), ("ANN right", "@ann{0.0%}"),
            ("samples", "@samples"),
        ]  # fmt: skip
        self.figure.xaxis[0].formatter = NumeralTickFormatter(format="0%")
        self.figure.xaxis.axis_label = "right"
        self._show(np.flatnonzero(samples > 0), names, snn, ann, samples, worst=snn)
        set_range(self.figure.x_range, 0, 1.02)

    def show_errors(
        self, names: Sequence[str], snn: np.ndarray, ann: np.ndarray, samples: int
    ) -> None:
        """Show the root mean squared error of each output."""
        self._hover.tooltips = [
            ("output", "@name"),
            ("SNN", "@snn{0.0000}"),
            ("ANN", "@ann{0.0000}"),
        ]
        self.figure.xaxis[0].formatter = NumeralTickFormatter(format="0.[000]")
        self.figure.xaxis.axis_label = "root mean squared error"
        counts = np.full(len(snn), samples)
        self._show(np.arange(len(snn)), names, snn, ann, counts, worst=-snn)
        largest = np.nanmax([snn.max(initial=0), np.nanmax(ann, initial=0)])
        set_range(self.figure.x_range, 0, 1.05 * float(largest) or 1.0)

    def _show(
        self,
        shown: np.ndarray,
        names: Sequence[str],
        snn: np.ndarray,
        ann: np.ndarray,
        samples: np.ndarray,
        worst: np.ndarray,
    ) -> None:
        if len(shown) > MOST_BARS:
            shown = np.sort(shown[np.argsort(worst[shown], kind="stable")[:MOST_BARS]])
        y = len(shown) - 0.5 - np.arange(len(shown))
        self.bars.data = {
            "name": [str(names[number]) for number in shown],
            "number": shown,
            "y": y,
            "snn": snn[shown],
            "ann": ann[shown],
            "samples": samples[shown],
            "low": y - 0.42,
            "high": y + 0.42,
        }
        set_range(self.figure.y_range, 0, max(1, len(shown)))
        self.figure.height = max(self._height, 90 + BAR_PIXELS * len(shown))
        self.figure.yaxis.visible = len(shown) > 0
        # Not by a mapping: classes may have the same name.
        short = short_names((str(names[number]) for number in shown), LONGEST_NAME)
        name_ticks(self.figure.yaxis[0], [short[str(names[n])] for n in shown], list(map(float, y)))


def class_accuracy(
    run: RunLike,
    labels: ArrayLike,
    ann: Network | None = None,
    *,
    classes: Sequence[str] | None = None,
) -> Any:
    """Draw the share of each class that is right after the last step.

    Parameters
    ----------
    run : Run
    labels : array_like, shape (samples,)
        Of the run's samples.
    ann : Network, optional
        The analog network, whose share is a line across each bar.
    classes : sequence of str, optional
        Names of the classes.

    Returns
    -------
    bokeh.plotting.figure
        A bar per class that occurs; of more than 24, the worst 24.

    Raises
    ------
    DataError
        If labels do not fit the run, or there are too few names.
    """
    run = checked_run(run)
    network = run.recording.network
    named = class_names(network.classes, classes)
    wanted = class_numbers(labels, run.recording.samples, network.classes)
    analog = None if ann is None else ann.predictions(run.x)
    bars = ComparedBars(260)
    found = shares_right(run.predictions(), analog, wanted, len(named))
    bars.show_accuracy(named, *found)
    if ann is None:
        hide_line(bars.figure, "ANN")
    return titled(bars.figure, accuracy_title(named, found[0], found[2]))


def output_errors(
    run: RunLike,
    targets: ArrayLike,
    ann: Network | None = None,
    *,
    names: Sequence[str] | None = None,
) -> Any:
    """Draw the error of each output of a regression after the last step.

    Parameters
    ----------
    run : Run
    targets : array_like, shape (samples,) or (samples, outputs)
        Of the run's samples.
    ann : Network, optional
        The analog network, whose error is a line across each bar.
    names : sequence of str, optional
        Names of the outputs.

    Returns
    -------
    bokeh.plotting.figure
        The root mean squared error of each output; of more than 24, the worst 24.

    Raises
    ------
    DataError
        If targets do not fit the run, or there are too few names.
    """
    run = checked_run(run)
    outputs = run.recording.network.classes
    wanted = target_values(targets, run.recording.samples, outputs)
    named = output_names(outputs, names)
    snn = _rms(run.outputs(), wanted)
    analog = np.full(outputs, np.nan) if ann is None else _rms(ann.forward(run.x), wanted)
    bars = ComparedBars(260)
    bars.show_errors(named, snn, analog, len(wanted))
    if ann is None:
        hide_line(bars.figure, "ANN")
    return titled(bars.figure, error_title(named, snn))


def shares_right(
    snn: np.ndarray, ann: np.ndarray | None, labels: np.ndarray, classes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the shares of each class that two networks get right, and its number of samples.

    Parameters
    ----------
    snn, ann : ndarray of int, shape (samples,)
        Chosen classes; without those of the analog network, its shares are NaN.
    labels : ndarray of int, shape (samples,)
    classes : int
    """
    samples = np.bincount(labels, minlength=classes)
    with np.errstate(invalid="ignore"):
        shares = [
            np.full(classes, np.nan)
            if chosen is None
            else np.bincount(labels[chosen == labels], minlength=classes) / samples
            for chosen in (snn, ann)
        ]
    return shares[0], shares[1], samples


def accuracy_title(names: Sequence[str], snn: np.ndarray, samples: np.ndarray) -> str:
    """Name the worst class."""
    known = np.flatnonzero(samples > 0)
    if not len(known):
        return "No samples"
    worst = int(known[np.argmin(snn[known])])
    return f"Lowest: {names[worst]}, {snn[worst]:.0%} of {counted(int(samples[worst]), 'sample')}"


def error_title(names: Sequence[str], snn: np.ndarray) -> str:
    """Name the worst output."""
    worst = int(np.argmax(snn))
    return f"Largest: {names[worst]}, {snn[worst]:.3g}"


def output_names(outputs: int, names: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names of outputs: those that are given, or their numbers.

    Raises
    ------
    DataError
        If there are too few names.
    """
    if names is None:
        return tuple(map(str, range(outputs)))
    if len(names) < outputs:
        raise DataError(
            f"There are {len(names)} names for {outputs} outputs. Name every output, or leave the "
            "names out."
        )
    return tuple(map(str, names[:outputs]))


def _rms(outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(((outputs.reshape(targets.shape) - targets) ** 2).mean(axis=0)))
