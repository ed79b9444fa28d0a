import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.accuracy import accuracy_over_time, among_first, confusion_table, latency
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


def test_confusions_are_counted_by_true_and_predicted_class():
    found = confusion_table(np.array([0, 2, 2, 1, 0]), np.array([0, 1, 2, 1, 0]), 3)
    assert found.to_numpy().tolist() == [[2, 0, 0], [0, 1, 1], [0, 0, 1]]
    assert (found.index.name, found.columns.name) == ("true", "predicted")
    assert found.loc[1, 2] == 1


def test_undecided_samples_have_a_column_of_their_own():
    found = confusion_table(np.array([-1, 1, -1]), np.array([0, 1, 1]), 2, ("cat", "dog"))
    assert found.columns.tolist() == ["cat", "dog", "undecided"]
    assert found.to_numpy().tolist() == [[0, 0, 1], [0, 1, 1]]


def test_every_class_needs_a_name():
    with pytest.raises(DataError, match="There are 1 names for 2 classes"):
        confusion_table(np.array([0]), np.array([0]), 2, ["cat"])


@given(st.integers(1, 5), st.integers(0, 10_000))
def test_a_class_is_among_the_first_where_fewer_outputs_lie_ahead(k, seed):
    rng = np.random.default_rng(seed)
    outputs, labels = rng.integers(0, 4, (20, 6)).astype(float), rng.integers(0, 6, 20)
    own = outputs[np.arange(20), labels][:, None]
    ahead = (outputs > own).sum(axis=1)
    ahead += ((outputs == own) & (np.arange(6) < labels[:, None])).sum(axis=1)
    assert among_first(outputs, labels, k) == (ahead < k).mean()


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
