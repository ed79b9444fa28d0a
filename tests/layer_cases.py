"""The case table: one small example of every layer and option, as Keras models.

`CASES` maps a name to a `Case`. Contract tests run every case through every operation: reading,
counting, conversion, simulation, saving. A case that an operation cannot do says so with the
words of the refusal; no cell of the table is empty.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.ingest.keras import from_keras, import_keras
from workbench.network.graph import Network

IMAGE = (6, 5, 2)
VECTOR = (7,)


@dataclass(frozen=True)
class Case:
    """One example.

    Parameters
    ----------
    name : str
    layers : function of (keras.layers, input tensor) to output tensor
    shape : tuple of int
        Of the input.
    refused : str
        Words of the refusal to convert; empty where conversion works.
    """

    name: str
    layers: Callable[[Any, Any], Any]
    shape: tuple[int, ...]
    refused: str

    def build(self, seed: int = 0) -> Any:
        """Return the Keras model, with seeded weights."""
        keras = import_keras()
        source = keras.Input(self.shape, name="pixels")
        model = keras.Model(source, self.layers(keras.layers, source), name=self.name)
        randomize(model, seed)
        return model

    def samples(self, n: int = 4, seed: int = 1) -> np.ndarray:
        """Return inputs between 0 and 1; float32."""
        return np.random.default_rng(seed).random((n, *self.shape), np.float32)

    def __str__(self) -> str:
        return self.name


def randomize(model: Any, seed: int) -> None:
    """Give every weight a seeded value that keeps activations alive and of similar size."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        shape = tuple(weight.shape)
        if weight.name in ("moving_variance", "gamma"):
            value = rng.uniform(0.5, 1.5, shape)
        elif len(shape) > 1:
            value = rng.normal(0.05, 1.0, shape) / np.sqrt(np.prod(shape[:-1]))
        else:
            value = rng.uniform(-0.1, 0.3, shape)
        weight.assign(value.astype(np.float32))


CASES: dict[str, Case] = {}
Builder = Callable[[Any, Any], Any]


def case(shape: tuple[int, ...] = IMAGE, refused: str = "") -> Callable[[Builder], Builder]:
    """Return a decorator that enters a builder into the table under its own name."""

    def add(builder: Builder) -> Builder:
        CASES[builder.__name__] = Case(builder.__name__, builder, shape, refused)
        return builder

    return add


@functools.cache
def built(name: str) -> tuple[Any, Network]:
    """Return a case's Keras model and the network read from it; made once."""
    model = CASES[name].build()
    return model, from_keras(model)


def _head(k: Any, x: Any) -> Any:
    """A classifier on top of whatever is tried."""
    return k.Dense(3, name="head")(k.Flatten(name="flat")(x))


# --- Convolutions -------------------------------------------------------------------------------


def _convolution(name: str, shape: tuple[int, ...] = IMAGE, **options: Any) -> None:
    def builder(k: Any, x: Any) -> Any:
        return _head(k, k.Conv2D(activation="relu", name="conv", **options)(x))

    builder.__name__ = name
    case(shape)(builder)


def _depthwise(name: str, **options: Any) -> None:
    def builder(k: Any, x: Any) -> Any:
        return _head(k, k.DepthwiseConv2D(activation="relu", name="conv", **options)(x))

    builder.__name__ = name
    case()(builder)


