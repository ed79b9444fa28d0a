"""What is sent to workers: arrays in files by their place, and the same numbers there."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import DataError
from workbench.util.file_arrays import place_of
from workbench.util.packed import Packed
from workbench.util.stored_samples import StoredSamples

pytest.importorskip("cloudpickle", reason="comes with dask")
SHAPE = (40, 30, 20)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    place = tmp_path_factory.mktemp("mapped") / "x.npy"
    np.save(place, np.random.default_rng(0).random(SHAPE, np.float32))
    return place


def sent(value):
    """What arrives, and how many bytes travel."""
    buffers = []
    content = pickle.dumps(Packed(value), protocol=5, buffer_callback=buffers.append)
    size = len(content) + sum(each.raw().nbytes for each in buffers)
    arrived = pickle.loads(content, buffers=[bytes(each) for each in buffers])
    again = pickle.loads(pickle.dumps(arrived, protocol=5))  # from one worker to another
    assert np.array_equal(np.asarray(again.value()), np.asarray(arrived.value()))
    return arrived.value(), size


rows = st.builds(
    slice, *[st.none() | st.integers(-41, 41)] * 2, st.sampled_from([None, 1, 3, -1, -2])
)


@given(first=rows, second=rows, turned=st.booleans(), plain=st.booleans())
def test_parts_of_a_file_arrive_as_the_same_numbers(path, first, second, turned, plain):
    part = np.load(path, mmap_mode="r")[first, second]
    part = part.T if turned else part
    part = np.asarray(part) if plain else part
    arrived, size = sent(part)
    assert arrived.dtype == part.dtype and np.array_equal(arrived, part)
    assert size < 1500 and (part.size == 0) == (place_of(part) is None)


def test_other_maps_and_samples_that_are_read_from_one_arrive(path, tmp_path):
    whole = np.load(path)
    raw = np.memmap(tmp_path / "raw", np.float32, "w+", offset=5000, shape=SHAPE, order="F")
    raw[:] = whole  # not on the disk yet
    doubled = StoredSamples(SHAPE, np.float32, lambda rows: 2 * raw[rows])
    for value, expected in ((raw[3:], whole[3:]), (doubled, 2 * whole)):
        arrived, size = sent(value)
        assert np.array_equal(np.asarray(arrived), expected) and size < 3000
    changed = np.load(path, mmap_mode="c")
    changed[0] = 7  # in memory alone
    for value in (changed, np.load(path, mmap_mode="r") + 1, whole):
        arrived, size = sent(value)
        assert np.array_equal(arrived, value) and size > whole.nbytes


def test_a_file_that_is_not_there_or_another_one_is_refused_by_name(path, tmp_path):
    place = tmp_path / "y.npy"
    place.write_bytes(path.read_bytes())
    packed = pickle.dumps(Packed(np.load(place, mmap_mode="r")))
    np.save(place, np.zeros(SHAPE, np.float32))
    with pytest.raises(DataError, match=r"y\.npy, which holds samples, is another file there"):
        pickle.loads(packed).value()
    place.write_bytes(b"short")
    with pytest.raises(DataError, match="cannot be opened"):
        pickle.loads(packed).value()
    place.unlink()
    with pytest.raises(DataError, match=r"cannot be opened: No such file .* numpy\.array\(x\)"):
        pickle.loads(packed).value()
