import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.network.windows import WindowAxis, same_padding, window_view

axes = st.builds(
    WindowAxis,
    size=st.integers(6, 12),
    kernel=st.integers(1, 3),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 2),
    before=st.integers(0, 2),
    after=st.integers(0, 2),
)


@given(axes)
def test_every_count_agrees_with_listing_all_pairs(axis):
    pairs = [
        (o * axis.stride + tap * axis.dilation - axis.before, o)
        for o in range(axis.output_size)
        for tap in range(axis.kernel)
    ]
    inside = [(i, o) for i, o in pairs if 0 <= i < axis.size]
    assert axis.connections == len(inside)
    assert list(axis.fan_out()) == [sum(i == k for i, _ in inside) for k in range(axis.size)]
    assert list(axis.fan_in()) == [sum(o == k for _, o in inside) for k in range(axis.output_size)]
    listed = [(i, o) for _, ins, outs in axis.taps() for i, o in zip(ins, outs, strict=True)]
    assert sorted(listed) == sorted(inside)


@given(st.integers(1, 20), st.integers(1, 5), st.integers(1, 4), st.integers(1, 3))
def test_same_padding_gives_the_output_size_of_keras(size, kernel, stride, dilation):
    before, after = same_padding(size, kernel, stride, dilation)
    assert 0 <= before <= after <= before + 1
    axis = WindowAxis(size, kernel, stride, dilation, before, after)
    assert axis.output_size == -(-size // stride)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "expected"),
    [(5, 3, 1, (1, 1)), (5, 2, 1, (0, 1)), (6, 3, 2, (0, 1)), (7, 3, 2, (1, 1)), (5, 1, 3, (0, 0))],
)
def test_an_odd_padded_place_comes_after(size, kernel, stride, expected):
    assert same_padding(size, kernel, stride) == expected


def test_windows_hold_the_pixels_that_lie_under_them():
    x = np.arange(20.0).reshape(1, 4, 5, 1)
    view = window_view(x, WindowAxis(4, 2, 2), WindowAxis(5, 3, 2), fill=0)
    assert view.shape == (1, 2, 2, 1, 2, 3)
    assert (view[0, 1, 1, 0] == [[12, 13, 14], [17, 18, 19]]).all()


def test_padded_places_hold_the_fill():
    x = np.ones((1, 2, 2, 1))
    axis = WindowAxis(2, 2, 1, 1, 1, 0)
    view = window_view(x, axis, axis, fill=-5)
    assert (view[0, 0, 0, 0] == [[-5, -5], [-5, 1]]).all()
