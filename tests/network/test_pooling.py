import math

import numpy as np
import pytest

from workbench.network.pooling import AveragePool2D, MaxPool2D, SumPool2D

SAME = ((0, 1), (1, 1))


def windows_by_hand(layer, image):
    """Inputs of every window that lie inside the image, per channel."""
    height, width, channels = layer.output_shape
    (top, _), (left, _) = layer.padding
    for y in range(height):
        for x in range(width):
            rows = [y * layer.strides[0] + i - top for i in range(layer.pool_size[0])]
            columns = [x * layer.strides[1] + j - left for j in range(layer.pool_size[1])]
            taps = [
                image[r, c]
                for r in rows
                for c in columns
                if 0 <= r < image.shape[0] and 0 <= c < image.shape[1]
            ]
            for channel in range(channels):
                yield (y, x, channel), [tap[channel] for tap in taps]


@pytest.mark.parametrize("padding", [((0, 0), (0, 0)), SAME])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (3, 1)])
@pytest.mark.parametrize("size", [(2, 3), (3, 3)])
def test_pools_agree_with_loops(size, strides, padding):
    image = np.random.default_rng(0).integers(-9, 0, (5, 6, 2)).astype(float)
    average, total, highest = (
        kind((5, 6, 2), size, strides, padding) for kind in (AveragePool2D, SumPool2D, MaxPool2D)
    )
    for (y, x, c), taps in windows_by_hand(average, image):
        mean = sum(taps) / len(taps)
        assert average.forward(image[None])[0, y, x, c] == pytest.approx(mean)
        assert total.forward(image[None])[0, y, x, c] == pytest.approx(mean * total.common)
        assert highest.forward(image[None])[0, y, x, c] == max(taps)


def test_padding_never_wins_a_maximum():
    layer = MaxPool2D((2, 2, 1), (2, 2), (1, 1), ((1, 1), (1, 1)))
    assert (layer.forward(np.full((1, 2, 2, 1), -7.0)) == -7).all()


def test_sums_over_border_windows_stay_whole():
    layer = SumPool2D((3, 3, 1), (2, 2), (2, 2), ((0, 1), (0, 1)))
    assert layer.window_sizes().tolist() == [[4, 2], [2, 1]]
    assert layer.common == 4
    assert layer.tap_weights().tolist() == [[1, 2], [2, 4]]
    ones = np.ones((1, 3, 3, 1))
    assert (layer.forward(ones) == layer.common).all()


def test_common_is_the_least_multiple_of_all_window_sizes():
    layer = SumPool2D((5, 5, 1), (3, 3), (1, 1), ((1, 1), (1, 1)))
    assert layer.common == math.lcm(4, 6, 9)


def test_pools_store_nothing_and_only_averages_multiply():
    for kind, macs in ((AveragePool2D, 36), (MaxPool2D, 0)):
        layer = kind((6, 6, 1), (2, 2), (2, 2))
        assert layer.parameter_count == 0
        assert layer.synapse_count == 36
        assert layer.macs == macs


def test_rows_that_no_window_reaches_have_no_fan_out():
    layer = AveragePool2D((5, 4, 1), (2, 2), (2, 2))
    assert layer.fan_out().reshape(5, 4)[4].tolist() == [0, 0, 0, 0]


def test_windows_list_inputs_in_row_major_order():
    layer = MaxPool2D((2, 4, 1), (2, 2), (2, 2))
    taps = layer.windows(np.arange(8.0).reshape(1, 2, 4, 1), fill=-1)
    assert taps[0, 0, :, 0].tolist() == [[0, 1, 4, 5], [2, 3, 6, 7]]
