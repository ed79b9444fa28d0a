"""Models with channels first, run with channels last."""

import os
import subprocess
import sys

import numpy as np
import pytest

from workbench.ingest.keras import from_keras, import_keras
from workbench.ingest.keras_twin import called, reads_channels_first

keras = import_keras()
layers = keras.layers
FIRST = {"data_format": "channels_first"}
SHAPE = (2, 6, 5)

KINDS = {
    "conv": lambda: layers.Conv2D(3, (3, 2), strides=(2, 1), activation="tanh", **FIRST),
    "depthwise": lambda: layers.DepthwiseConv2D(3, depth_multiplier=2, **FIRST),
    "separable": lambda: layers.SeparableConv2D(3, 2, padding="same", **FIRST),
    "transposed": lambda: layers.Conv2DTranspose(3, 3, strides=2, **FIRST),
    "max": lambda: layers.MaxPooling2D(2, padding="same", **FIRST),
    "average": lambda: layers.AveragePooling2D((3, 2), **FIRST),
    "global": lambda: layers.GlobalMaxPooling2D(keepdims=True, **FIRST),
    "flat_global": lambda: layers.GlobalAveragePooling2D(**FIRST),
    "up": lambda: layers.UpSampling2D((1, 2), **FIRST),
    "pad": lambda: layers.ZeroPadding2D(((1, 0), (0, 2)), **FIRST),
    "crop": lambda: layers.Cropping2D(((1, 0), (0, 2)), **FIRST),
    "flatten": lambda: layers.Flatten(**FIRST),
    "softmax": lambda: layers.Conv2D(3, 2, activation="softmax", **FIRST),
}


def model(*parts):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input(SHAPE), *parts])


def samples():
    return np.random.default_rng(0).random((4, *SHAPE), np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_a_twin_gives_what_the_layer_gives(kind):
    made = model(KINDS[kind]())
    try:
        expected = np.asarray(made(samples()))
    except Exception as error:
        pytest.skip(f"TensorFlow cannot do this on this processor: {type(error).__name__}")
    found = np.asarray(called(made, samples()))
    assert found.shape == expected.shape
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_a_twin_of_a_convolution_gives_what_numpy_gives():
    made = model(layers.Conv2D(3, (3, 2), activation="relu", bias_initializer="ones", **FIRST))
    kernel, bias = made.get_weights()
    windows = np.lib.stride_tricks.sliding_window_view(samples(), (3, 2), (2, 3))
    expected = np.einsum("nchwij,ijcf->nfhw", windows, kernel) + bias[:, None, None]
    assert np.asarray(called(made, samples())) == pytest.approx(np.maximum(expected, 0), abs=1e-5)


def test_nested_models_shared_layers_and_several_inputs_and_outputs_are_run():
    first, second = keras.Input(SHAPE, name="first"), keras.Input(SHAPE, name="second")
    inner = keras.Sequential([layers.ZeroPadding2D(1, **FIRST), layers.Dropout(0.5)], name="inner")
    shared = layers.Flatten(**FIRST)
    flat = [shared(inner(first)), shared(second)]
    head = layers.Dense(3)
    outputs = {"left": head(flat[1] / 2), "right": layers.Concatenate()(flat)}
    made = keras.Model({"first": first, "second": second}, outputs)
    x, y = samples(), 1 - samples()
    found = called(made, {"first": x, "second": y})
    last = np.moveaxis(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), 1, -1).reshape(4, -1)
    flat_y = np.moveaxis(y, 1, -1).reshape(4, -1)
    kernel, bias = head.get_weights()
    assert set(found) == {"left", "right"}
    assert np.asarray(found["left"]) == pytest.approx(flat_y / 2 @ kernel + bias, abs=1e-5)
    assert np.array_equal(np.asarray(found["right"]), np.concatenate([last, flat_y], axis=1))


def test_layers_that_read_channels_first_are_found_in_nested_models():
    assert reads_channels_first(model(keras.Sequential([layers.Flatten(**FIRST)])))
    assert not reads_channels_first(model(layers.Flatten()))


def test_what_a_network_was_compared_with_is_said():
    network = from_keras(model(layers.Conv2D(3, 2, **FIRST), layers.Flatten(), layers.Dense(2)))
    assert "of Keras with channels last on 16 random inputs" in network.verification


SCRIPT = """
import keras
L = keras.layers
first = L.Conv2D(3, 3, data_format="channels_first", activation="relu")
model = keras.Sequential([keras.Input((2, 6, 5)), first, L.Flatten(), L.Dense(4)])
import workbench as wb
print(wb.load(model).totals.neurons)
"""


@pytest.mark.slow
def test_a_model_is_read_on_a_processor_without_such_convolutions():
    """Without oneDNN, TensorFlow has none on any processor."""
    environment = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": "0"}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == str(3 * 4 * 3 + 4), done.stderr