_convolution("conv_odd_valid", filters=3, kernel_size=3)
_convolution("conv_odd_same", filters=3, kernel_size=3, padding="same")
_convolution("conv_even_valid", filters=3, kernel_size=2)
_convolution("conv_even_same", filters=3, kernel_size=4, padding="same")
_convolution("conv_oblong_same", filters=2, kernel_size=(2, 5), padding="same")
_convolution("conv_single_channel", (6, 5, 1), filters=3, kernel_size=3)
_convolution("conv_without_bias", filters=2, kernel_size=3, use_bias=False)
_convolution("conv_stride_2_valid", (7, 6, 2), filters=2, kernel_size=3, strides=2)
_convolution("conv_stride_2_same", (7, 6, 2), filters=2, kernel_size=3, strides=2, padding="same")
_convolution("conv_even_stride_2_same", filters=2, kernel_size=2, strides=2, padding="same")
_convolution("conv_stride_beyond_kernel", (7, 6, 2), filters=2, kernel_size=2, strides=3)
_convolution("conv_unequal_strides", (7, 6, 2), filters=2, kernel_size=3, strides=(2, 1))
_convolution("conv_dilated_valid", (7, 6, 2), filters=2, kernel_size=2, dilation_rate=2)
_convolution("conv_dilated_same", filters=2, kernel_size=3, dilation_rate=(2, 1), padding="same")
_convolution("conv_groups", (5, 5, 4), filters=6, kernel_size=3, groups=2)
_convolution(
    "conv_groups_same_stride", (5, 5, 4), filters=4, kernel_size=2, groups=2, strides=2,
    padding="same",
)  # fmt: skip
_convolution("conv_groups_as_channels", (5, 5, 3), filters=6, kernel_size=2, groups=3)
_depthwise("depthwise", kernel_size=3)
_depthwise("depthwise_multiplier_2", kernel_size=3, depth_multiplier=2, padding="same")
_depthwise("depthwise_stride_2_same", kernel_size=2, strides=2, padding="same", use_bias=False)


# --- Pooling ------------------------------------------------------------------------------------


def _pooling(name: str, kind: str, shape: tuple[int, ...] = IMAGE, **options: Any) -> None:
    def builder(k: Any, x: Any) -> Any:
        x = k.Conv2D(2, 2, padding="same", activation="relu", name="conv")(x)
        return _head(k, getattr(k, kind)(name="pool", **options)(x))

    builder.__name__ = name
    case(shape)(builder)


for _kind, _name in (("AveragePooling2D", "average"), ("MaxPooling2D", "max")):
    _pooling(f"{_name}_pool", _kind, (6, 4, 2), pool_size=2)
    _pooling(f"{_name}_pool_odd", _kind, (7, 5, 2), pool_size=2)
    _pooling(f"{_name}_pool_odd_same", _kind, (7, 5, 2), pool_size=2, padding="same")
    _pooling(f"{_name}_pool_overlapping", _kind, (7, 6, 2), pool_size=3, strides=2)
    _pooling(f"{_name}_pool_overlapping_same", _kind, pool_size=3, strides=1, padding="same")
    _pooling(f"{_name}_pool_oblong", _kind, pool_size=(3, 1), strides=(1, 2), padding="same")
    _pooling(f"{_name}_pool_gaps", _kind, (7, 6, 2), pool_size=2, strides=3)
_pooling("global_average", "GlobalAveragePooling2D")
_pooling("global_average_keepdims", "GlobalAveragePooling2D", keepdims=True)


@case()
def average_pool_on_input(k: Any, x: Any) -> Any:
    x = k.AveragePooling2D(2, padding="same", name="pool")(x)
    return _head(k, k.Conv2D(2, 2, activation="relu", name="conv")(x))


@case()
def average_pool_twice(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 2, padding="same", activation="relu", name="conv")(x)
    x = k.AveragePooling2D(2, padding="same", name="pool_1")(x)
    x = k.AveragePooling2D(2, padding="same", name="pool_2")(x)
    return _head(k, k.Conv2D(2, 2, activation="relu", padding="same", name="conv_2")(x))


@case()
def average_pool_before_relu(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 2, padding="same", name="conv")(x)
    x = k.AveragePooling2D(3, strides=2, padding="same", name="pool")(x)
    return _head(k, k.ReLU(name="relu")(x))


@case()
def average_pools_around_conv(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 2, activation="relu", padding="same", name="conv")(x)
    x = k.AveragePooling2D(2, strides=1, name="pool_1")(x)
    x = k.Conv2D(2, 2, padding="same", name="conv_2")(x)
    x = k.AveragePooling2D(2, padding="same", name="pool_2")(x)
    x = k.AveragePooling2D(2, padding="same", name="pool_3")(x)
    return _head(k, k.ReLU(name="relu")(x))


@case()
def max_pool_twice_with_conv_between(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 3, padding="same", activation="relu", name="conv")(x)
    x = k.MaxPooling2D(2, padding="same", name="pool")(x)
    x = k.Conv2D(2, 2, padding="same", activation="relu", name="conv_2")(x)
    return _head(k, k.MaxPooling2D(2, name="pool_2")(x))


