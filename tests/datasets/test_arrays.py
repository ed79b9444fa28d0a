import numpy as np
import pytest

from workbench.datasets import from_arrays
from workbench.errors import DataError


def test_one_set_serves_for_calibration_and_test():
    x, y = np.random.default_rng(0).random((6, 3)), [0, 1, 2, 0, 1, 2]
    data = from_arrays(x, y)
    assert data.x_train is data.x_test
    np.testing.assert_array_equal(data.x_test, x.astype(np.float32))
    np.testing.assert_array_equal(data.y_test, y)
    assert data.y_test.dtype == np.int64
    assert data.classes == ("0", "1", "2")


def test_a_split_and_own_calibration_samples_are_kept_apart():
    x = np.arange(12.0).reshape(6, 2)
    data = from_arrays(x, x_test=x[:2], y_test=[4, 0], calibration=x[4:])
    np.testing.assert_array_equal(data.x_test, x[:2])
    np.testing.assert_array_equal(data.calibration, x[4:])
    assert data.y_train is None
    assert data.classes == ("0", "1", "2", "3", "4")


def test_bytes_are_taken_as_images():
    data = from_arrays(np.full((2, 5, 5), 255, np.uint8))
    assert data.x_test.shape == (2, 5, 5, 1)
    assert data.x_test.max() == 1.0


def test_bytes_of_0_and_1_keep_their_values_in_memory_and_on_disk(tmp_path):
    x = np.random.default_rng(0).integers(0, 2, (40, 8, 8), np.uint8)
    np.save(tmp_path / "x.npy", x)
    stored = np.load(tmp_path / "x.npy", mmap_mode="r")
    for samples in (x, stored):
        np.testing.assert_array_equal(from_arrays(samples).x_test[:40], x[..., None])
    np.save(tmp_path / "x.npy", 255 * x)
    pictures = from_arrays(np.load(tmp_path / "x.npy", mmap_mode="r")).x_test
    np.testing.assert_array_equal(pictures[:40], x[..., None])


def test_colour_bytes_keep_their_channels():
    assert from_arrays(np.zeros((2, 5, 5, 3), np.uint8)).x_test.shape == (2, 5, 5, 3)


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int64, np.uint16, bool])
def test_other_numbers_keep_their_values(dtype):
    x = np.array([[0, 1], [1, 0]], dtype)
    data = from_arrays(x)
    assert data.x_test.dtype == np.float32
    np.testing.assert_array_equal(data.x_test, x.astype(np.float32))


def test_float_labels_with_whole_values_are_accepted():
    np.testing.assert_array_equal(from_arrays(np.zeros((2, 1)), [1.0, 0.0]).y_test, [1, 0])


@pytest.mark.parametrize("y", [np.eye(3), np.array([[0], [1], [2]]), np.array([0.0, 1.0, 2.0])])
def test_labels_of_every_form_become_class_numbers(y):
    data = from_arrays(np.zeros((3, 1)), y)
    assert data.y_test.dtype == np.int64
    assert data.y_test.tolist() == [0, 1, 2]
    assert data.classes == ("0", "1", "2")


def test_other_numbers_are_targets():
    for y in ([0.5, -1, 2], [0, 1, -1], [0, 1, 10**12]):
        data = from_arrays(np.zeros((3, 1)), y)
        assert data.y_test.dtype == np.float32
        assert data.y_test.tolist() == [[np.float32(value)] for value in y]
        assert data.classes == ()
    pair = from_arrays(np.zeros((3, 1)), np.full((3, 2), 0.25), classes=["x", "y"])
    assert pair.y_test.shape == (3, 2)
    assert pair.classes == ("x", "y")


def test_targets_may_happen_to_be_integers_in_one_part():
    x = np.zeros((2, 1))
    data = from_arrays(x, [0.5, 1], x_test=x, y_test=[1, 3])
    assert data.y_test.tolist() == [[1], [3]]
    assert data.y_test.dtype == np.float32
    assert from_arrays(x, [1, 3], x_test=x, y_test=[0.5, 1]).y_train.tolist() == [[1], [3]]


def test_class_names_are_kept_and_may_outnumber_the_labels():
    data = from_arrays(np.zeros((2, 1)), [0, 1], classes=["cat", "dog", "cow"])
    assert data.classes == ("cat", "dog", "cow")


ROWS = np.zeros((3, 2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": [["a", "b"]]}, r"arrays\.x has the type <U1; samples and labels are real numbers"),
        ({"x": np.array([[None]])}, r"arrays\.x has the type object; .*astype\('float32'\)"),
        ({"x": ROWS * 1j}, r"arrays\.x has the type complex128"),
        ({"x": [[1.0], [1.0, 2.0]]}, r"arrays\.x is not an array: its rows have different shapes"),
        ({"x": [1.0, 2.0]}, r"arrays\.x has the shape \(2,\); accepted: \(samples, \.\.\.\)"),
        ({"x": np.zeros((0, 2))}, r"arrays\.x has the shape \(0, 2\).*at least one sample"),
        ({"x": [[0.0], [np.nan]]}, r"arrays\.x\[1\] contains nan \(1 of 2 samples.*nan_to_num"),
        ({"x": [[np.inf], [0.0]]}, r"arrays\.x\[0\] contains inf"),
        ({"x": [[1e300]]}, r"arrays\.x\[0\] contains 1e\+300 .*finite float32"),
        ({"y": [0, 1]}, r"arrays\.y has 2 labels, arrays\.x has 3 samples; accepted: one"),
        ({"y": [0, 1, np.nan]}, r"arrays\.y contain nan; accepted: finite"),
        ({"y": [0, 1, np.inf]}, r"arrays\.y contain inf; accepted: finite"),
        ({"y": [0, 1, 1e300]}, r"arrays\.y contain 1e\+300; accepted: finite float32"),
        ({"y": ["a", "b", "c"]}, r"arrays\.y have type <U1; .*Number the classes"),
        ({"y": [0, 1, -1], "classes": "ab"}, r"holds values that are not class numbers, but"),
        ({"y_test": [0, 1, 2]}, r"arrays\.y_test is given without arrays\.x_test"),
        ({"x_test": [[1.0]]}, r"arrays\.x_test holds samples of shape \(1,\), arrays\.x of \(2,\)"),
        ({"x_test": ROWS, "y_test": [1]}, r"arrays\.y_test has 1 labels, arrays\.x_test has 3"),
        ({"calibration": [[1.0]]}, r"arrays\.calibration holds samples of shape \(1,\)"),
        ({"y": [0, 1, 2], "classes": ["a"]}, r"arrays\.classes names 1 classes.*go up to 2"),
    ],
)
def test_arrays_that_are_no_samples_are_refused(arguments, message):
    with pytest.raises(DataError, match=message):
        from_arrays(**{"x": ROWS, **arguments})
