import dataclasses

import numpy as np
import pytest

from workbench.datasets import Dataset, from_arrays
from workbench.errors import DataError


@pytest.fixture
def blobs() -> Dataset:
    x = np.random.default_rng(0).random((12, 4, 6, 1), dtype=np.float32)
    return from_arrays(x, np.arange(12) % 3, name="blobs")


def test_calibration_defaults_to_the_first_thousand_training_samples():
    x = np.arange(1200, dtype=np.float32).reshape(1200, 1)
    data = from_arrays(x, x_test=x[:5])
    np.testing.assert_array_equal(data.calibration, x[:1000])


def test_calibration_of_a_small_set_is_all_of_it(blobs):
    np.testing.assert_array_equal(blobs.calibration, blobs.x_train)


def test_a_dataset_does_not_change(blobs):
    with pytest.raises(dataclasses.FrozenInstanceError):
        blobs.name = "other"


def test_a_dataset_shows_its_sizes_and_not_its_pixels(blobs):
    assert repr(blobs) == (
        "Dataset('blobs', train=12, test=12, calibration=12, sample=4x6x1, classes=3)"
    )


def test_samples_that_fit_are_accepted(blobs):
    blobs.validate((4, 6, 1), 3)
    blobs.validate((4, 6, 1), 24)


def test_samples_without_labels_are_accepted():
    from_arrays(np.zeros((2, 5))).validate((5,), 1)


@pytest.mark.parametrize(
    ("input_shape", "remedy"),
    [
        ((4, 6), r"Drop the channel axis: x\[..., 0\]\."),
        ((4, 6, 1, 1), r"Add the channel axis: x\[..., None\]\."),
        ((6, 1, 4), r"Put the channels last: np\.moveaxis\(x, 1, -1\)\."),
        ((24,), r"Reshape them: x\.reshape\(\(-1, 24\)\)\."),
        ((28, 28, 1), r"Resize the samples, or choose a network"),
    ],
)
def test_a_wrong_shape_is_refused_with_both_shapes_and_a_remedy(blobs, input_shape, remedy):
    with pytest.raises(DataError, match=remedy) as refusal:
        blobs.validate(input_shape, 3)
    assert f"blobs.x_train holds samples of shape (4, 6, 1); the network takes {input_shape}" in (
        str(refusal.value)
    )


def test_calibration_samples_of_another_shape_are_refused(blobs):
    wrong = dataclasses.replace(blobs, calibration=np.zeros((3, 2), np.float32))
    with pytest.raises(DataError, match=r"blobs\.calibration holds samples of shape \(2,\)"):
        wrong.validate((4, 6, 1), 3)


def test_a_label_beyond_the_outputs_is_refused_with_the_accepted_range(blobs):
    message = (
        r"blobs\.y_train\[2\] is 2 \(4 of 12 labels are out of range\); a network with 2 outputs "
        r"has classes 0 to 1\. Choose a network with more outputs, or number the classes from 0"
    )
    with pytest.raises(DataError, match=message):
        blobs.validate((4, 6, 1), 2)


def test_one_output_has_two_classes():
    data = from_arrays(np.zeros((4, 2)), [0, 1, 1, 0])
    data.validate((2,), 1)
    assert not data.has_targets(1)
    assert data.classes == ("0", "1")


def test_rows_of_probabilities_are_labels_of_a_network_with_as_many_outputs():
    soft = np.array([[0.1, 0.8, 0.1], [0.5, 0.3, 0.2]])
    data = from_arrays(np.zeros((2, 2)), soft)
    assert data.test_labels(3).tolist() == [1, 0]
    assert data.test_labels(1) is None
    data.validate((2,), 3)
    assert from_arrays(np.zeros((2, 2))).test_labels(3) is None


def test_targets_need_a_value_for_every_output():
    data = from_arrays(np.zeros((4, 2)), np.array([0.5, -1, 2, 3]), name="rooms")
    data.validate((2,), 1)
    assert data.has_targets(1)
    with pytest.raises(DataError, match=r"rooms\.y_train have shape \(4, 1\); .* \(4, 3\)"):
        data.validate((2,), 3)


def test_integers_beyond_two_classes_are_targets_of_a_single_output():
    data = from_arrays(np.zeros((4, 2)), [31, 18, 64, 40])
    assert data.has_targets(1)
    assert not data.has_targets(65)
    data.validate((2,), 1)
    data.validate((2,), 65)
