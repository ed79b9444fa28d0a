import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import DataError
from workbench.util.labels import (
    are_targets,
    class_count,
    class_numbers,
    read_labels,
    target_values,
)

NUMBERS = np.array([2, 0, 1])
FORMS = {
    "integers": NUMBERS,
    "unsigned": NUMBERS.astype(np.uint8),
    "floats": NUMBERS.astype(np.float32),
    "column": NUMBERS[:, None],
    "float column": NUMBERS[:, None].astype(float),
    "one-hot": np.eye(3)[NUMBERS],
    "integer one-hot": np.eye(3, dtype=int)[NUMBERS],
    "one-hot of -1 and 1": 2 * np.eye(3)[NUMBERS] - 1,
    "boolean one-hot": np.eye(3, dtype=bool)[NUMBERS],
    "list": NUMBERS.tolist(),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_labels_gives_the_same_class_numbers(form):
    for labels in (read_labels(FORMS[form]), class_numbers(FORMS[form], 3, 3)):
        assert labels.dtype == np.int64
        assert labels.tolist() == NUMBERS.tolist()
    assert not are_targets(read_labels(FORMS[form]), 3)


def test_probabilities_are_labels_where_there_is_an_output_for_each():
    soft = np.array([[0.1, 0.8, 0.1], [0.5, 0.3, 0.2]])
    kept = read_labels(soft)
    assert kept.dtype == np.float32
    assert not are_targets(kept, 3)
    assert class_numbers(soft, 2, 3).tolist() == [1, 0]
    assert are_targets(kept, 2)


@pytest.mark.parametrize("y", [[0, 1, 1], [[0.0], [1.0], [1.0]], [False, True, True]])
def test_one_output_tells_two_classes_apart(y):
    assert class_count(1) == 2
    assert not are_targets(read_labels(y), 1)
    assert class_numbers(y, 3, 1).tolist() == [0, 1, 1]


def test_two_columns_may_label_one_output():
    assert class_numbers(np.eye(2)[[1, 0]], 2, 1).tolist() == [1, 0]


@pytest.mark.parametrize("y", [[0, 2, 5], [0.5, 1, 0], [-1, 1, 1], [[0.5], [1.0], [0.0]]])
def test_other_values_are_targets_of_one_output(y):
    assert are_targets(read_labels(y), 1)
    np.testing.assert_array_equal(target_values(y, 3, 1)[:, 0], np.ravel(y))


def test_integers_are_labels_of_several_outputs():
    assert not are_targets(read_labels([0, 2, 5]), 6)


def test_several_ones_in_a_row_are_targets():
    assert are_targets(read_labels([[1, 1, 0], [0, 1, 0]]), 3)


def test_targets_may_have_the_shape_of_the_output():
    images = np.random.default_rng(0).normal(size=(4, 3, 2, 1))
    assert read_labels(images).shape == (4, 6)
    np.testing.assert_array_equal(target_values(images, 4, 6), images.reshape(4, 6))


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=20))
def test_targets_keep_their_values(y):
    np.testing.assert_array_equal(target_values(read_labels(y), len(y), 1)[:, 0], y)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20))
def test_one_hot_rows_and_numbers_read_alike(y):
    assert class_numbers(np.eye(10)[y], len(y), 10).tolist() == read_labels(y).tolist() == y


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1], r"Labels have shape \(2,\); accepted for 3 samples: class numbers \(3,\), or"),
        (np.eye(4)[:3], r"Labels have shape \(3, 4\); .* one-hot rows \(3, 3\)"),
        ([0, 1, 3], r"Labels\[2\] is 3 \(1 of 3 .*\); the network has classes 0 to 2"),
        ([-1, 1, 2], r"Labels\[0\] is -1"),
        ([0.5, 1, 2], r"Labels contain 0.5; accepted: class numbers.*run\.error"),
        ([np.nan, 1, 2], "Labels contain nan; accepted: finite"),
        (["zero", "one", "two"], "Labels have type .*Number the classes"),
        ([None, 1, 2], "Labels have type object"),
        ([[1], [1, 2], [3]], "rows have different lengths"),
        (5, r"Labels have shape \(\)"),
        (np.ones((3, 3)), r"row 0 names no single class; accepted: one-hot.*run\.error"),
        (np.arange(9).reshape(3, 3), r"rows of numbers that are not labels; accepted: one-hot"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, message):
    with pytest.raises(DataError, match=message):
        class_numbers(labels, 3, 3)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ([0.5, 1, 2], r"Targets have shape \(3,\); .* gives \(3, 2\).*run\.accuracy\(y\)"),
        (np.zeros((3, 4)), r"Targets have shape \(3, 4\); .*one value per sample and output\.$"),
        ([[0, np.inf]] * 3, "Targets contain inf"),
    ],
)
def test_targets_that_do_not_fit_are_refused(targets, message):
    with pytest.raises(DataError, match=message):
        target_values(targets, 3, 2)
