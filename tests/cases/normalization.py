"""Batch normalization, rescaling and normalization, wherever they may stand."""

from typing import Any

from cases.table import SEQUENCE, VECTOR, case, head


@case()
def batch_norm_after_conv(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, padding="same", use_bias=False, name="conv")(x)
    return head(k, k.ReLU(name="relu")(k.BatchNormalization(name="norm")(x)))


@case()
def batch_norm_after_depthwise(k: Any, x: Any) -> Any:
    x = k.DepthwiseConv2D(3, depth_multiplier=2, name="conv")(x)
    return head(k, k.ReLU(name="relu")(k.BatchNormalization(name="norm")(x)))


@case()
def batch_norm_twice(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, name="conv")(x)
    x = k.BatchNormalization(name="norm_1")(x)
    x = k.BatchNormalization(name="norm_2")(x)
    return head(k, k.ReLU(name="relu")(x))


@case(VECTOR)
def batch_norm_after_dense(k: Any, x: Any) -> Any:
    x = k.BatchNormalization(name="norm")(k.Dense(5, name="hidden")(x))
    return k.Dense(3, name="head")(k.Activation("relu", name="relu")(x))


@case()
def batch_norm_first(k: Any, x: Any) -> Any:
    x = k.BatchNormalization(name="norm")(x)
    return head(k, k.Conv2D(2, 3, padding="same", activation="relu", name="conv")(x))


@case()
def batch_norm_after_relu(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, activation="relu", name="conv")(x)
    x = k.BatchNormalization(name="norm")(x)
    return head(k, k.Conv2D(2, 2, padding="same", activation="relu", name="conv_2")(x))


@case()
def batch_norm_after_average_pool(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, activation="relu", name="conv")(x)
    x = k.AveragePooling2D(2, padding="same", name="pool")(x)
    return head(k, k.BatchNormalization(name="norm")(x))


@case()
def batch_norm_after_max_pool(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, activation="relu", name="conv")(x)
    x = k.MaxPooling2D(2, name="pool")(x)
    return head(k, k.BatchNormalization(name="norm")(x))


@case()
def batch_norm_with_relu_after_relu(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, activation="relu", name="conv")(x)
    x = k.BatchNormalization(name="norm")(x)
    return head(k, k.ReLU(name="relu")(x))


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
    return head(k, k.ReLU(name="relu_2")(x))


@case()
def batch_norm_on_a_branch(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 3, padding="same", name="conv")(x)
    a = k.ReLU(name="relu_a")(k.BatchNormalization(name="norm")(x))
    b = k.ReLU(name="relu_b")(x)
    return head(k, k.Add(name="add")([a, b]))


@case()
def batch_norm_after_depthwise_multiplier(k: Any, x: Any) -> Any:
    x = k.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="conv")(x)
    return head(k, k.ReLU(name="relu")(k.BatchNormalization(name="norm")(x)))


@case((4, 3, 2))
def batch_norm_after_transposed(k: Any, x: Any) -> Any:
    x = k.Conv2DTranspose(3, 3, strides=2, name="conv")(x)
    return head(k, k.ReLU(name="relu")(k.BatchNormalization(name="norm")(x)))


@case(SEQUENCE)
def batch_norm_after_conv1d(k: Any, x: Any) -> Any:
    x = k.BatchNormalization(name="norm")(k.Conv1D(4, 3, name="conv")(x))
    return head(k, k.ReLU(name="relu")(x))


@case()
def batch_norm_after_concatenation(k: Any, x: Any) -> Any:
    a = k.Conv2D(2, 3, padding="same", activation="relu", name="conv_a")(x)
    b = k.Conv2D(3, 1, name="conv_b")(x)
    x = k.BatchNormalization(name="norm")(k.Concatenate(name="both")([a, b]))
    return head(k, k.ReLU(name="relu")(x))


@case()
def rescaling_first(k: Any, x: Any) -> Any:
    x = k.Rescaling(2.0, offset=-1.0, name="rescale")(x)
    return head(k, k.Conv2D(2, 3, padding="same", activation="relu", name="conv")(x))


@case()
def rescaling_per_channel(k: Any, x: Any) -> Any:
    x = k.Rescaling([2.0, 0.5], offset=[-1.0, 0.1], name="rescale")(x)
    return head(k, k.Conv2D(2, 3, activation="relu", name="conv")(x))


@case()
def normalization_first(k: Any, x: Any) -> Any:
    x = k.Normalization(mean=[0.4, 0.6], variance=[0.2, 0.1], name="standard")(x)
    return head(k, k.Conv2D(2, 3, padding="same", activation="relu", name="conv")(x))


@case(VECTOR)
def normalization_inverted(k: Any, x: Any) -> Any:
    x = k.Normalization(axis=None, mean=0.4, variance=0.2, invert=True, name="standard")(x)
    return k.Dense(3, name="head")(x)


@case()
def arithmetic_on_input(k: Any, x: Any) -> Any:
    """Operations that stand in a functional model without a layer."""
    x = (1.0 - x * 2.0) / 0.5
    x = x + 0.25 - 0.5
    return head(k, k.Conv2D(2, 3, activation="relu", name="conv")(x))
