import numpy as np
import pytest
from layer_cases import CASES, built

from workbench.ingest.keras_layers import KERAS_LAYERS, KERAS_OPERATIONS
from workbench.network.activation import Activation


def test_every_layer_that_is_read_has_a_case():
    tried = {layer.__class__.__name__ for name in CASES for layer in built(name)[0].layers}
    assert set(KERAS_LAYERS.kinds) - tried == set()


def test_every_operation_that_is_read_has_a_case():
    tried = {type(call).__name__ for name in CASES for call in built(name)[0].operations}
    assert set(KERAS_OPERATIONS.kinds) - tried == {"Divide"}  # another name of TrueDivide


@pytest.mark.parametrize(
    ("name", "padding"),
    [
        ("conv_odd_same", ((1, 1), (1, 1))),
        ("conv_even_same", ((1, 2), (1, 2))),
        ("conv_stride_2_same", ((1, 1), (0, 1))),
        ("conv_odd_valid", ((0, 0), (0, 0))),
    ],
)
def test_padding_is_made_explicit(name, padding):
    assert built(name)[1]["conv"].layer.padding == padding


def test_a_depthwise_convolution_has_a_group_per_channel():
    layer = built("depthwise_multiplier_2")[1]["conv"].layer
    assert layer.groups == 2
    assert layer.kernel.shape == (3, 3, 1, 4)


def test_dense_on_an_image_is_a_pointwise_convolution():
    layer = built("dense_on_image")[1]["pointwise"].layer
    assert layer.kernel.shape == (1, 1, 2, 3)


def test_global_pooling_becomes_a_pooling_and_a_reshape():
    network = built("global_average")[1]
    assert network["pool_averagepool2d"].layer.pool_size == (6, 5)
    assert network["pool"].layer.output_shape == (2,)


def test_training_layers_leave_nothing_behind():
    names = [node.name for node in built("dropout_and_noise")[1].nodes]
    assert names == ["pixels", "conv", "flat", "head"]


def test_an_activation_inside_a_layer_is_the_nodes():
    network = built("softmax_in_dense")[1]
    assert network["hidden"].activation is Activation.RELU
    assert network["head"].activation is Activation.SOFTMAX


def test_weights_are_kept_as_float32():
    for node in built("batch_norm_after_conv")[1].nodes:
        for array in (v for v in vars(node.layer).values() if isinstance(v, np.ndarray)):
            assert array.dtype == np.float32
