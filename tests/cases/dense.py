"""Fully connected layers."""

from typing import Any

from cases.table import SEQUENCE, VECTOR, case, head


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
    return head(k, k.Dense(3, activation="relu", name="pointwise")(x))


@case(SEQUENCE)
def dense_on_sequence(k: Any, x: Any) -> Any:
    return head(k, k.Dense(4, activation="relu", name="pointwise")(x))


@case(VECTOR)
def dense_two_linear(k: Any, x: Any) -> Any:
    return k.Dense(3, name="head")(k.Dense(5, name="hidden")(x))


@case(VECTOR)
def dense_three_linear(k: Any, x: Any) -> Any:
    x = k.Dense(4, use_bias=False, name="hidden_2")(k.Dense(5, name="hidden_1")(x))
    return k.Dense(3, name="head")(k.BatchNormalization(name="norm")(x))
