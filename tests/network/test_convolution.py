import numpy as np
import pytest

from workbench.network.convolution import Conv2D


def by_hand(layer, image):
    """Cross-correlation by seven loops."""
    height, width, filters = layer.output_shape
    (top, _), (left, _) = layer.padding
    kernel_height, kernel_width, per_group, _ = layer.kernel.shape
    out = np.zeros((height, width, filters))
    for y in range(height):
        for x in range(width):
            for f in range(filters):
                group = f // (filters // layer.groups)
                for i in range(kernel_height):
                    for j in range(kernel_width):
                        row = y * layer.strides[0] + i * layer.dilation[0] - top
                        column = x * layer.strides[1] + j * layer.dilation[1] - left
                        if 0 <= row < image.shape[0] and 0 <= column < image.shape[1]:
                            for c in range(per_group):
                                pixel = image[row, column, group * per_group + c]
                                out[y, x, f] += pixel * layer.kernel[i, j, c, f]
                out[y, x, f] += 0 if layer.bias is None else layer.bias[f]
    return out


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("strides", [(1, 1), (2, 1), (3, 2)])
@pytest.mark.parametrize("dilation", [(1, 1), (2, 1)])
@pytest.mark.parametrize("padding", [((0, 0), (0, 0)), ((1, 2), (0, 1))])
def test_forward_agrees_with_loops(groups, strides, dilation, padding):
    rng = np.random.default_rng(0)
    kernel = rng.integers(-3, 4, (2, 3, 4 // groups, 4)).astype(float)
    bias = rng.integers(-3, 4, 4).astype(float)
    layer = Conv2D((6, 7, 4), kernel, bias, strides, padding, dilation, groups)
    image = rng.integers(-3, 4, (2, 6, 7, 4)).astype(float)
    expected = np.stack([by_hand(layer, one) for one in image])
    assert (layer.forward(image) == expected).all()


def test_border_pixels_lie_under_fewer_kernel_positions():
    layer = Conv2D((4, 4, 1), np.ones((3, 3, 1, 2)))
    assert (layer.fan_out().reshape(4, 4) == 2 * np.outer([1, 2, 2, 1], [1, 2, 2, 1])).all()
    assert layer.synapse_count == layer.macs == 2 * 36
    assert layer.border_free_synapses == 16 * 9 * 2


def test_shared_weights_are_stored_once():
    layer = Conv2D((14, 14, 1), np.zeros((3, 3, 1, 6)), np.zeros(6))
    assert layer.parameter_count == 60
    assert layer.output_shape == (12, 12, 6)


def test_float32_stays_float32():
    layer = Conv2D((4, 4, 1), np.ones((3, 3, 1, 2), np.float32), np.ones(2, np.float32))
    assert layer.forward(np.ones((1, 4, 4, 1), np.float32)).dtype == np.float32
