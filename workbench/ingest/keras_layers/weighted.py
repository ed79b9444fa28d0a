"""Dense layers and convolutions of every kind."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from workbench.ingest.builder import Steps, Tensor, Translation, Unsupported, kept
from workbench.ingest.keras_layers.activations import activation_of
from workbench.ingest.keras_layers.handlers import (
    KERAS_LAYERS,
    array,
    bias_of,
    explicit_padding,
    kernel_of,
    pair,
)
from workbench.ingest.one_dimensional import as_image, image_shape
from workbench.network.activation import Activation
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.structure import Reshape
from workbench.network.transposed import ConvTranspose2D
from workbench.network.windows import same_padding


@KERAS_LAYERS.register("Dense")
def dense(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a dense layer; on more than a vector it acts on each place, as a 1x1 convolution."""
    kernel, activation = kernel_of(layer), activation_of(layer.activation, inputs[0])
    shape = inputs[0].shape
    if len(shape) == 1:
        return kept(Dense(kernel, bias_of(layer)), activation)
    image = shape if len(shape) == 3 else (1, math.prod(shape[:-1]), shape[-1])
    convolution = Conv2D(image, kernel[None, None], bias_of(layer))
    lowered = "lowered to a 1x1 convolution"
    if len(shape) == 3:
        return Translation(((convolution, activation),), lowered)
    steps: Steps = (
        (Reshape(shape, image), Activation.LINEAR),
        (convolution, Activation.LINEAR),
        (Reshape(convolution.output_shape, (*shape[:-1], kernel.shape[1])), activation),
    )
    return Translation(steps, lowered)


@KERAS_LAYERS.register("Conv2D", "Conv1D")
def convolution(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a convolution, with Keras' padding made explicit."""
    map_ = _convolution(layer, inputs[0], kernel_of(layer), layer.groups, bias_of(layer))
    return as_image(inputs[0].shape, (map_,), activation_of(layer.activation, inputs[0]))


def _convolution(
    layer: Any, tensor: Tensor, kernel: np.ndarray, groups: int, bias: np.ndarray | None
) -> Conv2D:
    shape = image_shape(tensor.shape)
    kernel = kernel if kernel.ndim == 4 else kernel[None]
    strides, dilation = pair(layer.strides), pair(layer.dilation_rate)
    padding = explicit_padding(layer, shape, kernel.shape[:2], strides, dilation)
    return Conv2D(shape, kernel, bias, strides, padding, dilation, groups)


def _depthwise(layer: Any, tensor: Tensor, kernel: Any, bias: np.ndarray | None) -> Conv2D:
    """A depthwise convolution as one with as many groups as channels."""
    weights = array(kernel)
    channels = tensor.shape[-1]
    grouped = weights.reshape(*weights.shape[:-2], 1, -1)
    return _convolution(layer, tensor, grouped, channels, bias)


@KERAS_LAYERS.register("DepthwiseConv2D", "DepthwiseConv1D")
def depthwise_convolution(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Express a depthwise convolution by groups."""
    map_ = _depthwise(layer, inputs[0], layer.kernel, bias_of(layer))
    lowered = f"a convolution in {map_.groups} groups"
    return as_image(inputs[0].shape, (map_,), activation_of(layer.activation, inputs[0]), lowered)


@KERAS_LAYERS.register("SeparableConv2D", "SeparableConv1D")
def separable_convolution(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Split a separable convolution into its depthwise and its pointwise part."""
    depthwise = _depthwise(layer, inputs[0], layer.depthwise_kernel, None)
    kernel = array(layer.pointwise_kernel)
    kernel = kernel if kernel.ndim == 4 else kernel[None]
    pointwise = Conv2D(depthwise.output_shape, kernel, bias_of(layer))
    lowered = "a depthwise and a pointwise convolution"
    activation = activation_of(layer.activation, inputs[0])
    return as_image(inputs[0].shape, (depthwise, pointwise), activation, lowered)


@KERAS_LAYERS.register("Conv2DTranspose", "Conv1DTranspose")
def transposed_convolution(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a transposed convolution, with Keras' padding made explicit."""
    shape = image_shape(inputs[0].shape)
    # Keras stores (..., filters, channels).
    kernel = np.swapaxes(kernel_of(layer), -1, -2)
    kernel = kernel if kernel.ndim == 4 else kernel[None]
    strides, dilation = pair(layer.strides), pair(layer.dilation_rate)
    extra = _extra(layer.output_padding, len(inputs[0].shape))
    if layer.padding not in ("same", "valid"):
        raise Unsupported(
            f"has padding '{layer.padding}'; supported: same, valid. Crop the output."
        )
    axes = zip(shape[:2], kernel.shape[:2], strides, dilation, extra, strict=True)
    sides = [_transposed_side(layer.padding, *axis) for axis in axes]
    image_size, cut = (sides[0][0], sides[1][0]), (sides[0][1], sides[1][1])
    map_ = ConvTranspose2D(shape, kernel, image_size, bias_of(layer), strides, cut, dilation)
    return as_image(inputs[0].shape, (map_,), activation_of(layer.activation, inputs[0]))


def _extra(given: Any, rank: int) -> tuple[int | None, int | None]:
    """Return Keras' output padding along height and width; a sequence's height has none."""
    if given is None:
        return None, None
    rows, columns = pair(given)
    return (None if rank == 2 else rows), columns


def _transposed_side(
    padding: str, size: int, kernel: int, stride: int, dilation: int, extra: int | None
) -> tuple[int, int]:
    """Return output size and cut of a transposed convolution along one axis.

    As Keras' ``compute_conv_transpose_output_shape``; the image is then cut as the gradient of a
    convolution of that output with the same padding is.
    """
    extent = (kernel - 1) * dilation + 1
    if padding == "valid":
        beyond = max(extent - stride, 0) if extra is None else extent - stride + extra
        return size * stride + beyond, 0
    output = size * stride
    if extra is not None:
        output = (size - 1) * stride + extent - 2 * (kernel // 2) + extra
    return output, same_padding(output, kernel, stride, dilation)[0]
