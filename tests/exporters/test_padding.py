"""Convolutions that are written in another form compute the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.exporters.padding import unsliced
from workbench.network.convolution import Conv2D
from workbench.network.rearrange import Slice

ENDS = st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(2, 5), st.integers(0, 2))


@given(ENDS, ENDS, st.tuples(st.integers(1, 3), st.integers(1, 3)), st.integers(0, 2), st.data())
def test_a_convolution_of_every_nth_row_is_one_of_the_whole_image(rows, columns, window, pad, data):
    random = np.random.default_rng(0)
    starts, steps, counts, left = zip(rows, columns, strict=True)
    stops = [a + (n - 1) * s + 1 for a, s, n in zip(starts, steps, counts, strict=True)]
    shape = (*(stop + rest for stop, rest in zip(stops, left, strict=True)), 2)
    block = Slice(shape, (*starts, 0), (*stops, 2), (*steps, 1))
    stride = data.draw(st.integers(1, 2))
    kernel = random.integers(-3, 4, (*window, 2, 3)).astype(np.float64)
    padding = ((pad, pad), (0, pad))
    sizes = zip(block.output_shape[:2], window, padding, strict=True)
    if any(size + sum(sides) < taps for size, taps, sides in sizes):
        return
    layer = Conv2D(block.output_shape, kernel, strides=(stride, 1), padding=padding)
    whole = unsliced(block, layer)
    if whole is None:
        return
    x = random.integers(-5, 6, (2, *shape)).astype(np.float64)
    assert np.array_equal(whole.forward(x), layer.forward(block.forward(x)))
    assert all(before == after for before, after in whole.padding)
    assert all(taps % 2 for taps in whole.kernel.shape[:2])


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("size", [8, 9])
def test_halves_of_pairs_are_convolutions_of_the_whole_image(start, size):
    count = size // 2
    block = Slice((size, 4, 3), (start, 0, 0), (start + 2 * count - 1, 4, 3), (2, 1, 1))
    layer = Conv2D((count, 4, 3), -np.ones((1, 1, 1, 3)), groups=3)
    whole = unsliced(block, layer)
    assert whole is not None
    assert whole.output_shape == (count, 4, 3)


def test_zeros_around_a_block_inside_the_image_are_not_its_values():
    block = Slice((9, 9, 1), (3, 3, 0), (6, 6, 1))
    layer = Conv2D((3, 3, 1), np.ones((3, 3, 1, 1)), padding=((1, 1), (1, 1)))
    assert unsliced(block, layer) is None
