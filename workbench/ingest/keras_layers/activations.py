"""Activations: options of other layers, and layers of their own."""

from __future__ import annotations

from typing import Any

from workbench.ingest.builder import Tensor, Translation, Unsupported, kept
from workbench.ingest.keras_layers.handlers import array, is_known, layout_free, stored_axis
from workbench.network.activation import (
    Activation,
    Clip,
    QuantizedReLU,
    ReLU,
    Step,
    Ternary,
)
from workbench.network.structure import Identity

ACTIVATIONS: dict[str, Activation] = {
    "linear": Activation.LINEAR,
    "relu": Activation.RELU,
    "relu6": ReLU(ceiling=6.0),
    "leaky_relu": ReLU(slope=0.2),
    "hard_sigmoid": Clip(0.0, 1.0, gain=1 / 6, shift=0.5),
    "hard_tanh": Clip(-1.0, 1.0),
    "softmax": Activation.SOFTMAX,
    "sigmoid": Activation.SIGMOID,
    "tanh": Activation.TANH,
    "binary_step": Step(),
    "binary_sign": Step(-1.0, 1.0, inclusive=True),
    "ternary_step": Ternary(),
}
"""Activation functions by the name they have in Keras, or in `workbench.ingest.keras_objects`."""

OTHER_NAMES = {"softmax_v2": "softmax", "identity": "linear"}
"""What functions of TensorFlow are called that have another name there."""


def activation_of(function: Any, tensor: Tensor) -> Activation:
    """Return the activation that a Keras layer was given.

    Parameters
    ----------
    function : callable
        A function, or a layer in the place of one.
    tensor : Tensor
        What the layer reads, or anything else with the axes of what the activation reads.

    Raises
    ------
    Unsupported
        If there is no such activation here, or a softmax runs along places.
    """
    while is_known(type(function)) and type(function).__name__ == "Activation":
        function = function.activation
    found = _named(function)
    if found == Activation.SOFTMAX:
        axis = getattr(function, "axis", -1)
        if stored_axis(axis, tensor) != len(tensor.shape) - 1:
            raise Unsupported(
                f"has a softmax that runs over axis {axis}; supported: the axis of the channels. "
                "Permute that axis to the end beforehand."
            )
    return found


def refused(name: str) -> str:
    """Return the description of an activation that is not read."""
    return (
        f"has activation {name}; supported: {', '.join(ACTIVATIONS)} of Keras. Train with relu in "
        "hidden layers."
    )


def _named(function: Any) -> Activation:
    kind = type(function)
    if is_known(kind) and kind.__name__ in _ACTIVATION_LAYERS:
        return _ACTIVATION_LAYERS[kind.__name__](function)
    name = getattr(function, "__name__", kind.__name__)
    own = "" if is_known(function) else ", a function of its own"
    if own or OTHER_NAMES.get(name, name) not in ACTIVATIONS:
        raise Unsupported(refused(f"'{name}'{own}"))
    return ACTIVATIONS[OTHER_NAMES.get(name, name)]


def _number(value: Any) -> float:
    return 0.0 if value is None else float(value)


def _relu(layer: Any) -> Activation:
    ceiling = None if layer.max_value is None else float(layer.max_value)
    return ReLU(ceiling, _number(layer.negative_slope), _number(layer.threshold))


def _quantized(layer: Any) -> Activation:
    return QuantizedReLU(float(array(layer.ceiling)), int(layer.levels))


_ACTIVATION_LAYERS = {
    "ReLU": _relu,
    "LeakyReLU": lambda layer: ReLU(slope=float(layer.negative_slope)),
    "QuantizedReLU": _quantized,
    "Softmax": lambda layer: Activation.SOFTMAX,
}


@layout_free("Activation", *_ACTIVATION_LAYERS)
def activation(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep an activation that stands alone."""
    return kept(Identity(inputs[0].shape), activation_of(layer, inputs[0]))


@layout_free("PReLU")
def prelu(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a PReLU with one slope for all, or one per channel."""
    slopes, shape = array(layer.alpha), inputs[0].shape
    per_channel = slopes.shape[stored_channel(inputs[0])] == slopes.size == shape[-1]
    if slopes.size != 1 and not per_channel:
        raise Unsupported(
            f"has slopes of shape {slopes.shape} for inputs of shape {inputs[0].source_shape}; "
            "supported: one per channel. Train it with shared_axes over the spatial axes, as in "
            "PReLU(shared_axes=[1, 2])."
        )
    slope = tuple(float(value) for value in slopes.reshape(-1))
    return kept(Identity(shape), ReLU(slope=slope))


def stored_channel(tensor: Tensor) -> int:
    """Return which axis of the source (from 0, samples not counted) holds the channels."""
    return 0 if tensor.channels_first else len(tensor.shape) - 1
