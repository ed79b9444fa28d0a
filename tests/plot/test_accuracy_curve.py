from __future__ import annotations

import numpy as np

from workbench.plot.accuracy_curve import AccuracyCurve, AccuracyPlot, accuracy_columns


def result(done: int = 3) -> AccuracyCurve:
    return AccuracyCurve(np.linspace(0, 0.9, done), np.linspace(1, 0, done), 0.95, 200, 10, 2.0)


def test_a_row_a_step_from_the_first() -> None:
    columns = accuracy_columns(result())
    assert columns["x"].tolist() == [1, 2, 3]
    assert accuracy_columns(result(), "ms")["x"].tolist() == [2, 4, 6]


def test_the_axis_is_the_whole_run_from_the_start() -> None:
    plot = AccuracyPlot()
    plot.update(result())
    assert plot.figure.x_range.end == 11
    assert plot.analog.data["y"].tolist() == [0.95, 0.95]
    assert len(plot.curve.data["x"]) == 3


def test_the_axis_tells_on_how_many_samples() -> None:
    plot = AccuracyPlot()
    plot.update(result())
    assert plot.figure.yaxis[0].axis_label == "share of 200 samples"


def test_nothing_is_left_after_clear() -> None:
    plot = AccuracyPlot()
    plot.update(result())
    assert plot.figure.legend[0].visible
    plot.clear()
    assert len(plot.curve.data["x"]) == len(plot.analog.data["x"]) == 0
    assert not plot.figure.legend[0].visible
    assert plot.figure.yaxis[0].axis_label == "share of samples"


def test_a_long_run_has_no_more_points_than_a_screen() -> None:
    columns = accuracy_columns(result(123_456))
    assert len(columns["x"]) <= 1000
    assert columns["x"][-1] == 123_456
    assert columns["snn"][-1] == 0.9


def test_ticks_are_few_and_a_single_point_is_seen() -> None:
    plot = AccuracyPlot()
    plot.update(result())
    assert plot.figure.xaxis[0].ticker.ticks == [0, 5, 10]
    assert len(plot.dots.data["x"]) == 0
    plot.update(AccuracyCurve(np.ones(1), np.zeros(1), 1.0, 200, 1, 2.0), "ms")
    assert plot.figure.xaxis[0].ticker.ticks == [0, 2]
    assert plot.dots.data["x"].tolist() == [2]


def test_samples_without_labels_are_said_to_have_none() -> None:
    plot = AccuracyPlot()
    plot.clear("no labels")
    assert plot.remark.data["text"] == ["no labels"]
    plot.update(result())
    assert len(plot.remark.data["text"]) == 0
