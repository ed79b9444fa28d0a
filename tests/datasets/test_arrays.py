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
        ({"x": [[1.0], [1.0, 2.0]]}, r"arrays\.x is no array: its rows have different shapes"),
        ({"x": [1.0, 2.0]}, r"arrays\.x has the shape \(2,\); accepted: \(samples, \.\.\.\)"),
        ({"x": np.zeros((0, 2))}, r"arrays\.x has the shape \(0, 2\).*at least one sample"),
        ({"x": [[0.0], [np.nan]]}, r"arrays\.x\[1\] contains nan \(1 of 2 samples.*nan_to_num"),
        ({"x": [[np.inf], [0.0]]}, r"arrays\.x\[0\] contains inf"),
        ({"x": [[1e300]]}, r"arrays\.x\[0\] contains 1e\+300 .*finite float32"),
        ({"y": [0, 1]}, r"arrays\.y has 2 labels, arrays\.x has 3 samples; accepted is one"),
        ({"y": np.eye(3)}, r"arrays\.y has the shape \(3, 3\).*y\.argmax\(axis=1\)"),
        ({"y": [0, 1, -1]}, r"arrays\.y contains -1; accepted are class numbers.*np\.unique"),
        ({"y": [0, 1, 0.5]}, r"arrays\.y contains 0\.5; accepted are class numbers"),
        ({"y": [0, 1, np.nan]}, r"arrays\.y contains nan; accepted are class numbers"),
        ({"y": [0, 1, np.inf]}, r"arrays\.y contains inf; accepted are class numbers"),
        ({"y": [0, 1, 10**12]}, r"arrays\.y contains 1000000000000; .*below 65536"),
        ({"y": ["a", "b", "c"]}, r"arrays\.y has the type <U1"),
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
