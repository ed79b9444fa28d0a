from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from workbench.plot.palette import layer_colours
from workbench.plot.rate_curves import RatesPlot, dashes, moving_mean, rate_lines, smoothing_window
from workbench.plot.sample_view import SampleView


def test_the_moving_mean_never_looks_ahead() -> None:
    assert moving_mean(np.array([0.0, 0, 4, 0, 0]), 2).tolist() == [0, 0, 2, 2, 0]
    assert moving_mean(np.array([3.0, 1.0]), 5).tolist() == [3, 2]
    assert len(moving_mean(np.zeros(0), 5)) == 0


@pytest.mark.parametrize(("steps", "window"), [(1, 1), (100, 5), (5000, 50), (100_000, 100)])
def test_longer_runs_are_smoothed_more(steps: int, window: int) -> None:
    assert smoothing_window(steps) == window


def test_rates_are_per_unit_and_in_the_units_asked_for(
    make_run: Callable[..., SampleView],
) -> None:
    run = make_run({"a": ([0, 0, 1], [0, 1, 0])}, {"a": 2}, steps=3, dt_ms=0.5)
    (x,), (y,) = rate_lines(run)
    assert x.tolist() == [1, 2, 3]
    assert y.tolist() == [1, 0.5, 0]
    (x,), (y,) = rate_lines(run, "ms")
    assert x.tolist() == [0.5, 1, 1.5]
    assert y.tolist() == [2000, 1000, 0]


def test_the_axis_says_the_unit(make_run: Callable[..., SampleView]) -> None:
    run = make_run({"a": ([0], [0])}, {"a": 2}, steps=100)
    plot = RatesPlot()
    plot.update(run, layer_colours(run.layers))
    assert plot.figure.yaxis.axis_label == "rate (spikes/step)"
    assert plot.figure.xaxis.axis_label == "time (steps), mean of 5 steps"
    plot.update(run, layer_colours(run.layers), "ms")
    assert plot.figure.yaxis.axis_label == "rate (Hz)"


def test_a_silent_network_has_an_axis_all_the_same(make_run: Callable[..., SampleView]) -> None:
    run = make_run({"a": ([], [])}, {"a": 2})
    plot = RatesPlot()
    plot.update(run, layer_colours(run.layers))
    assert plot.figure.y_range.end > 0


def test_a_long_run_has_no_more_points_than_a_screen(make_run: Callable[..., SampleView]) -> None:
    run = make_run({"a": ([0, 99_999], [0, 1])}, {"a": 2}, steps=100_000)
    (x,), (y,) = rate_lines(run)
    assert len(x) == len(y) == 1000
    assert x[-1] == 100_000
    assert y[-1] > 0  # each point stands for all steps since the one before
    assert y[0] > 0


def test_lines_of_one_layer_or_colour_are_drawn_differently(
    make_run: Callable[..., SampleView],
) -> None:
    layers = [*(f"l{i}" for i in range(8)), "c_on", "c_off", "out"]
    run = make_run(
        {name: ([], []) for name in layers},
        dict.fromkeys(layers, 2),
        origins={"c_on": "c", "c_off": "c"},
    )
    drawn = dashes(run, layer_colours(run.layers, origins=run.origins))
    assert drawn[:7] == ["solid"] * 7
    assert drawn[7] == "dashed"  # the first colour again
    assert (drawn[8], drawn[9], drawn[10]) == ("dashed", "dotted", "solid")


def test_compact_plots_have_short_names_of_axes(make_run: Callable[..., SampleView]) -> None:
    run = make_run({"a": ([0], [0])}, {"a": 4})
    names = []
    for compact in (False, True):
        plot = RatesPlot(compact=compact)
        plot.update(run, layer_colours(run.layers))
        names.append(plot.figure.yaxis.axis_label)
    assert names == ["rate (spikes/step)", "rate"]
