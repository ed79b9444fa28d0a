"""Outputs of every kind."""

from typing import Any

from cases.table import CHANNELS_FIRST, VECTOR, case


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


@case()
def softmax_of_exchanged_axes(k: Any, x: Any) -> Any:
    """Behind which the axis of the summands is no longer the last."""
    x = k.Conv2D(3, 3, activation="softmax", name="head")(x)
    return k.Permute((3, 2, 1), name="turn")(x)


@case(VECTOR)
def sigmoid_output_reshaped(k: Any, x: Any) -> Any:
    """As autoencoders give images."""
    x = k.Dense(5, activation="relu", name="hidden")(x)
    return k.Reshape((2, 3), name="image")(k.Dense(6, activation="sigmoid", name="head")(x))


@case(CHANNELS_FIRST)
def channels_first_softmax(k: Any, x: Any) -> Any:
    """A class for every place, as segmentation gives them."""
    first = {"data_format": "channels_first"}
    x = k.Conv2D(4, 3, activation="relu", name="conv", **first)(x)
    return k.Softmax(axis=1, name="softmax")(k.Conv2D(4, 1, name="head", **first)(x))
