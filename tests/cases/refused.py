"""What has no spiking form."""

from typing import Any

from cases.table import VECTOR, case, head


@case(refused="pool .*output")
def output_max_pool(k: Any, x: Any) -> Any:
    return k.MaxPooling2D(2, name="pool")(k.Conv2D(2, 2, activation="relu", name="conv")(x))


@case(refused="drop|no layers|nothing to convert")
def input_only(k: Any, x: Any) -> Any:
    return k.Dropout(0.5, name="drop")(x)


@case(VECTOR, refused="hidden is a softmax inside the network")
def softmax_inside(k: Any, x: Any) -> Any:
    return k.Dense(3, name="head")(k.Dense(5, activation="softmax", name="hidden")(x))


@case(refused="pool takes the maximum of values that are no spikes")
def max_pool_on_input(k: Any, x: Any) -> Any:
    return head(k, k.MaxPooling2D(2, name="pool")(x))


@case(refused="pool takes the maximum of values that are no spikes")
def max_pool_of_linear(k: Any, x: Any) -> Any:
    return head(k, k.MaxPooling2D(2, name="pool")(k.Conv2D(2, 2, name="conv")(x)))


@case(VECTOR, refused="hidden is a sigmoid inside the network")
def sigmoid_inside(k: Any, x: Any) -> Any:
    return k.Dense(3, name="head")(k.Dense(5, activation="sigmoid", name="hidden")(x))


@case(refused="pool takes the maximum of values that are no spikes")
def max_pool_of_leaky_relu(k: Any, x: Any) -> Any:
    x = k.LeakyReLU(name="act")(k.Conv2D(2, 2, name="conv")(x))
    return head(k, k.MaxPooling2D(2, name="pool")(x))


@case(refused="pool takes the maximum behind signs, which multiplies 1 of 2 channels by negative")
def max_pool_of_both_signs(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 2, activation="relu", name="conv")(x)
    return head(k, k.MaxPooling2D(2, name="pool")(k.Rescaling([1.0, -1.0], name="signs")(x)))


@case(refused="pool takes the maximum of values that are no spikes")
def max_pool_before_batch_norm_of_both_signs(k: Any, x: Any) -> Any:
    x = k.MaxPooling2D(2, name="pool")(k.Conv2D(2, 2, name="conv")(x))
    x = k.Rescaling([1.0, -1.0], name="signs")(x)
    return head(k, k.ReLU(name="relu")(x))


@case(refused="head is a softmax that flat reads, .* supported: at the output. Leave flat out")
def softmax_flattened(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, activation="softmax", name="head")(x)
    return k.Flatten(name="flat")(x)


@case(refused="pool takes the maximum of values that are no spikes.* Give clip a relu")
def max_pool_of_hard_tanh(k: Any, x: Any) -> Any:
    """Which becomes several nodes, none of which the source knows."""
    x = k.Conv2D(2, 2, activation="hard_tanh", name="clip")(x)
    return k.Dense(3, name="head")(k.GlobalMaxPooling2D(name="pool")(x))
