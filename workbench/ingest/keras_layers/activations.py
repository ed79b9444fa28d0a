"""Activations: options of other layers, and layers of their own."""

from __future__ import annotations

from typing import Any

from workbench.ingest.builder import Tensor, Translation, Unsupported, kept
from workbench.ingest.keras_layers.table import array, layout_free, stored_axis
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


def activation_of(function: Any) -> Activation:
    """Return the activation that a Keras layer was given."""
    if isinstance(function, type) or type(function).__name__ in _ACTIVATION_LAYERS:
        return _ACTIVATION_LAYERS[type(function).__name__](function)
    name = getattr(function, "__name__", str(function))
    if name not in ACTIVATIONS:
        raise Unsupported(
            f"has activation '{name}'; supported: {', '.join(ACTIVATIONS)}. "
            "Train with relu in hidden layers."
        )
    return ACTIVATIONS[name]


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
}


@layout_free("Activation", *_ACTIVATION_LAYERS)
def activation(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep an activation that stands alone."""
    function = layer.activation if type(layer).__name__ == "Activation" else layer
    found = activation_of(function)
    if found == Activation.SOFTMAX:
        stored = stored_axis(-1, inputs[0])
        _check_softmax(stored, -1, inputs[0])
    return kept(Identity(inputs[0].shape), found)


@layout_free("Softmax")
def softmax(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a softmax over the last stored axis."""
    _check_softmax(stored_axis(layer.axis, inputs[0]), layer.axis, inputs[0])
    return kept(Identity(inputs[0].shape), Activation.SOFTMAX)


def _check_softmax(stored: int, axis: Any, tensor: Tensor) -> None:
    if stored != len(tensor.shape) - 1:
        raise Unsupported(f"runs over axis {axis}; supported: the axis of the channels.")


@layout_free("PReLU")
def prelu(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a PReLU with one slope per channel."""
    slopes, shape = array(layer.alpha), inputs[0].shape
    if slopes.size != shape[-1] or slopes.shape[stored_channel(inputs[0])] != slopes.size:
        raise Unsupported(
            f"has slopes of shape {slopes.shape} for inputs of shape {inputs[0].source_shape}; "
            "supported: one per channel. Train it with shared_axes over the places, as in "
            "PReLU(shared_axes=[1, 2])."
        )
    slope = tuple(float(value) for value in slopes.reshape(-1))
    return kept(Identity(shape), ReLU(slope=slope))


def stored_channel(tensor: Tensor) -> int:
    """Return which axis of the source (from 0, samples not counted) holds the channels."""
    return 0 if tensor.channels_first else len(tensor.shape) - 1
