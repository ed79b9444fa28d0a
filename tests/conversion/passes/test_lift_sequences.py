"""The same network, written for sequences and for images of one row or column, spikes the same."""

import numpy as np
import pytest
from layer_cases import CASES, CONVERTED, randomize, stored

from workbench.conversion import convert
from workbench.conversion.passes.lift_sequences import lift_sequences
from workbench.ingest.keras import from_keras, import_keras
from workbench.network.structure import Reshape
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate

WIDTH, CHANNELS = 14, 2


class Layers:
    """Keras' layers for sequences, or the same for images whose other axis has size 1.

    Parameters
    ----------
    axis : int or None
        Of an image, the one along which the sequence runs; None for sequences.
    """

    def __init__(self, axis=None):
        self.keras = import_keras()
        self.axis = axis

    def _pair(self, value, other):
        if self.axis is None:
            return value
        return (value, other) if self.axis == 0 else (other, value)

    def _named(self, name, dimensions="1D"):
        name = name if self.axis is None else name.replace(dimensions, "2D")
        return getattr(self.keras.layers, name)

    def window(self, kind, size, *arguments, **options):
        """A layer with windows: convolutions and poolings of every kind."""
        for option, other in (("strides", 1), ("dilation_rate", 1)):
            if option in options:
                options[option] = self._pair(options[option], other)
        return self._named(kind)(*arguments, self._pair(size, 1), **options)

    def sides(self, kind, before, after, **options):
        """A padding or a cropping."""
        return self._named(kind)(self._pair((before, after), (0, 0)), **options)

    def up(self, factor, **options):
        return self._named("UpSampling1D")(self._pair(factor, 1), **options)

    def plain(self, kind, *arguments, **options):
        return self._named(kind)(*arguments, **options)

    def input(self):
        shape = (WIDTH, CHANNELS) if self.axis is None else (*self._pair(WIDTH, 1), CHANNELS)
        return self.keras.Input(shape, name="pixels")

    def model(self, blocks):
        source = self.input()
        x = self.plain("Dense", 5, name="head")(self.plain("Flatten")(blocks(self, source)))
        model = self.keras.Model(source, x, name="twin")
        randomize(model, 0)
        return model


def conv_relu_norm_pool(k, x):
    x = k.window("Conv1D", 5, 4, activation="relu", name="conv")(x)
    x = k.plain("BatchNormalization", name="norm")(x)
    return k.window("MaxPooling1D", 2, name="pool")(x)


def conv_norm_relu_pool(k, x):
    x = k.window("Conv1D", 3, 4, padding="same", name="conv")(x)
    x = k.plain("ReLU", name="relu")(k.plain("BatchNormalization", name="norm")(x))
    return k.window("MaxPooling1D", 3, strides=2, padding="same", name="pool")(x)


def conv_pool_norm_relu(k, x):
    x = k.window("Conv1D", 3, 4, name="conv")(x)
    x = k.window("MaxPooling1D", 2, name="pool")(x)
    return k.plain("ReLU", name="relu")(k.plain("BatchNormalization", name="norm")(x))


def conv_global_max_relu(k, x):
    x = k.window("Conv1D", 3, 4, name="conv")(x)
    return k.plain("ReLU", name="relu")(k.plain("GlobalMaxPooling1D", name="pool")(x))


def leaky_pool_conv(k, x):
    x = k.window("Conv1D", 3, 4, name="conv")(x)
    x = k.window("MaxPooling1D", 2, name="pool")(k.plain("LeakyReLU", name="leaky")(x))
    return k.window("Conv1D", 2, 3, activation="relu", name="conv_2")(x)


def padded(k, x):
    x = k.sides("ZeroPadding1D", 1, 2, name="pad")(x)
    x = k.window("Conv1D", 3, 4, strides=2, activation="relu", name="conv")(x)
    x = k.sides("ZeroPadding1D", 1, 1, name="pad_2")(x)
    return k.window("MaxPooling1D", 3, strides=2, name="pool")(x)


def cropped_and_repeated(k, x):
    x = k.window("Conv1D", 2, 4, dilation_rate=2, activation="relu", name="conv")(x)
    x = k.up(2, name="up")(k.sides("Cropping1D", 1, 2, name="crop")(x))
    return k.window("Conv1D", 3, 2, activation="relu", name="conv_2")(x)


