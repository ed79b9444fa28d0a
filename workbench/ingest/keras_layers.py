"""How each Keras layer is expressed with the layers of a `Network`.

A handler takes the Keras layer and the shapes of its inputs and returns a `Translation`; it
raises `Unsupported` with the reason where an option has no equal here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.network.activation import Activation
from workbench.network.affine import BatchNorm
from workbench.network.convolution import Conv2D, Padding
from workbench.network.dense import Dense
from workbench.network.layer import Layer, Shape
from workbench.network.pooling import AveragePool2D, MaxPool2D
from workbench.network.structure import Add, Identity, Reshape
from workbench.network.windows import same_padding
from workbench.registry import Handlers


class Unsupported(Exception):
    """What about a layer is not supported, and what to do; the caller adds the layer's name."""


@dataclass(frozen=True)
class Translation:
    """What becomes of one Keras layer.

    Parameters
    ----------
    steps : tuple of (Layer, Activation)
        Applied in order; empty where the layer does nothing at inference.
    action : str
        What was done, for the report.
    """

    steps: tuple[tuple[Layer, Activation], ...]
    action: str


Handler = Callable[[Any, tuple[Shape, ...]], Translation]
KERAS_LAYERS: Handlers[Handler] = Handlers("read from Keras")
SUPPORTED_ACTIVATIONS = {activation.value: activation for activation in Activation}


def _activation(function: Any) -> Activation:
    name = getattr(function, "__name__", str(function))
    if name not in SUPPORTED_ACTIVATIONS:
        raise Unsupported(
            f"has activation '{name}'; supported: {', '.join(SUPPORTED_ACTIVATIONS)}. "
            "Train with relu in hidden layers."
        )
    return SUPPORTED_ACTIVATIONS[name]


def _kept(layer: Layer, activation: Activation = Activation.LINEAR) -> Translation:
    return Translation(((layer, activation),), "kept")


def _array(weight: Any) -> np.ndarray:
    return np.asarray(weight, np.float32)


def _bias(layer: Any) -> np.ndarray | None:
    return _array(layer.bias) if layer.use_bias else None


def _channels_last(layer: Any) -> None:
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise Unsupported(
            "has data_format 'channels_first'; supported: channels_last. "
            "Rebuild the model with channels_last."
        )


def _padding(
    layer: Any, shape: Shape, kernel: tuple[int, ...], dilation: tuple[int, ...]
) -> Padding:
    if layer.padding not in ("same", "valid"):
        raise Unsupported(f"has padding '{layer.padding}'; supported: same, valid. Pad the input.")
    if layer.padding == "valid":
        return ((0, 0), (0, 0))
    rows, columns = (
        same_padding(shape[i], kernel[i], layer.strides[i], dilation[i]) for i in range(2)
    )
    return rows, columns


@KERAS_LAYERS.register("Dense")
def dense(layer: Any, shapes: tuple[Shape, ...]) -> Translation:
    """Keep a dense layer; on an image it acts on each place, as a 1x1 convolution."""
    kernel, activation = _array(layer.kernel), _activation(layer.activation)
    (shape,) = shapes
    if len(shape) == 1:
        return _kept(Dense(kernel, _bias(layer)), activation)
    if len(shape) == 3:
        convolution = Conv2D(shape, kernel[None, None], _bias(layer))
        return Translation(((convolution, activation),), "lowered to a 1x1 convolution")
    raise Unsupported(f"acts on shape {shape}; supported: a vector or an image. Flatten first.")


@KERAS_LAYERS.register("Conv2D")
def convolution(layer: Any, shapes: tuple[Shape, ...]) -> Translation:
    """Keep a convolution, with Keras' padding made explicit."""
    _channels_last(layer)
    padding = _padding(layer, shapes[0], layer.kernel_size, layer.dilation_rate)
    map_ = Conv2D(
        shapes[0],
        _array(layer.kernel),
        _bias(layer),
        tuple(layer.strides),
        padding,
        tuple(layer.dilation_rate),
        layer.groups,
    )
    return _kept(map_, _activation(layer.activation))


