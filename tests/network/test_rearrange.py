import numpy as np
import pytest

from workbench.errors import WorkbenchError
from workbench.network.rearrange import Pad, Permute, Repeat, Slice, Take
from workbench.network.storage_check import check_layer

LAYERS = [
    Pad((2, 3, 2), (1, 0, 0), (0, 2, 1)),
    Slice((4, 3, 2), (1, 0, 0), (4, 2, 1)),
    Slice((4, 3, 3), (1, 0, 0), (4, 3, 3), (2, 2, 1)),
    Permute((2, 3, 4), (2, 0, 1)),
    Repeat((2, 1, 2), (2, 3, 1)),
    Take((3, 4, 2), ((2, 0, 0, 1), (), (1,))),
    Take((3, 4, 2), ((), (3, 1, 2, 0), ())),
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
    assert [layer.synapse_count for layer in LAYERS[:4]] == [0, 0, 0, 0]
    assert [layer.synapse_count for layer in LAYERS[5:]] == [4 * 4 * 1, 0]


def test_nothing_is_weighed():
    for layer in LAYERS:
        assert layer.macs == layer.parameter_count == 0


@pytest.mark.parametrize("places", [((0, 3), ()), ((0, -1), ()), ((0, 1),)])
def test_a_file_cannot_take_places_outside_the_input(places):
    with pytest.raises(WorkbenchError):
        check_layer(Take((3, 2), places), "node 'some'")
