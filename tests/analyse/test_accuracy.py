import numpy as np
import pandas as pd
import pytest

from workbench.analyse.accuracy import accuracy_over_time, check_labels, latency
from workbench.errors import DataError


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


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1], r"Labels have shape \(2,\); 3 samples need \(3,\)"),
        (np.eye(3), r"Labels have shape \(3, 3\)"),
        ([0, 1, 3], "Labels range from 0 to 3; the network has classes 0 to 2"),
        ([-1, 1, 2], "Labels range from -1 to 2"),
        ([0.5, 1, 2], "whole class numbers"),
        ([np.nan, 1, 2], "whole class numbers"),
        (["zero", "one", "two"], "Labels have type .*Number the classes"),
        ([None, 1, 2], "Labels have type object"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, message):
    with pytest.raises(DataError, match=message):
        check_labels(labels, 3, 3)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.float32])
def test_labels_of_every_number_type_are_taken(dtype):
    labels = check_labels(np.array([0, 2, 1], dtype), 3, 3)
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 2, 1]


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