@KERAS_LAYERS.register("DepthwiseConv2D")
def depthwise_convolution(layer: Any, shapes: tuple[Shape, ...]) -> Translation:
    """Express a depthwise convolution as one with as many groups as channels."""
    _channels_last(layer)
    padding = _padding(layer, shapes[0], layer.kernel_size, layer.dilation_rate)
    kernel = _array(layer.kernel)
    channels = shapes[0][2]
    map_ = Conv2D(
        shapes[0],
        kernel.reshape(*kernel.shape[:2], 1, -1),
        _bias(layer),
        tuple(layer.strides),
        padding,
        tuple(layer.dilation_rate),
        channels,
    )
    lowered = f"lowered to a convolution in {channels} groups"
    return Translation(((map_, _activation(layer.activation)),), lowered)


@KERAS_LAYERS.register("MaxPooling2D", "AveragePooling2D")
def pooling(layer: Any, shapes: tuple[Shape, ...]) -> Translation:
    """Keep a pooling, with Keras' padding made explicit."""
    _channels_last(layer)
    size = tuple(layer.pool_size)
    padding = _padding(layer, shapes[0], size, (1, 1))
    kind = MaxPool2D if type(layer).__name__ == "MaxPooling2D" else AveragePool2D
    return _kept(kind(shapes[0], size, tuple(layer.strides), padding))


@KERAS_LAYERS.register("GlobalAveragePooling2D")
def global_average(layer: Any, shapes: tuple[Shape, ...]) -> Translation:
    """Express global pooling as a window over the whole image."""
    _channels_last(layer)
    height, width, channels = shapes[0]
    pool = AveragePool2D(shapes[0], (height, width), (1, 1))
    steps: tuple[tuple[Layer, Activation], ...] = ((pool, Activation.LINEAR),)
    if not layer.keepdims:
        steps += ((Reshape((1, 1, channels), (channels,)), Activation.LINEAR),)
    return Translation(steps, "lowered to a pooling over the whole image")


@KERAS_LAYERS.register("Flatten", "Reshape")
def reshape(layer: Any, shapes: tuple[Shape, ...]) -> Translation:
    """Keep a reshape; channels last makes Keras' order the C order."""
    _channels_last(layer)
    size = math.prod(shapes[0])
    target = (size,) if type(layer).__name__ == "Flatten" else tuple(layer.target_shape)
    if -1 in target:
        known = -math.prod(target)
        target = tuple(size // known if n == -1 else n for n in target)
    return _kept(Reshape(shapes[0], target))


@KERAS_LAYERS.register("Activation", "Softmax", "ReLU")
def activation(layer: Any, shapes: tuple[Shape, ...]) -> Translation:
    """Keep an activation that stands alone."""
    kind = type(layer).__name__
    if kind == "Activation":
        return _kept(Identity(shapes[0]), _activation(layer.activation))
    if kind == "Softmax":
        if layer.axis not in (-1, len(shapes[0])):
            raise Unsupported(f"runs over axis {layer.axis}; supported: the last axis.")
        return _kept(Identity(shapes[0]), Activation.SOFTMAX)
    options = {name: getattr(layer, name) for name in ("max_value", "negative_slope", "threshold")}
    changed = [f"{name}={value}" for name, value in options.items() if value]
    if changed:
        raise Unsupported(f"has {', '.join(changed)}; supported: the plain ReLU.")
    return _kept(Identity(shapes[0]), Activation.RELU)


@KERAS_LAYERS.register("BatchNormalization")
def batch_normalization(layer: Any, shapes: tuple[Shape, ...]) -> Translation:
    """Keep a batch normalization; conversion folds it where that is exact."""
    axis = layer.axis[0] if isinstance(layer.axis, (list, tuple)) else layer.axis
    if axis not in (-1, len(shapes[0])):
        raise Unsupported(f"normalizes axis {axis}; supported: the last axis (channels).")
    norm = BatchNorm(
        shapes[0],
        _array(layer.gamma) if layer.scale else None,
        _array(layer.beta) if layer.center else None,
        _array(layer.moving_mean),
        _array(layer.moving_variance),
        float(layer.epsilon),
    )
    return _kept(norm)


@KERAS_LAYERS.register("Add")
def add(layer: Any, shapes: tuple[Shape, ...]) -> Translation:
    """Keep an addition of inputs of one shape."""
    if len(set(shapes)) != 1:
        raise Unsupported(f"adds shapes {shapes}; supported: equal shapes. Broadcast beforehand.")
    return _kept(Add(shapes[0], len(shapes)))


@KERAS_LAYERS.register(
    "Dropout",
    "SpatialDropout2D",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "ActivityRegularization",
)
def training_only(layer: Any, shapes: tuple[Shape, ...]) -> Translation:
    """Remove a layer that does nothing at inference."""
    return Translation((), "removed: acts in training only")
