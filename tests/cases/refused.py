"""What has no spiking form."""

from typing import Any

from cases.table import VECTOR, case


@case(refused="drop|no layers|nothing to convert")
def input_only(k: Any, x: Any) -> Any:
    return k.Dropout(0.5, name="drop")(x)


@case(VECTOR, refused="hidden is a softmax inside the network")
def softmax_inside(k: Any, x: Any) -> Any:
    return k.Dense(3, name="head")(k.Dense(5, activation="softmax", name="hidden")(x))


@case(VECTOR, refused="hidden is a sigmoid inside the network")
def sigmoid_inside(k: Any, x: Any) -> Any:
    return k.Dense(3, name="head")(k.Dense(5, activation="sigmoid", name="hidden")(x))


@case(refused="head is a softmax that flat reads, .* supported: at the output. Leave flat out")
def softmax_flattened(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, activation="softmax", name="head")(x)
    return k.Flatten(name="flat")(x)