def separable_and_depthwise(k, x):
    x = k.window("SeparableConv1D", 3, 4, name="separable")(x)
    x = k.plain("ReLU", name="relu")(k.plain("BatchNormalization", name="norm")(x))
    return k.window("DepthwiseConv1D", 3, activation="relu", name="depthwise")(x)


def transposed(k, x):
    x = k.window("Conv1DTranspose", 3, 3, strides=2, padding="same", name="conv")(x)
    x = k.plain("BatchNormalization", name="norm")(x)
    return k.window("AveragePooling1D", 3, name="pool")(k.plain("ReLU", name="relu")(x))


def residual(k, x):
    x = k.window("Conv1D", 3, 4, padding="same", activation="relu", name="conv")(x)
    y = k.window("Conv1D", 3, 4, padding="same", name="conv_2")(x)
    y = k.plain("Add", name="sum")([x, k.plain("BatchNormalization", name="norm")(y)])
    return k.plain("GlobalAveragePooling1D", name="mean")(k.plain("ReLU", name="relu")(y))


def branches(k, x):
    a = k.window("Conv1D", 3, 4, padding="same", activation="relu", name="conv_a")(x)
    b = k.window("Conv1D", 1, 3, activation="relu", name="conv_b")(x)
    c = k.window("AveragePooling1D", 3, strides=1, padding="same", name="mean")(a)
    x = k.plain("Concatenate", name="both")([a, b, c])
    return k.window("MaxPooling1D", 3, strides=2, name="pool")(x)


BLOCKS = [
    conv_relu_norm_pool,
    conv_norm_relu_pool,
    conv_pool_norm_relu,
    conv_global_max_relu,
    leaky_pool_conv,
    padded,
    cropped_and_repeated,
    separable_and_depthwise,
    transposed,
    residual,
    branches,
]
SETTINGS = [
    Conversion(),
    Conversion(max_pool="relu", per_channel=True, initial_potential=0.5),
    Conversion(spiking_pools=True, max_pool="average_pooling"),
]


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("blocks", BLOCKS, ids=lambda blocks: blocks.__name__)
def test_a_sequence_spikes_as_an_image_of_height_or_width_1(blocks, axis):
    one, two = (from_keras(Layers(along).model(blocks)) for along in (None, axis))
    x = np.random.default_rng(1).random((20, WIDTH, CHANNELS), np.float32)
    image = np.expand_dims(x, 2 - axis)
    assert one.forward(x) == pytest.approx(two.forward(image), abs=1e-5)
    assert one.totals.neurons == two.totals.neurons
    for settings in SETTINGS:
        runs = []
        for network, samples in ((one, x), (two, image)):
            spiking = convert(network, samples, settings)
            runs.append(simulate(spiking, samples[:3], Simulation(steps=40, record="all")))
        assert runs[0].layers == runs[1].layers
        for layer in runs[0].layers:
            first, second = (run.events[layer] for run in runs)
            for found, expected in zip(first, second, strict=True):
                assert np.array_equal(found, expected), layer


@pytest.mark.parametrize("name", [name for name in CONVERTED if len(CASES[name].shape) == 2])
def test_no_reshape_is_left_between_layers_of_sequences(name):
    network = lift_sequences(stored(name))
    for node in network.nodes[1:]:
        if isinstance(node.layer, Reshape):
            ends = {len(node.layer.input_shape), len(node.layer.output_shape)}
            assert ends != {3} and (ends != {2, 3} or node in (network.nodes[1], network.output))


def test_outputs_keep_their_shape():
    keras = import_keras()
    model = keras.Sequential(
        [keras.Input((9, 2)), keras.layers.Conv1D(3, 2, activation="softmax", name="places")]
    )
    network = from_keras(model)
    x = np.random.default_rng(0).random((8, 9, 2), np.float32)
    spiking = convert(network, x)
    assert spiking.output.shape == network.output.layer.output_shape == (8, 3)
    assert spiking.output.name == "places"


def test_networks_of_images_stay_as_they_are():
    network = stored("max_pool")
    assert lift_sequences(network) is network
