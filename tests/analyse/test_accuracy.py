import numpy as np
import pandas as pd
import pytest

from workbench.analyse.accuracy import accuracy_over_time, latency


def test_accuracy_after_every_step():
    predictions = np.array([[-1, 0, 1], [2, 2, 2], [-1, -1, 0], [-1, 1, 1]])
    table = accuracy_over_time(predictions, np.array([1, 2, 0, 1]), 0.9)
    assert list(table.columns) == ["snn", "undecided", "ann"]
    assert table.index.tolist() == [1, 2, 3]
    assert table.index.name == "step"
    assert table["snn"].tolist() == [0.25, 0.5, 1]
    assert table["undecided"].tolist() == [0.75, 0.25, 0]
    assert table["ann"].tolist() == [0.9] * 3


def test_undecided_samples_are_wrong_even_for_class_zero():
    table = accuracy_over_time(np.array([[-1], [0]]), np.array([0, 0]))
    assert table["snn"].tolist() == [0.5]
    assert table["ann"].isna().all()


def table(snn, ann=0.9):
    index = pd.RangeIndex(1, len(snn) + 1, name="step")
    return pd.DataFrame({"snn": snn, "undecided": 0.0, "ann": ann}, index=index)


@pytest.mark.parametrize(
    ("snn", "expected"),
    [
        ([0.1, 0.9, 0.9], 2),
        ([0.9, 0.9, 0.9], 1),
        ([0.1, 0.9, 0.5, 0.9], 4),
        ([0.1, 0.9, 0.5], None),
        ([0.1, 0.895, 0.895], 2),
        ([0.1, 0.885, 0.895], 3),
    ],
)
def test_latency_is_the_step_from_which_accuracy_stays(snn, expected):
    assert latency(table(snn)) == expected


def test_latency_is_unknown_without_an_analog_accuracy():
    assert latency(table([1.0, 1.0], np.nan)) is None
    assert latency(table([])) is None


def test_a_wider_margin_is_reached_sooner():
    assert latency(table([0.1, 0.8, 0.9]), within=0.1) == 2
