"""The output race: how far every class is ahead, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models.annotations import Span
from numpy.typing import ArrayLike

from workbench.errors import SettingsError
from workbench.network.readout import net_counts, on_and_off
from workbench.network.recording import Recording
from workbench.plot.clock import Clock
from workbench.plot.from_run import (
    RunLike,
    checked_run,
    checked_sample,
    class_names,
    sample_spikes,
)
from workbench.plot.palette import ANALOG, LAYERS, OUTPUT, TRUE_CLASS
from workbench.plot.style import (
    Remark,
    axis_range,
    checked_units,
    empty,
    make_figure,
    shortened,
    thinned,
    titled,
    with_time_cursor,
)
from workbench.util.labels import class_numbers

RUNNERS = 5
"""Classes that have a colour and a name; the others are thin gray lines."""

LONGEST_NAME = 14
"""Letters of a class's name beside its line."""

_APART = 0.055
"""Share of the height that names beside lines take."""


def output_race(
    run: RunLike,
    sample: int = 0,
    *,
    labels: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    units: str = "steps",
) -> Any:
    """Draw the output spikes of one sample so far, a line per class that grows with time.

    The first classes have a colour and a name at the end of their line, the true class too; a
    dashed line marks the step from which the decision stays.

    Parameters
    ----------
    run : Run
    sample : int
    labels : array_like, shape (samples,), optional
        Classes of the run's samples.
    classes : sequence of str, optional
        Names of the classes.
    units : "steps" or "ms"

    Returns
    -------
    bokeh.plotting.figure

    Raises
    ------
    DataError
        If there is no such sample, or labels or names do not fit.
    SettingsError
        If the run kept neither the output's spikes nor its value after every step.
    """
    recording, sample = checked_run(run).recording, checked_sample(run, sample)
    network, clock = recording.network, Clock.of(recording)
    scale = clock.scale(checked_units(units))
    names = class_names(network.classes, classes)[-network.classes :]
    steps, counts = race_table(recording, sample)
    true = -1
    if labels is not None:
        # The line of a single output represents the second of two classes.
        label = int(class_numbers(labels, recording.samples, network.classes)[sample])
        true = label if network.classes > 1 else label - 1
    end = recording.steps * scale
    low, high = float(counts.min(initial=0)), max(1.0, float(counts.max(initial=0)))
    plot = make_figure(
        height=300, name="race", x_range=axis_range(0, 1.18 * end),
        y_range=axis_range(1.05 * low, 1.08 * high),
    )  # fmt: skip
    with_time_cursor(plot)
    shown = np.concatenate([[0], thinned(len(steps)) + 1])
    x = np.concatenate([[0], steps])[shown] * scale
    lines = np.concatenate([np.zeros((1, counts.shape[1]), counts.dtype), counts])[shown]
    colours = runner_colours(counts[-1], true)
    for name, alpha, width in (("others", 0.45, 1), ("runners", 1.0, 3)):
        own = [c for c in range(counts.shape[1]) if (c in colours) == (name == "runners")]
        own.sort(key=lambda c: counts[-1, c])
        source = empty("xs", "ys", "colour", "class")
        source.name = name
        source.data = {
            "xs": [x for _ in own],
            "ys": [lines[:, c] for c in own],
            "colour": [colours.get(c, ANALOG) for c in own],
            "class": [names[c] for c in own],
        }
        plot.multi_line(
            "xs", "ys", source=source, line_color="colour", line_alpha=alpha, line_width=width,
            line_join="round",
        )  # fmt: skip
    _name_lines(plot, counts[-1], names, colours, true, end)
    decided = decision_step(recording.predictions[sample])
    says = "undecided"
    if decided:
        choice = recording.predictions[sample, -1]
        name = class_names(network.classes, classes)[choice]
        says = f"SNN says {name}, since {clock.at(decided)}"
        mark: Any = Span(
            location=decided * scale, dimension="height", line_dash="dashed", line_color=ANALOG
        )
        plot.add_layout(mark)
    if not (counts.any() or network.spike_code.in_turns):  # whose outputs never spike
        Remark(plot).show("no output spikes")
    plot.xaxis.axis_label = clock.label(units)
    plot.xaxis.bounds = (0, end)  # names, not time, are to the right of it
    plot.yaxis.axis_label = "output spikes so far"
    if network.spike_code.in_turns:
        plot.yaxis.axis_label = "output potential (thresholds)"
    return titled(plot, f"Output race of sample {sample}: {says}")


