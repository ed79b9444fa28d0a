"""Layers with several inputs, residual connections, shared layers, several network inputs."""

from typing import Any

from cases.table import VECTOR, case, head
from workbench.ingest.keras import import_keras


@case()
def add_two(k: Any, x: Any) -> Any:
    a = k.Conv2D(2, 3, padding="same", activation="relu", name="conv_a")(x)
    b = k.Conv2D(2, 1, activation="relu", name="conv_b")(x)
    return head(k, k.Add(name="add")([a, b]))


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
    return head(k, k.ReLU(name="relu")(k.Add(name="add")([x, y])))


@case()
def residual_with_linear_shortcut(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, padding="same", activation="relu", name="conv")(x)
    y = k.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="conv_1")(x)
    y = k.Conv2D(4, 3, padding="same", use_bias=False, name="conv_2")(y)
    y = k.BatchNormalization(name="norm")(y)
    s = k.Conv2D(4, 1, strides=2, name="shortcut")(x)
    return head(k, k.ReLU(name="relu")(k.Add(name="add")([y, s])))


@case()
def residual_with_pooled_shortcut(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, padding="same", activation="relu", name="conv")(x)
    y = k.Conv2D(3, 2, strides=2, padding="same", name="conv_1")(x)
    s = k.AveragePooling2D(2, padding="same", name="shortcut")(x)
    return head(k, k.ReLU(name="relu")(k.Add(name="add")([y, s])))


@case()
def add_on_input(k: Any, x: Any) -> Any:
    y = k.Conv2D(2, 3, padding="same", name="conv")(x)
    return head(k, k.ReLU(name="relu")(k.Add(name="add")([y, x])))


@case()
def add_to_itself(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 3, activation="relu", name="conv")(x)
    return head(k, k.Add(name="add")([x, x]))


@case()
def add_then_conv(k: Any, x: Any) -> Any:
    a = k.Conv2D(2, 3, padding="same", activation="relu", name="conv_a")(x)
    b = k.Conv2D(2, 3, padding="same", activation="relu", name="conv_b")(a)
    x = k.AveragePooling2D(2, name="pool")(k.Add(name="add")([a, b]))
    return head(k, k.Conv2D(2, 2, activation="relu", name="conv_c")(x))


@case()
def subtract(k: Any, x: Any) -> Any:
    a = k.Conv2D(2, 3, padding="same", activation="relu", name="conv_a")(x)
    b = k.Conv2D(2, 1, activation="relu", name="conv_b")(x)
    return head(k, k.ReLU(name="relu")(k.Subtract(name="difference")([a, b])))


@case(VECTOR)
def average_of_three(k: Any, x: Any) -> Any:
    parts = [k.Dense(4, activation="relu", name=name)(x) for name in "abc"]
    return k.Dense(3, name="head")(k.Average(name="mean")(parts))


@case()
def sums_of_tensors(k: Any, x: Any) -> Any:
    """Sums and differences written without layers."""
    a = k.Conv2D(2, 3, padding="same", activation="relu", name="conv_a")(x)
    b = k.Conv2D(2, 1, activation="relu", name="conv_b")(x)
    return head(k, k.ReLU(name="relu")(a + b - x))


@case()
def concatenate_flatten_dense(k: Any, x: Any) -> Any:
    a = k.Conv2D(2, 3, padding="same", activation="relu", name="conv_a")(x)
    b = k.Conv2D(3, 1, activation="relu", name="conv_b")(x)
    return head(k, k.Concatenate(name="both")([a, b]))


@case()
def concatenate_then_conv(k: Any, x: Any) -> Any:
    """As DenseNet: features of all depths, the input's too."""
    a = k.Conv2D(2, 3, padding="same", activation="relu", name="conv_a")(x)
    both = k.Concatenate(name="both_1")([x, a])
    b = k.Conv2D(2, 3, padding="same", activation="relu", name="conv_b")(both)
    both = k.AveragePooling2D(2, name="pool")(k.Concatenate(name="both_2")([both, b]))
    return head(k, k.Conv2D(2, 1, activation="relu", name="conv_c")(both))


@case()
def concatenate_rows(k: Any, x: Any) -> Any:
    a = k.Conv2D(2, 2, activation="relu", name="conv_a")(x)
    b = k.Conv2D(2, (3, 2), activation="relu", name="conv_b")(x)
    x = k.Concatenate(axis=1, name="stacked")([a, b])
    return head(k, k.Conv2D(2, 2, padding="same", activation="relu", name="conv_c")(x))


@case(VECTOR)
def concatenate_vectors(k: Any, x: Any) -> Any:
    a = k.Dense(4, activation="relu", name="a")(x)
    b = k.Dense(2, name="b")(x)
    return k.Dense(3, name="head")(k.Concatenate(name="both")([a, b, x]))


@case((5, 5, 2))
def inverted_residual(k: Any, x: Any) -> Any:
    """As MobileNetV2: linear bottlenecks, depthwise convolutions, ReLU6."""
    x = k.Conv2D(3, 1, use_bias=False, name="stem")(x)
    y = k.ReLU(6.0, name="relu_1")(
        k.BatchNormalization(name="norm_1")(k.Conv2D(6, 1, name="up")(x))
    )
    y = k.DepthwiseConv2D(3, padding="same", use_bias=False, name="depth")(y)
    y = k.ReLU(6.0, name="relu_2")(k.BatchNormalization(name="norm_2")(y))
    y = k.BatchNormalization(name="norm_3")(k.Conv2D(3, 1, use_bias=False, name="down")(y))
    x = k.Add(name="add")([x, y])
    return head(k, k.ReLU(name="relu_3")(k.Conv2D(4, 1, name="last")(x)))


@case(VECTOR)
def shared_layer(k: Any, x: Any) -> Any:
    first = k.Dense(7, activation="relu", name="shared")
    return k.Dense(3, name="head")(first(first(x)))


@case()
def shared_convolution_at_two_sizes(k: Any, x: Any) -> Any:
    conv = k.Conv2D(2, 2, activation="relu", name="shared")
    norm = k.BatchNormalization(name="norm")
    once = conv(x)
    return head(k, norm(conv(norm(once))))


@case()
def nested_models(k: Any, x: Any) -> Any:
    keras = import_keras()
    inner = keras.Sequential([k.Input((4, 3, 2)), k.ReLU(name="relu")], name="inner")
    block = keras.Sequential(
        [k.Input((6, 5, 2)), k.Conv2D(2, 3, name="conv"), inner, k.Flatten(name="flat")],
        name="block",
    )
    return k.Dense(3, name="head")(block(x))


@case(VECTOR)
def nested_model_used_twice(k: Any, x: Any) -> Any:
    keras = import_keras()
    inner = keras.Sequential(
        [k.Input((7,)), k.Dense(7, activation="relu", name="in")], name="twice"
    )
    return k.Dense(3, name="head")(inner(inner(x)))


@case(((4, 4, 1), (3,)))
def two_inputs(k: Any, x: Any) -> Any:
    image, vector = x
    image = k.Flatten(name="flat")(k.Conv2D(2, 2, activation="relu", name="conv")(image))
    vector = k.Dense(4, activation="relu", name="side")(vector)
    return k.Dense(3, name="head")(k.Concatenate(name="both")([image, vector]))


@case(((4,), (4,)))
def two_inputs_one_layer(k: Any, x: Any) -> Any:
    """A siamese pair: one layer reads both inputs."""
    shared = k.Dense(5, activation="relu", name="shared")
    difference = k.Subtract(name="difference")([shared(x[0]), shared(x[1])])
    return k.Dense(3, name="head")(k.ReLU(name="relu")(difference))