# --- Dense --------------------------------------------------------------------------------------


@case(VECTOR)
def dense_only(k: Any, x: Any) -> Any:
    return k.Dense(3, name="head")(x)


@case(VECTOR)
def dense_hidden(k: Any, x: Any) -> Any:
    return k.Dense(3, name="head")(k.Dense(5, activation="relu", name="hidden")(x))


@case(VECTOR)
def dense_without_bias(k: Any, x: Any) -> Any:
    x = k.Dense(5, activation="relu", use_bias=False, name="hidden")(x)
    return k.Dense(3, use_bias=False, name="head")(x)


@case()
def dense_on_image(k: Any, x: Any) -> Any:
    return _head(k, k.Dense(3, activation="relu", name="pointwise")(x))


# --- Batch normalization ------------------------------------------------------------------------


@case()
def batch_norm_after_conv(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, padding="same", use_bias=False, name="conv")(x)
    return _head(k, k.ReLU(name="relu")(k.BatchNormalization(name="norm")(x)))


@case()
def batch_norm_after_depthwise(k: Any, x: Any) -> Any:
    x = k.DepthwiseConv2D(3, depth_multiplier=2, name="conv")(x)
    return _head(k, k.ReLU(name="relu")(k.BatchNormalization(name="norm")(x)))


@case()
def batch_norm_twice(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, name="conv")(x)
    x = k.BatchNormalization(name="norm_1")(x)
    x = k.BatchNormalization(name="norm_2")(x)
    return _head(k, k.ReLU(name="relu")(x))


@case(VECTOR)
def batch_norm_after_dense(k: Any, x: Any) -> Any:
    x = k.BatchNormalization(name="norm")(k.Dense(5, name="hidden")(x))
    return k.Dense(3, name="head")(k.Activation("relu", name="relu")(x))


@case()
def batch_norm_first(k: Any, x: Any) -> Any:
    x = k.BatchNormalization(name="norm")(x)
    return _head(k, k.Conv2D(2, 3, padding="same", activation="relu", name="conv")(x))


@case()
def batch_norm_after_relu(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, activation="relu", name="conv")(x)
    x = k.BatchNormalization(name="norm")(x)
    return _head(k, k.Conv2D(2, 2, padding="same", activation="relu", name="conv_2")(x))


@case()
def batch_norm_after_average_pool(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, activation="relu", name="conv")(x)
    x = k.AveragePooling2D(2, padding="same", name="pool")(x)
    return _head(k, k.BatchNormalization(name="norm")(x))


@case()
def batch_norm_after_max_pool(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, activation="relu", name="conv")(x)
    x = k.MaxPooling2D(2, name="pool")(x)
    return _head(k, k.BatchNormalization(name="norm")(x))


@case()
def batch_norm_with_relu_after_relu(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, activation="relu", name="conv")(x)
    x = k.BatchNormalization(name="norm")(x)
    return _head(k, k.ReLU(name="relu")(x))


@case()
def batch_norm_on_vector_of_image(k: Any, x: Any) -> Any:
    x = k.Flatten(name="flat")(k.Conv2D(2, 3, activation="relu", name="conv")(x))
    return k.Dense(3, name="head")(k.BatchNormalization(name="norm")(x))


@case()
def batch_norm_without_scale_and_center(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 3, name="conv")(x)
    x = k.BatchNormalization(scale=False, name="norm_1")(x)
    x = k.Conv2D(2, 2, name="conv_2")(k.ReLU(name="relu_1")(x))
    x = k.BatchNormalization(center=False, name="norm_2")(x)
    return _head(k, k.ReLU(name="relu_2")(x))


@case()
def batch_norm_on_a_branch(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 3, padding="same", name="conv")(x)
    a = k.ReLU(name="relu_a")(k.BatchNormalization(name="norm")(x))
    b = k.ReLU(name="relu_b")(x)
    return _head(k, k.Add(name="add")([a, b]))


# --- Additions ----------------------------------------------------------------------------------


