"""Activations of every kind, and layers that act in training only."""

from typing import Any

from cases.table import SEQUENCE, VECTOR, case, head
from workbench.ingest.keras import import_keras


@case()
def dropout_and_noise(k: Any, x: Any) -> Any:
    x = k.GaussianNoise(0.1, name="noise")(x)
    x = k.Conv2D(2, 3, activation="relu", name="conv")(x)
    x = k.Dropout(0.5, name="drop")(k.SpatialDropout2D(0.5, name="spatial")(x))
    return head(k, k.ActivityRegularization(l2=0.1, name="regular")(x))


@case()
def separate_activations(k: Any, x: Any) -> Any:
    x = k.Activation("relu", name="relu")(k.Conv2D(2, 3, name="conv")(x))
    x = k.Activation("linear", name="linear")(x)
    return k.Activation("softmax", name="softmax")(head(k, x))


@case()
def activations_in_a_row(k: Any, x: Any) -> Any:
    x = k.Activation("linear", name="linear")(k.Conv2D(2, 3, name="conv")(x))
    x = k.Activation("relu", name="relu")(x)
    return head(k, x)


@case()
def softmax_layer(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 3, activation="relu", name="conv")(x)
    return k.Softmax(name="softmax")(head(k, x))


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
    return head(k, k.ReLU(name="relu")(x))


@case()
def relu_after_flatten(k: Any, x: Any) -> Any:
    x = k.Flatten(name="flat")(k.Conv2D(2, 3, name="conv")(x))
    return k.Dense(3, name="head")(k.ReLU(name="relu")(x))


@case()
def relu_twice(k: Any, x: Any) -> Any:
    return head(k, k.ReLU(name="relu")(k.Conv2D(2, 3, activation="relu", name="conv")(x)))


@case((12,))
def reshape_to_image(k: Any, x: Any) -> Any:
    x = k.Reshape((3, 2, 2), name="shape")(x)
    x = k.Conv2D(2, 2, activation="relu", name="conv")(x)
    return k.Dense(3, name="head")(k.Reshape((-1,), name="vector")(x))


@case()
def reshape_between_images(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 3, padding="same", activation="relu", name="conv")(x)
    x = k.Reshape((5, 6, 2), name="shape")(x)
    return head(k, k.Conv2D(2, 2, activation="relu", name="conv_2")(x))


def _activation(name: str, kind: str, **options: Any) -> None:
    def builder(k: Any, x: Any) -> Any:
        x = k.Conv2D(3, 3, padding="same", name="conv")(x)
        return head(k, getattr(k, kind)(name="act", **options)(x))

    builder.__name__ = name
    case()(builder)


_activation("relu6", "Activation", activation="relu6")
_activation("relu_max_value", "ReLU", max_value=0.4)
_activation("relu_negative_slope", "ReLU", negative_slope=0.1, max_value=0.5)
_activation("relu_threshold", "ReLU", threshold=0.2)
_activation("relu_all_options", "ReLU", threshold=0.2, negative_slope=0.3, max_value=0.6)
_activation("relu_threshold_above_max_value", "ReLU", threshold=0.3, max_value=0.2)
_activation("leaky_relu", "LeakyReLU", negative_slope=0.25)
_activation("leaky_relu_function", "Activation", activation="leaky_relu")
_activation("prelu", "PReLU", shared_axes=[1, 2])
_activation("prelu_of_one_slope", "PReLU", shared_axes=[1, 2, 3])
_activation("hard_sigmoid", "Activation", activation="hard_sigmoid")
_activation("hard_tanh", "Activation", activation="hard_tanh")


@case(VECTOR)
def prelu_on_vector(k: Any, x: Any) -> Any:
    return k.Dense(3, name="head")(k.PReLU(name="act")(k.Dense(5, name="hidden")(x)))


@case()
def activation_layer_in_a_layer(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, activation=k.LeakyReLU(negative_slope=0.5), name="conv")(x)
    return head(k, x)


@case(VECTOR)
def softmax_layer_in_a_layer(k: Any, x: Any) -> Any:
    x = k.Dense(5, activation=k.Activation("relu"), name="hidden")(x)
    return k.Dense(3, activation=k.Softmax(), name="head")(x)


@case(VECTOR)
def leaky_relu_function_of_tensorflow(k: Any, x: Any) -> Any:
    from tensorflow import nn

    x = k.Dense(5, activation=nn.leaky_relu, name="hidden")(x)
    return k.Dense(3, activation=nn.softmax, name="head")(k.Dense(4, activation=nn.relu)(x))


@case()
def operations_without_layers(k: Any, x: Any) -> Any:
    ops = import_keras().ops
    x = ops.relu(k.Conv2D(3, 3, name="conv")(x))
    return head(k, ops.relu6(1.0 - -k.Conv2D(2, 2, name="conv_2")(x)))


@case()
def binary_activation(k: Any, x: Any) -> Any:
    from workbench.ingest.keras_objects import binary_step

    x = k.Conv2D(3, 3, activation=binary_step, name="conv")(x)
    return head(k, k.Conv2D(2, 2, activation="relu", name="conv_2")(x))


@case()
def sign_activation(k: Any, x: Any) -> Any:
    from workbench.ingest.keras_objects import binary_sign

    x = k.Conv2D(3, 3, activation=binary_sign, name="conv")(x)
    return head(k, k.Conv2D(2, 2, activation="relu", name="conv_2")(x))


@case()
def ternary_activation(k: Any, x: Any) -> Any:
    from workbench.ingest.keras_objects import ternary_step

    x = k.Conv2D(3, 3, activation=ternary_step, name="conv")(x)
    return head(k, x)


@case()
def quantized_activation(k: Any, x: Any) -> Any:
    from workbench.ingest.keras_objects import QuantizedReLU

    x = QuantizedReLU(8, name="act")(k.Conv2D(3, 3, name="conv")(x))
    return head(k, x)


@case(VECTOR)
def sigmoid_output(k: Any, x: Any) -> Any:
    x = k.Dense(5, activation="relu", name="hidden")(x)
    return k.Dense(3, activation="sigmoid", name="head")(x)


@case(VECTOR)
def tanh_output(k: Any, x: Any) -> Any:
    x = k.Dense(5, activation="relu", name="hidden")(x)
    return k.Activation("tanh", name="tanh")(k.Dense(3, name="head")(x))


@case(VECTOR)
def leaky_output(k: Any, x: Any) -> Any:
    x = k.Dense(5, activation="relu", name="hidden")(x)
    return k.LeakyReLU(negative_slope=0.1, name="act")(k.Dense(3, name="head")(x))


@case(SEQUENCE)
def training_layers(k: Any, x: Any) -> Any:
    x = k.SpatialDropout1D(0.5, name="spatial")(k.Identity(name="same")(x))
    x = k.AlphaDropout(0.5, name="alpha")(k.Conv1D(4, 3, activation="relu", name="conv")(x))
    return head(k, k.GaussianDropout(0.5, name="gauss")(x))
