import numpy as np
import pytest
from layer_cases import stored

from workbench.conversion.passes.fold_padding import fold_padding
from workbench.network.activation import Activation
from workbench.network.convolution import Conv2D
from workbench.network.graph import Network, Node
from workbench.network.pooling import MaxPool2D
from workbench.network.rearrange import Pad
from workbench.network.structure import Identity, Input


def paddings(network):
    return [node.name for node in network.nodes if isinstance(node.layer, Pad)]


@pytest.mark.parametrize(
    "name", ["zero_padding_then_conv", "zero_padding_of_batch_norm", "max_pool_of_padding"]
)
def test_padding_goes_into_the_window_that_reads_it(name):
    assert paddings(stored(name))
    assert paddings(fold_padding(stored(name))) == []


def test_an_average_goes_on_counting_the_zeros():
    assert paddings(fold_padding(stored("zero_padding_then_average_pool"))) == ["pad"]


def test_padding_with_an_activation_of_its_own_stays():
    shape = (3, 3, 1)
    pad = Pad(shape, (1, 0, 0), (0, 0, 0))
    kernel = np.ones((2, 1, 1, 1), np.float32)
    network = Network(
        "squashed",
        (
            Node("in", Input(shape)),
            Node("pad", pad, Activation.SIGMOID, ("in",)),
            Node("conv", Conv2D(pad.output_shape, kernel), inputs=("pad",)),
        ),
    )
    assert fold_padding(network) == network


def pooled(activation, zeros):
    pad = Pad((4, 4, 1), (zeros, 0, 0), (0, 0, 0))
    return Network(
        "pooled",
        (
            Node("in", Input((4, 4, 1))),
            Node("act", Identity((4, 4, 1)), activation, ("in",)),
            Node("pad", pad, inputs=("act",)),
            Node("pool", MaxPool2D(pad.output_shape, (2, 2), (2, 2)), inputs=("pad",)),
        ),
    )


def test_a_maximum_of_values_with_a_sign_keeps_its_zeros():
    x = -np.ones((1, 4, 4, 1), np.float32)
    network = pooled(Activation.LINEAR, 1)
    assert fold_padding(network) == network
    assert fold_padding(network).forward(x)[0, 0, 0, 0] == 0


def test_a_maximum_of_zeros_alone_keeps_them():
    network = pooled(Activation.RELU, 2)
    assert fold_padding(network) == network
    assert paddings(fold_padding(pooled(Activation.RELU, 1))) == []
