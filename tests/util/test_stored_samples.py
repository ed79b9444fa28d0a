"""Samples on disk are chosen as those of an array are, and only the chosen ones are read."""

import h5py
import numpy as np
import pytest

from workbench.errors import DataError
from workbench.util.stored_samples import StoredSamples, as_samples, first, on_disk

ARRAY = np.arange(40, dtype=np.float32).reshape(10, 4)


class Watched:
    """Reads rows of `ARRAY`, and keeps how many there were."""

    def __init__(self):
        self.read = 0
        self.samples = StoredSamples(ARRAY.shape, ARRAY.dtype, self._rows)

    def _rows(self, rows):
        chosen = ARRAY[rows]
        self.read += len(chosen)
        return chosen


@pytest.mark.parametrize(
    "index",
    [0, -1, np.int64(3), slice(2, 5), slice(None, None, -2), slice(8, 99), [3, 1, -1],
     np.array([0, 0]), np.arange(10) % 3 == 0, slice(4, 4)],
)  # fmt: skip
def test_samples_are_chosen_as_of_an_array(index):
    watched = Watched()
    chosen = watched.samples[index]
    np.testing.assert_array_equal(chosen, ARRAY[index])
    assert watched.read == np.atleast_2d(chosen).shape[0]


def test_samples_know_their_size_without_being_read():
    watched = Watched()
    assert (len(watched.samples), watched.samples.ndim) == (10, 2)
    assert repr(watched.samples) == "StoredSamples(shape=(10, 4), dtype=float32)"
    assert watched.read == 0


def test_all_samples_become_an_array():
    np.testing.assert_array_equal(np.asarray(Watched().samples), ARRAY)
    assert np.asarray(Watched().samples, np.float64).dtype == np.float64
    np.testing.assert_array_equal(list(Watched().samples), ARRAY)


@pytest.mark.parametrize("index", [10, -11])
def test_a_sample_that_does_not_exist_is_refused(index):
    with pytest.raises(IndexError, match=f"There is no sample {index}; there are 10"):
        Watched().samples[index]


@pytest.mark.parametrize("index", [..., (0, 1), "a", np.eye(2, dtype=int), [0.5]])
def test_other_choices_are_refused(index):
    with pytest.raises(DataError, match=r"accepted: a number, a slice, or a list of numbers"):
        Watched().samples[index]


@pytest.mark.parametrize(("count", "taken"), [(3, 3), (99, 10), (None, 10)])
def test_the_first_samples_stay_where_they_are(count, taken):
    watched = Watched()
    some = first(watched.samples, count)
    assert (some.shape, watched.read) == ((taken, 4), 0)
    np.testing.assert_array_equal(np.asarray(some), ARRAY[:taken])
    np.testing.assert_array_equal(some[-2:], ARRAY[:taken][-2:])
    np.testing.assert_array_equal(some[[0, -1]], ARRAY[:taken][[0, -1]])
    assert first(ARRAY, count).shape == (taken, 4)


def test_what_lies_on_disk_is_known(tmp_path):
    np.save(tmp_path / "x.npy", ARRAY)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert as_samples(mapped) is mapped
    with h5py.File(tmp_path / "x.h5", "w") as file:
        dataset = file.create_dataset("x", data=ARRAY)
        stored = as_samples(dataset)
        assert on_disk(mapped) and on_disk(dataset) and on_disk(stored)
        np.testing.assert_array_equal(stored[2:4], ARRAY[2:4])
        np.testing.assert_array_equal(np.asarray(stored), ARRAY)
    assert not on_disk(ARRAY) and not on_disk([[1.0]])
    assert as_samples([[1.0]]).shape == (1, 1)
