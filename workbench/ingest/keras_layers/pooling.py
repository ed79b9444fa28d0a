"""Pooling layers."""

from __future__ import annotations

from typing import Any

from workbench.ingest.builder import Steps, Tensor, Translation
from workbench.ingest.keras_layers.handlers import (
    KERAS_LAYERS,
    explicit_padding,
    pair,
)
from workbench.ingest.one_dimensional import as_image, image_shape
from workbench.network.activation import Activation
from workbench.network.pooling import AveragePool2D, MaxPool2D
from workbench.network.rearrange import Slice
from workbench.network.structure import Reshape


def _kind(layer: Any) -> type[AveragePool2D] | type[MaxPool2D]:
    return MaxPool2D if "Max" in type(layer).__name__ else AveragePool2D


@KERAS_LAYERS.register("MaxPooling2D", "AveragePooling2D", "MaxPooling1D", "AveragePooling1D")
def pooling(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a pooling, with Keras' padding made explicit; windows of one place leave others out."""
    shape = image_shape(inputs[0].shape)
    size, strides = pair(layer.pool_size), pair(layer.strides)
    if size == (1, 1):
        every = Slice(shape, (0, 0, 0), shape, (*strides, 1))
        return as_image(inputs[0].shape, (every,), Activation.LINEAR, "taking every n-th position")
    padding = explicit_padding(layer, shape, size, strides)
    pool = _kind(layer)(shape, size, strides, padding)
    return as_image(inputs[0].shape, (pool,), Activation.LINEAR)


@KERAS_LAYERS.register(
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "GlobalAveragePooling1D",
    "GlobalMaxPooling1D",
)
def global_pooling(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Express global pooling as a window over the whole image."""
    shape = inputs[0].shape
    height, width, channels = image_shape(shape)
    pool = _kind(layer)((height, width, channels), (height, width), (1, 1))
    target = (1,) * (len(shape) - 1) + (channels,) if layer.keepdims else (channels,)
    steps: Steps = ((pool, Activation.LINEAR),)
    if len(shape) == 2:
        steps = ((Reshape(shape, pool.input_shape), Activation.LINEAR), *steps)
    if target != pool.output_shape:
        steps = (*steps, (Reshape(pool.output_shape, target), Activation.LINEAR))
    return Translation(steps, "lowered to a pooling over the whole image")