@case()
def add_two(k: Any, x: Any) -> Any:
    a = k.Conv2D(2, 3, padding="same", activation="relu", name="conv_a")(x)
    b = k.Conv2D(2, 1, activation="relu", name="conv_b")(x)
    return _head(k, k.Add(name="add")([a, b]))


@case(VECTOR)
def add_three(k: Any, x: Any) -> Any:
    a = k.Dense(4, activation="relu", name="a")(x)
    b = k.Dense(4, activation="relu", name="b")(x)
    c = k.Dense(4, name="c")(a)
    total = k.Add(name="add")([a, b, c])
    return k.Dense(3, name="head")(k.ReLU(name="relu")(total))


@case()
def residual(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, padding="same", activation="relu", name="conv")(x)
    y = k.Conv2D(3, 3, padding="same", activation="relu", name="conv_1")(x)
    y = k.Conv2D(3, 3, padding="same", name="conv_2")(y)
    return _head(k, k.ReLU(name="relu")(k.Add(name="add")([x, y])))


@case()
def residual_with_linear_shortcut(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, padding="same", activation="relu", name="conv")(x)
    y = k.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="conv_1")(x)
    y = k.Conv2D(4, 3, padding="same", use_bias=False, name="conv_2")(y)
    y = k.BatchNormalization(name="norm")(y)
    s = k.Conv2D(4, 1, strides=2, name="shortcut")(x)
    return _head(k, k.ReLU(name="relu")(k.Add(name="add")([y, s])))


@case()
def residual_with_pooled_shortcut(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, padding="same", activation="relu", name="conv")(x)
    y = k.Conv2D(3, 2, strides=2, padding="same", name="conv_1")(x)
    s = k.AveragePooling2D(2, padding="same", name="shortcut")(x)
    return _head(k, k.ReLU(name="relu")(k.Add(name="add")([y, s])))


@case()
def add_on_input(k: Any, x: Any) -> Any:
    y = k.Conv2D(2, 3, padding="same", name="conv")(x)
    return _head(k, k.ReLU(name="relu")(k.Add(name="add")([y, x])))


@case()
def add_to_itself(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 3, activation="relu", name="conv")(x)
    return _head(k, k.Add(name="add")([x, x]))


@case()
def add_then_conv(k: Any, x: Any) -> Any:
    a = k.Conv2D(2, 3, padding="same", activation="relu", name="conv_a")(x)
    b = k.Conv2D(2, 3, padding="same", activation="relu", name="conv_b")(a)
    x = k.AveragePooling2D(2, name="pool")(k.Add(name="add")([a, b]))
    return _head(k, k.Conv2D(2, 2, activation="relu", name="conv_c")(x))


# --- Activations, structure ---------------------------------------------------------------------


@case()
def dropout_and_noise(k: Any, x: Any) -> Any:
    x = k.GaussianNoise(0.1, name="noise")(x)
    x = k.Conv2D(2, 3, activation="relu", name="conv")(x)
    x = k.Dropout(0.5, name="drop")(k.SpatialDropout2D(0.5, name="spatial")(x))
    return _head(k, k.ActivityRegularization(l2=0.1, name="regular")(x))


@case()
def separate_activations(k: Any, x: Any) -> Any:
    x = k.Activation("relu", name="relu")(k.Conv2D(2, 3, name="conv")(x))
    x = k.Activation("linear", name="linear")(x)
    return k.Activation("softmax", name="softmax")(_head(k, x))


@case()
def activations_in_a_row(k: Any, x: Any) -> Any:
    x = k.Activation("linear", name="linear")(k.Conv2D(2, 3, name="conv")(x))
    x = k.Activation("relu", name="relu")(x)
    return _head(k, x)


@case()
def softmax_layer(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 3, activation="relu", name="conv")(x)
    return k.Softmax(name="softmax")(_head(k, x))


@case(VECTOR)
def softmax_in_dense(k: Any, x: Any) -> Any:
    x = k.Dense(5, activation="relu", name="hidden")(x)
    return k.Dense(3, activation="softmax", name="head")(x)


@case(VECTOR)
def softmax_after_batch_norm(k: Any, x: Any) -> Any:
    x = k.Dense(3, name="head")(k.Dense(5, activation="relu", name="hidden")(x))
    return k.Softmax(name="softmax")(k.BatchNormalization(name="norm")(x))


