"""Outputs of every kind."""

from typing import Any

from cases.table import case


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