def race_table(recording: Recording, sample: int) -> tuple[np.ndarray, np.ndarray]:
    """Return steps, from 1, and the spikes of every output up to each of them.

    Raises
    ------
    SettingsError
        If the recording has neither the spikes nor the values of the output.
    """
    network, output = recording.network, recording.network.output
    if network.spike_code.in_turns and len(recording.gathered_steps) > 1:
        # Outputs do not spike where layers take turns; what they have gathered is what races.
        return recording.gathered_steps, recording.gathered[sample] * network.grid_unit(output)
    if output.read == "membrane" and len(recording.gathered_steps) > 1:
        return recording.gathered_steps, net_counts(network, recording.gathered[sample])
    if output.name not in recording.events:
        raise SettingsError(
            f"The run did not record its output '{output.name}', whose spikes the race shows. "
            "Simulate with Simulation(record=('output',))."
        )
    step, unit, sign = sample_spikes(recording, output.name, sample)
    sent = np.zeros((recording.steps, output.size), np.int64)
    np.add.at(sent, (step, unit), sign)
    sent[: recording.settings.readout_after] = 0
    counts = sent.cumsum(axis=0)
    if output.read == "on_off":
        on, off = on_and_off(output, counts)
        counts = on - off
    return np.arange(1, recording.steps + 1), counts


def decision_step(predictions: np.ndarray) -> int:
    """Return the step, from 1, from which a sample's decision stays; 0 if it has none."""
    if not len(predictions) or predictions[-1] < 0:
        return 0
    other = np.flatnonzero(predictions != predictions[-1])
    return int(other[-1]) + 2 if len(other) else 1


def runner_colours(last: np.ndarray, true: int) -> dict[int, str]:
    """Give the first classes, and the true one, their colours."""
    order = [int(c) for c in np.argsort(-last, kind="stable")[:RUNNERS] if last[c] != 0]
    others = (colour for colour in LAYERS if colour not in (OUTPUT, TRUE_CLASS))
    colours = {c: OUTPUT if place == 0 else next(others) for place, c in enumerate(order)}
    if true >= 0:
        colours[true] = TRUE_CLASS
    return colours


def _name_lines(
    plot: Any,
    last: np.ndarray,
    names: Sequence[str],
    colours: dict[int, str],
    true: int,
    end: float,
) -> None:
    """Write the names beside the ends of the lines, so far apart that all can be read."""
    apart = _APART * (plot.y_range.end - plot.y_range.start)
    order = sorted(colours, key=lambda c: float(last[c]))
    places = [float(last[c]) for c in order]
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + apart)
    top = plot.y_range.end - apart / 2
    if places and places[-1] > top:
        places[-1] = top
        for i in range(len(places) - 2, -1, -1):
            places[i] = min(places[i], places[i + 1] - apart)
    source = empty("x", "y", "text", "colour")
    source.name = "names"
    source.data = {
        "x": [1.01 * end] * len(order),
        "y": places,
        "text": [
            shortened(names[c], LONGEST_NAME) + (" (true)" if c == true else "") for c in order
        ],
        "colour": [colours[c] for c in order],
    }
    plot.text(
        x="x", y="y", text="text", source=source, text_color="colour", text_baseline="middle",
        text_font_size="13px", text_font_style="bold",
    )  # fmt: skip