@case(VECTOR)
def relu_output(k: Any, x: Any) -> Any:
    return k.Dense(3, activation="relu", name="head")(x)


@case()
def relu_on_input(k: Any, x: Any) -> Any:
    return _head(k, k.ReLU(name="relu")(x))


@case()
def relu_after_flatten(k: Any, x: Any) -> Any:
    x = k.Flatten(name="flat")(k.Conv2D(2, 3, name="conv")(x))
    return k.Dense(3, name="head")(k.ReLU(name="relu")(x))


@case()
def relu_twice(k: Any, x: Any) -> Any:
    return _head(k, k.ReLU(name="relu")(k.Conv2D(2, 3, activation="relu", name="conv")(x)))


@case((12,))
def reshape_to_image(k: Any, x: Any) -> Any:
    x = k.Reshape((3, 2, 2), name="shape")(x)
    x = k.Conv2D(2, 2, activation="relu", name="conv")(x)
    return k.Dense(3, name="head")(k.Reshape((-1,), name="vector")(x))


@case()
def reshape_between_images(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 3, padding="same", activation="relu", name="conv")(x)
    x = k.Reshape((5, 6, 2), name="shape")(x)
    return _head(k, k.Conv2D(2, 2, activation="relu", name="conv_2")(x))


# --- Outputs of every kind ----------------------------------------------------------------------


@case()
def output_conv(k: Any, x: Any) -> Any:
    return k.Conv2D(2, 3, name="head")(k.Conv2D(2, 2, activation="relu", name="conv")(x))


@case()
def output_average_pool(k: Any, x: Any) -> Any:
    return k.AveragePooling2D(2, name="pool")(k.Conv2D(2, 2, activation="relu", name="conv")(x))


@case()
def output_global_average(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 2, name="head")(k.Conv2D(2, 2, activation="relu", name="conv")(x))
    return k.Softmax(name="softmax")(k.GlobalAveragePooling2D(name="mean")(x))


@case()
def output_flatten(k: Any, x: Any) -> Any:
    return k.Flatten(name="flat")(k.Conv2D(2, 3, activation="relu", name="conv")(x))


@case()
def output_add(k: Any, x: Any) -> Any:
    x = k.Flatten(name="flat")(x)
    return k.Add(name="add")([k.Dense(3, name="a")(x), k.Dense(3, name="b")(x)])


# --- Refused by conversion ----------------------------------------------------------------------


@case(refused="pool .*output")
def output_max_pool(k: Any, x: Any) -> Any:
    return k.MaxPooling2D(2, name="pool")(k.Conv2D(2, 2, activation="relu", name="conv")(x))


@case(refused="drop|no layers|nothing to convert")
def input_only(k: Any, x: Any) -> Any:
    return k.Dropout(0.5, name="drop")(x)


@case(VECTOR, refused=r"hidden has no activation, and head \(Dense\) weighs its sum again")
def two_linear_layers(k: Any, x: Any) -> Any:
    return k.Dense(3, name="head")(k.Dense(5, name="hidden")(x))


@case(VECTOR, refused="hidden is a softmax inside the network")
def softmax_inside(k: Any, x: Any) -> Any:
    return k.Dense(3, name="head")(k.Dense(5, activation="softmax", name="hidden")(x))


@case(refused="pool takes the maximum of values that are no spikes")
def max_pool_on_input(k: Any, x: Any) -> Any:
    return _head(k, k.MaxPooling2D(2, name="pool")(x))


@case(refused="pool takes the maximum of values that are no spikes")
def max_pool_of_linear(k: Any, x: Any) -> Any:
    return _head(k, k.MaxPooling2D(2, name="pool")(k.Conv2D(2, 2, name="conv")(x)))


@case(refused="pool takes the maximum of values that are no spikes")
def max_pool_of_batch_norm(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 2, activation="relu", name="conv")(x)
    return _head(k, k.MaxPooling2D(2, name="pool")(k.BatchNormalization(name="norm")(x)))


CONVERTED = tuple(name for name, c in CASES.items() if not c.refused)
REFUSED = tuple(name for name, c in CASES.items() if c.refused)
MAX_POOLED = tuple(name for name in CONVERTED if "max_pool" in name)
