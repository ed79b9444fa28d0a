import numpy as np
import pytest

from workbench.errors import UnsupportedLayerError
from workbench.ingest.keras import from_keras, import_keras
from workbench.ingest.keras_faults import biases_along_columns

keras = import_keras()
layers = keras.layers

FIRST = {"data_format": "channels_first", "bias_initializer": "random_normal"}


def model(*parts):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((2, 5, 4)), *parts])


@pytest.mark.parametrize(
    "build",
    [
        lambda: layers.Conv2D(4, 1, name="odd", **FIRST),
        lambda: layers.Conv2D(4, 1, groups=2, name="odd", **FIRST),
        lambda: layers.DepthwiseConv2D(1, depth_multiplier=2, name="odd", **FIRST),
        lambda: layers.SeparableConv2D(4, 1, name="odd", **FIRST),
        lambda: layers.Conv2DTranspose(4, 1, name="odd", **FIRST),
    ],
)
def test_as_many_channels_as_columns_are_read_as_keras_predicts_or_refused(build):
    """Which of the two depends on the version of Keras."""
    made = model(keras.Sequential([build()], name="inner"))
    x = np.random.default_rng(0).random((3, 2, 5, 4), np.float32)
    try:
        network = from_keras(made)
    except UnsupportedLayerError as error:
        assert str(error).startswith("odd (")
        assert "adds its bias along the columns; supported: along the channels" in str(error)
    else:
        expected = made.predict(x, verbose=0)
        assert network.forward(x) == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(
    "build",
    [
        lambda: layers.Conv2D(3, 1, **FIRST),
        lambda: layers.Conv2D(4, 1, use_bias=False, **FIRST),
        lambda: layers.Conv2D(5, 1),
        lambda: layers.MaxPooling2D(1, data_format="channels_first"),
    ],
)
def test_others_are_not_suspected(build):
    assert biases_along_columns(model(build()), "3") == []
