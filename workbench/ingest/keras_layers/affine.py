"""Normalization and rescaling: per-channel affine maps."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.ingest.builder import Tensor, Translation, Unsupported, kept
from workbench.ingest.keras_layers.handlers import array, layout_free, stored_axis
from workbench.network.activation import Activation, Number
from workbench.network.affine import Affine, BatchNorm


@layout_free("BatchNormalization")
def batch_normalization(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a batch normalization; conversion folds it where that is exact."""
    shape = inputs[0].shape
    if stored_axis(layer.axis, inputs[0]) != len(shape) - 1:
        raise Unsupported(
            f"normalizes axis {layer.axis}; supported: the axis of the channels. Train it with "
            "that axis."
        )
    norm = BatchNorm(
        shape,
        array(layer.gamma) if layer.scale else None,
        array(layer.beta) if layer.center else None,
        array(layer.moving_mean),
        array(layer.moving_variance),
        float(layer.epsilon),
    )
    return kept(norm)


def _per_channel(values: Any, what: str, tensor: Tensor) -> Number:
    """Return a layer's constants as one number, or one per channel."""
    constants = np.asarray(values, np.float64)
    if constants.size == 1:
        return float(constants.reshape(-1)[0])
    channels = tensor.shape[-1]
    along_last = constants.shape[-1:] == (channels,) and constants.size == channels
    if tensor.channels_first or not along_last:
        raise Unsupported(
            f"has a {what} of shape {constants.shape} for inputs of shape {tensor.source_shape}; "
            "supported: one number, or one per channel, channels last. Use the same constant at "
            "all positions."
        )
    return tuple(float(value) for value in constants.reshape(-1))


@layout_free("Rescaling")
def rescaling(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a rescaling; conversion folds it into the first map."""
    (tensor,) = inputs
    factor = _per_channel(layer.scale, "scale", tensor)
    return kept(Affine(tensor.shape, factor, _per_channel(layer.offset, "offset", tensor)))


@layout_free("Normalization")
def normalization(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Express a normalization by its mean and variance as an affine map."""
    (tensor,) = inputs
    mean = np.asarray(layer.mean, np.float64)
    # Keras divides by the standard deviation, or by 1e-7 where that is smaller.
    spread = np.maximum(np.sqrt(np.asarray(layer.variance, np.float64)), 1e-7)
    factor, constant = 1 / spread, -mean / spread
    if layer.invert:
        factor, constant = spread, mean
    stored = 0 if layer.input_mean is not None else mean.size + spread.size
    affine = Affine(
        tensor.shape,
        _per_channel(factor, "variance", tensor),
        _per_channel(constant, "mean", tensor),
        stored,
    )
    return Translation(((affine, Activation.LINEAR),), "lowered to an affine map per channel")
