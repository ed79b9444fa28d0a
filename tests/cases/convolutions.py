"""Convolutions of every kind."""

from typing import Any

import numpy as np

from cases.table import CHANNELS_FIRST, IMAGE, SEQUENCE, case, head


def _convolution(name: str, shape: tuple[int, ...] = IMAGE, **options: Any) -> None:
    def builder(k: Any, x: Any) -> Any:
        return head(k, k.Conv2D(activation="relu", name="conv", **options)(x))

    builder.__name__ = name
    case(shape)(builder)


def _depthwise(name: str, **options: Any) -> None:
    def builder(k: Any, x: Any) -> Any:
        return head(k, k.DepthwiseConv2D(activation="relu", name="conv", **options)(x))

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


def _sequence(name: str, kind: str = "Conv1D", **options: Any) -> None:
    def builder(k: Any, x: Any) -> Any:
        return head(k, getattr(k, kind)(activation="relu", name="conv", **options)(x))

    builder.__name__ = name
    case(SEQUENCE)(builder)


_sequence("conv1d", filters=4, kernel_size=3)
_sequence("conv1d_same_stride", filters=4, kernel_size=4, padding="same", strides=2)
_sequence("conv1d_causal_dilated", filters=2, kernel_size=2, padding="causal", dilation_rate=2)
_sequence("conv1d_groups", filters=6, kernel_size=2, groups=3)
_sequence("depthwise1d", "DepthwiseConv1D", kernel_size=3, depth_multiplier=2)
_sequence("separable1d", "SeparableConv1D", filters=4, kernel_size=3, padding="same")
_sequence("transposed1d", "Conv1DTranspose", filters=2, kernel_size=3, strides=2)
_sequence(
    "transposed1d_output_padding", "Conv1DTranspose", filters=2, kernel_size=4, strides=3,
    padding="same", output_padding=1,
)  # fmt: skip


def _transposed(name: str, **options: Any) -> None:
    def builder(k: Any, x: Any) -> Any:
        return head(k, k.Conv2DTranspose(activation="relu", name="conv", **options)(x))

    builder.__name__ = name
    case((4, 3, 2))(builder)


_transposed("transposed_valid", filters=3, kernel_size=3)
_transposed("transposed_same", filters=2, kernel_size=3, padding="same")
_transposed("transposed_stride_2_valid", filters=2, kernel_size=3, strides=2)
_transposed("transposed_stride_2_same", filters=2, kernel_size=4, strides=2, padding="same")
_transposed("transposed_even_stride_3_same", filters=2, kernel_size=2, strides=3, padding="same")
_transposed("transposed_stride_beyond_kernel", filters=2, kernel_size=2, strides=3)
_transposed("transposed_oblong", filters=2, kernel_size=(2, 3), strides=(1, 2), use_bias=False)
_transposed(
    "transposed_output_padding", filters=2, kernel_size=3, strides=2, padding="same",
    output_padding=1,
)  # fmt: skip


@case()
def separable(k: Any, x: Any) -> Any:
    x = k.SeparableConv2D(4, 3, depth_multiplier=2, activation="relu", name="conv")(x)
    return head(k, x)


@case((6, 6, 2))
def separable_stride_2_same(k: Any, x: Any) -> Any:
    x = k.SeparableConv2D(3, 3, strides=2, padding="same", use_bias=False, name="conv")(x)
    return head(k, k.ReLU(name="relu")(k.BatchNormalization(name="norm")(x)))


@case()
def conv_ternary_weights(k: Any, x: Any) -> Any:
    """Weights of -1, 0 and 1 are weights like any other."""

    def ternary(shape: Any, dtype: Any = None) -> Any:
        return np.random.default_rng(3).integers(-1, 2, shape).astype("float32")

    x = k.Conv2D(3, 3, kernel_initializer=ternary, activation="relu", name="conv")(x)
    return head(k, x)


@case()
def conv_zero_weights(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, kernel_constraint="non_neg", activation="relu", name="conv")(x)
    return head(k, x)


@case(CHANNELS_FIRST)
def channels_first(k: Any, x: Any) -> Any:
    first = {"data_format": "channels_first"}
    x = k.Conv2D(4, 3, padding="same", activation="relu", name="conv", **first)(x)
    x = k.BatchNormalization(axis=1, name="norm")(x)
    x = k.AveragePooling2D(2, padding="same", name="pool", **first)(x)
    x = k.SeparableConv2D(3, 2, name="separable", **first)(x)
    x = k.PReLU(shared_axes=[2, 3], name="prelu")(x)
    return k.Dense(3, name="head")(k.Flatten(name="flat")(x))


@case(CHANNELS_FIRST)
def channels_first_branches(k: Any, x: Any) -> Any:
    first = {"data_format": "channels_first"}
    a = k.Conv2D(2, 3, padding="same", activation="relu", name="conv_a", **first)(x)
    b = k.DepthwiseConv2D(3, padding="same", activation="relu", name="conv_b", **first)(x)
    x = k.Concatenate(axis=1, name="both")([a, k.Add(name="sum")([a, b])])
    x = k.ZeroPadding2D(1, name="pad", **first)(x)
    x = k.Conv2DTranspose(2, 2, strides=2, activation="relu", name="up", **first)(x)
    x = k.GlobalAveragePooling2D(name="mean", **first)(x)
    return k.Dense(3, name="head")(x)


@case(CHANNELS_FIRST)
def channels_first_flattened_by_keras(k: Any, x: Any) -> Any:
    first = {"data_format": "channels_first"}
    x = k.Conv2D(4, 3, activation="relu", name="conv", **first)(x)
    x = k.MaxPooling2D(2, name="pool", **first)(x)
    return k.Dense(3, name="head")(k.Flatten(name="flat", **first)(x))
