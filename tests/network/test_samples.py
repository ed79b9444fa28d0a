import numpy as np
import pytest

from workbench.errors import DataError
from workbench.network.samples import checked_samples, joined_inputs
from workbench.util.stored_samples import StoredSamples


def test_samples_come_back_in_the_type_asked_for():
    x = checked_samples([[1, 2]], (2,), "net", np.float32)
    assert x.dtype == np.float32
    assert x.tolist() == [[1, 2]]


def test_no_samples_are_samples():
    assert checked_samples(np.zeros((0, 2)), (2,), "net", np.float64).shape == (0, 2)


@pytest.mark.parametrize("x", [np.ones((1, 2), complex), np.full((1, 2), "a"), [[None, 1]]])
def test_what_is_no_real_number_is_refused(x):
    with pytest.raises(DataError, match="accepted: real numbers"):
        checked_samples(x, (2,), "net", np.float32)


def test_rows_of_unequal_length_are_refused():
    with pytest.raises(DataError, match=r"an array of one shape: .*[^.]\. Give every row the same"):
        checked_samples([[1], [1, 2]], (2,), "net", np.float32)


def test_what_float32_cannot_hold_is_refused():
    with pytest.raises(DataError, match="infinite"):
        checked_samples(np.full((1, 2), 1e300), (2,), "net", np.float32)
    checked_samples(np.full((1, 2), 1e300), (2,), "net", np.float64)


@pytest.mark.parametrize(
    ("shape", "wanted", "remedy"),
    [
        ((2, 8, 6, 3), (3, 8, 6), r"x\.transpose\(0, 3, 1, 2\)"),
        ((2, 3, 8, 6), (8, 6, 3), r"x\.transpose\(0, 2, 3, 1\)"),
        ((2, 8, 6, 1), (8, 6, 3), "Reshape or resize"),
    ],
)
def test_channels_in_the_wrong_place_are_told(shape, wanted, remedy):
    x = np.zeros(shape)
    with pytest.raises(DataError, match=remedy) as caught:
        checked_samples(x, wanted, "net", np.float32)
    if "transpose" in remedy:
        order = tuple(
            int(n) for n in str(caught.value).split("transpose(")[1].split(")")[0].split(",")
        )
        assert checked_samples(x.transpose(order), wanted, "net", np.float32).shape[1:] == wanted


def test_inputs_on_disk_are_joined_when_they_are_read(tmp_path):
    rng = np.random.default_rng(0)
    image, vector = rng.random((5, 2, 3)), rng.integers(0, 9, (5, 4)).astype(np.float32)
    np.save(tmp_path / "image.npy", image)
    parts = (("image", (2, 3)), ("vector", (4,)))
    in_memory = joined_inputs([image, vector], parts, "net")
    mapped = np.load(tmp_path / "image.npy", mmap_mode="r")
    joined = joined_inputs([mapped, vector], parts, "net")
    assert isinstance(in_memory, np.ndarray)
    assert isinstance(joined, StoredSamples)
    assert (joined.shape, joined.dtype) == (in_memory.shape, in_memory.dtype)
    np.testing.assert_array_equal(joined[1:3], in_memory[1:3])
    np.testing.assert_array_equal(np.asarray(joined), in_memory)
