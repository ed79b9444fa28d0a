import tempfile
from pathlib import Path

import numpy as np
import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from workbench.datasets import from_npz
from workbench.errors import DataError


def test_a_split_file_is_read_as_it_was_split(tmp_path):
    path = tmp_path / "tones.npz"
    x = np.random.default_rng(0).random((8, 5), dtype=np.float32)
    y = np.arange(8) % 4
    np.savez(path, x_train=x[:6], y_train=y[:6], x_test=x[6:], y_test=y[6:])
    data = from_npz(path)
    assert data.name == "tones"
    assert data.source == str(path)
    np.testing.assert_array_equal(data.x_train, x[:6])
    np.testing.assert_array_equal(data.x_test, x[6:])
    np.testing.assert_array_equal(data.y_train, y[:6])
    np.testing.assert_array_equal(data.y_test, y[6:])


def test_gray_images_of_bytes_become_pixels_with_a_channel(tmp_path):
    np.savez(tmp_path / "gray.npz", x=np.full((2, 4, 4), 51, np.uint8), y=[1, 0])
    data = from_npz(str(tmp_path / "gray.npz"))
    np.testing.assert_array_equal(data.x_test, np.full((2, 4, 4, 1), 51 / 255, np.float32))


def test_class_names_in_the_file_are_used(tmp_path):
    np.savez(tmp_path / "pets.npz", x=np.zeros((2, 3)), y=[1, 0], classes=["cat", "dog"])
    assert from_npz(tmp_path / "pets.npz").classes == ("cat", "dog")


def test_training_samples_alone_serve_for_testing_too(tmp_path):
    np.savez(tmp_path / "part.npz", x_train=np.ones((2, 3)), y_train=[1, 0])
    data = from_npz(tmp_path / "part.npz")
    np.testing.assert_array_equal(data.x_test, np.ones((2, 3)))
    np.testing.assert_array_equal(data.y_test, [1, 0])


@settings(deadline=None, max_examples=examples(40))
@given(
    x=hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=4, max_side=4),
        elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
    ),
    labels=st.data(),
)
def test_what_is_written_is_read(x, labels):
    y = labels.draw(hnp.arrays(np.int64, len(x), elements=st.integers(0, 999)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.npz"
        np.savez_compressed(path, x=x, y=y)
        data = from_npz(path)
    np.testing.assert_array_equal(data.x_test, x)
    np.testing.assert_array_equal(data.y_test, y)
    assert len(data.classes) == y.max() + 1


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"There is no file .*gone\.npz"):
        from_npz(tmp_path / "gone.npz")


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00", b"x,y\n1,2\n"])
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    path = tmp_path / "other.npz"
    path.write_bytes(content)
    with pytest.raises(
        DataError, match=r"other\.npz is not an \.npz file\. Write one with np\.savez"
    ):
        from_npz(path)


def test_a_file_damaged_in_the_middle_is_refused(tmp_path):
    path = tmp_path / "bad.npz"
    np.savez_compressed(path, x=np.random.default_rng(0).random((50, 50)))
    content = bytearray(path.read_bytes())
    content[500:600] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"bad\.npz cannot be read .*Copy or download it again"):
        from_npz(path)


def test_missing_arrays_are_named_with_the_accepted_ones(tmp_path):
    np.savez(tmp_path / "odd.npz", images=np.zeros((2, 3)), labels=[0, 1], more=[0, 1])
    message = (
        r"holds the arrays images \(2, 3\) float64, labels \(2,\) int64, more .*; "
        r"accepted: x_train, y_train, x_test, y_test, or x, .* from_npz\(path, x='images', "
        r"y='labels'\), on the command line --x images --y labels\."
    )
    with pytest.raises(DataError, match=message):
        from_npz(tmp_path / "odd.npz")


@pytest.mark.parametrize(
    ("more", "labelled"),
    [
        ({"target": [0, 1, 1]}, True),
        ({}, False),
        ({"classes": np.array(["cat", "dog", "cow"])}, False),
        ({"mean": np.zeros(5), "target": [0, 1, 1]}, True),
    ],
)
def test_arrays_of_other_names_are_taken_where_shapes_leave_no_choice(tmp_path, more, labelled):
    x = np.random.default_rng(0).random((3, 4), np.float32)
    np.savez(tmp_path / "odd.npz", pictures=x, **more)
    data = from_npz(tmp_path / "odd.npz")
    np.testing.assert_array_equal(data.x_test, x)
    assert (data.y_test is not None) == labelled


@pytest.mark.parametrize("name", ["sample_weight", "fold", "ids", "yes", "labelled"])
def test_other_arrays_of_the_length_of_labels_are_not_taken_for_them(tmp_path, name):
    np.savez(tmp_path / "odd.npz", pictures=np.zeros((3, 4)), **{name: [0, 1, 1]})
    with pytest.raises(DataError, match=rf"{name} \(3,\) int64.*Say which array is which"):
        from_npz(tmp_path / "odd.npz")


def test_arrays_may_have_names_of_their_own(tmp_path):
    x, y = np.random.default_rng(0).random((6, 3), np.float32), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    path = tmp_path / "odd.npz"
    np.savez(path, images=x[:4], labels=y[:4], more=x[4:], truth=y[4:], y=np.zeros(9))
    data = from_npz(path, x="images", y="labels")
    np.testing.assert_array_equal(data.x_train, x[:4])
    assert data.y_test.tolist() == [0, 1, 2, 0]
    assert from_npz(path, x="images").y_test is None
    data = from_npz(path, "images", "labels", x_test="more", y_test="truth")
    np.testing.assert_array_equal(data.x_test, x[4:])
    assert data.y_test.tolist() == [1, 2]


def test_a_name_replaces_one_of_the_standard_names(tmp_path):
    np.savez(tmp_path / "part.npz", x=np.zeros((2, 3)), labels=[1, 0])
    assert from_npz(tmp_path / "part.npz", y="labels").y_test.tolist() == [1, 0]


def test_a_name_that_no_array_has_is_refused_with_those_there_are(tmp_path):
    np.savez(tmp_path / "odd.npz", images=np.zeros((2, 3), np.uint8), labels=[0, 1])
    message = r"no array 'pictures' for x; it holds images \(2, 3\) uint8, labels \(2,\) int64"
    with pytest.raises(DataError, match=message):
        from_npz(tmp_path / "odd.npz", x="pictures")


def test_a_file_of_many_arrays_is_described_in_short(tmp_path):
    np.savez(tmp_path / "many.npz", **{f"a{i:02}": np.zeros(2) for i in range(30)})
    with pytest.raises(DataError, match=r"a19 \(2,\) float64 and 10 more; accepted"):
        from_npz(tmp_path / "many.npz")


def test_pickled_objects_are_refused_and_never_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    objects = np.empty((1, 1), object)
    objects[0, 0] = Trap()
    np.savez(tmp_path / "trap.npz", x=objects)
    with pytest.raises(DataError, match=r"the array 'x' holds pickled objects"):
        from_npz(tmp_path / "trap.npz")
    assert not (tmp_path / "sprung").exists()


def test_arrays_that_do_not_fit_are_refused_by_the_name_of_the_file(tmp_path):
    np.savez(tmp_path / "short.npz", x=np.zeros((3, 2)), y=[0, 1])
    with pytest.raises(DataError, match=r"short\.y has 2 labels, short\.x has 3 samples"):
        from_npz(tmp_path / "short.npz")
