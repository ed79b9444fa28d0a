import numpy as np
import pytest

from workbench.network.rearrange import Pad, Permute, Repeat, Slice, Take

LAYERS = [
    Pad((2, 3, 2), (1, 0, 0), (0, 2, 1)),
    Slice((4, 3, 2), (1, 0, 0), (4, 2, 1)),
    Slice((4, 3, 3), (1, 0, 0), (4, 3, 3), (2, 2, 1)),
    Permute((2, 3, 4), (2, 0, 1)),
    Repeat((2, 1, 2), (2, 3, 1)),
    Take((3, 4, 2), 1, (3, -1, 0)),
    Take((3, 4), 0, (1, 1, 2)),
]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.kind)
def test_sources_say_what_forward_does(layer):
    x = np.random.default_rng(0).random((3, *layer.input_shape))
    flat = np.append(x.reshape(3, -1), np.zeros((3, 1)), axis=1)  # index -1 reads the zero
    expected = flat[:, layer.sources()].reshape(3, *layer.output_shape)
    assert np.array_equal(layer.forward(x), expected)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.kind)
def test_output_shapes_are_those_of_forward(layer):
    assert layer.forward(np.zeros((1, *layer.input_shape))).shape[1:] == layer.output_shape


def test_padding_adds_zeros():
    y = Pad((1, 1), (1, 0), (0, 1)).forward(np.ones((1, 1, 1)))
    assert y[0].tolist() == [[0, 0], [1, 0]]


def test_repeated_units_have_synapses_and_moved_ones_have_none():
    assert LAYERS[4].synapse_count == 2 * 1 * 2 * 6
    assert LAYERS[6].synapse_count == 3 * 4
    assert [LAYERS[i].synapse_count for i in (0, 1, 2, 3, 5)] == [0, 0, 0, 0, 0]


def test_nothing_is_weighed():
    for layer in LAYERS:
        assert layer.macs == layer.parameter_count == 0
