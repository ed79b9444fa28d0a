import numpy as np
import pytest

from workbench.errors import UnsupportedLayerError
from workbench.ingest.keras import from_keras, import_keras
from workbench.ingest.keras_faults import bias_along_columns

keras = import_keras()
layers = keras.layers

FIRST = {"data_format": "channels_first", "bias_initializer": "random_normal"}
FAULTY = {
    "grouped": lambda: layers.Conv2D(4, 1, groups=2, name="odd", **FIRST),
    "dilated": lambda: layers.Conv2D(4, 3, dilation_rate=2, padding="same", name="odd", **FIRST),
    "depthwise": lambda: layers.DepthwiseConv2D(1, depth_multiplier=2, name="odd", **FIRST),
    "separable": lambda: layers.SeparableConv2D(4, 1, name="odd", **FIRST),
    "transposed": lambda: layers.Conv2DTranspose(4, 1, name="odd", **FIRST),
}
RIGHT = {
    "plain": lambda: layers.Conv2D(4, 1, **FIRST),
    "other_sizes": lambda: layers.DepthwiseConv2D(1, depth_multiplier=3, **FIRST),
    "no_bias": lambda: layers.SeparableConv2D(4, 1, use_bias=False, **FIRST),
    "equal_biases": lambda: layers.SeparableConv2D(
        4, 1, data_format="channels_first", bias_initializer="ones"
    ),
}


def model(*parts):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((2, 5, 4)), *parts])


def predicted(made, x):
    """Return Keras' own answer; skip where the processor has no such convolutions."""
    try:
        return made.predict(x, verbose=0)
    except Exception as error:
        if "channels_first" in str(error) or "NHWC" in str(error) or "NCHW" in str(error):
            pytest.skip("TensorFlow has no convolutions with channels first on this processor")
        raise


def samples():
    return np.random.default_rng(0).random((3, 2, 5, 4), np.float32)


@pytest.mark.parametrize("name", FAULTY)
def test_a_bias_along_the_columns_is_refused_where_keras_adds_it_so(name):
    """Whether it does depends on the version of Keras, not on the processor."""
    made = model(keras.Sequential([FAULTY[name]()], name="inner"))
    try:
        network = from_keras(made)
    except UnsupportedLayerError as error:
        assert str(error).startswith("odd (")
        assert "adds its bias along the columns; supported: along the channels" in str(error)
        return
    expected = predicted(made, samples())
    assert network.forward(samples()) == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", FAULTY)
def test_keras_adds_the_bias_along_the_columns_of_those_that_are_refused(name):
    layer = FAULTY[name]()
    made = model(layer)
    if not bias_along_columns(layer, layer.output.shape):
        pytest.skip(f"Keras {keras.__version__} adds biases along the channels")
    biased = predicted(made, samples())
    bias = layer.get_weights()[-1]
    layer.bias.assign(np.zeros_like(bias))
    assert biased - predicted(made, samples()) == pytest.approx(
        np.broadcast_to(bias, biased.shape), abs=1e-6
    )


@pytest.mark.parametrize("name", RIGHT)
def test_others_are_read_as_keras_predicts(name):
    made = model(RIGHT[name]())
    network = from_keras(made)
    expected = predicted(made, samples())
    assert network.forward(samples()) == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_a_layer_that_the_chosen_output_does_not_read_is_not_refused():
    source = keras.Input((2, 5, 4))
    odd = layers.Flatten(name="left")(FAULTY["depthwise"]()(source))
    right = layers.Dense(2, name="right")(layers.Flatten()(source))
    both = keras.Model(source, [odd, right])
    assert from_keras(both, output="right").report.iloc[-1]["layer"] == "right"
