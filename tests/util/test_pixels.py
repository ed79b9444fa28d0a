import pickle

import numpy as np
import pytest

from workbench.errors import SettingsError
from workbench.util.pixels import (
    BYTES,
    UNIT,
    Pixels,
    checked_range,
    in_units,
    pixels_of_bytes,
    rescaled,
)
from workbench.util.stored_samples import StoredSamples

EVERY = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)


def test_bytes_become_pixels_from_0_to_1():
    pixels = pixels_of_bytes(EVERY)
    assert isinstance(pixels, Pixels)
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(pixels, EVERY.astype(np.float32) / np.float32(255))


@pytest.mark.parametrize(
    "part",
    [
        lambda x: x[1:3],
        lambda x: x[0],
        lambda x: x[[2, 0]],
        lambda x: x[x[:, 0, 0] > 0],
        lambda x: x.reshape(4, 64),
        lambda x: x[..., None],
        lambda x: np.moveaxis(x, 1, 2),
        lambda x: x.copy(),
        lambda x: pickle.loads(pickle.dumps(x)),
    ],
)
def test_parts_of_pixels_are_pixels(part):
    assert isinstance(part(pixels_of_bytes(EVERY)), Pixels)


@pytest.mark.parametrize(
    "compute",
    [
        lambda x: x * 255,
        lambda x: 255 * x,
        lambda x: x - x.mean(),
        lambda x: np.clip(x, 0, 0.5),
        lambda x: np.rint(x),
        lambda x: x.mean(axis=0),
        lambda x: np.add(x, 1, out=np.empty(x.shape)),
        lambda x: np.asarray(x),
    ],
)
def test_what_is_computed_from_pixels_has_no_known_units(compute):
    assert not isinstance(compute(pixels_of_bytes(EVERY)), Pixels)


def test_pixels_are_brought_to_the_range_that_is_wanted():
    pixels = pixels_of_bytes(EVERY)
    assert in_units(pixels, UNIT) is pixels
    np.testing.assert_allclose(in_units(pixels, BYTES), EVERY, rtol=1e-6)
    np.testing.assert_allclose(in_units(pixels, (-1, 1)), EVERY / 127.5 - 1, atol=1e-6)
    assert not isinstance(in_units(pixels, BYTES), Pixels)  # never moved twice


def test_other_numbers_are_kept():
    for numbers in (EVERY, EVERY.astype(np.float32), EVERY > 3):
        assert in_units(numbers, BYTES) is numbers


def test_pixels_on_disk_are_brought_there_when_they_are_read():
    pixels = pixels_of_bytes(EVERY)
    stored = StoredSamples(pixels.shape, np.float32, lambda rows: pixels[rows])
    moved = in_units(stored, BYTES)
    assert isinstance(moved, StoredSamples)
    np.testing.assert_allclose(moved[1:3], EVERY[1:3], rtol=1e-6)
    np.testing.assert_allclose(in_units(moved, BYTES)[[0]], EVERY[:1], rtol=1e-6)


def test_ranges_turn_into_each_other_and_back():
    x = np.random.default_rng(0).random((3, 5), np.float32)
    for other in (BYTES, (-1.0, 1.0), (0.5, 0.75)):
        np.testing.assert_allclose(rescaled(rescaled(x, UNIT, other), other, UNIT), x, atol=1e-6)


@pytest.mark.parametrize("wrong", [255, (0,), (1, 0), (0, 1, 2), "ab", (0, np.inf), None, [0, {}]])
def test_what_is_no_range_is_refused(wrong):
    with pytest.raises(SettingsError, match=r"pixel_range is .*; accepted: .*\(0, 255\)"):
        checked_range(wrong)


def test_ranges_are_pairs_of_floats():
    assert checked_range([0, 255]) == (0.0, 255.0)
