"""Fully connected maps and convolutions."""

from __future__ import annotations

import math

import numpy as np

from workbench.ingest.builder import Steps, Tensor, Translation, Unsupported, kept
from workbench.ingest.one_dimensional import as_image, image_shape
from workbench.ingest.onnx_ops.handlers import ONNX_OPS, Call
from workbench.ingest.onnx_ops.windows import explicit_padding, sizes
from workbench.network.activation import Activation
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.structure import Reshape
from workbench.network.transposed import ConvTranspose2D

Pair = tuple[int, int]


@ONNX_OPS.register("Gemm")
def gemm(call: Call) -> Tensor:
    """Express ``alpha x B + beta C`` as a dense layer; the factors go into its weights."""
    tensor = call.in_source_order()
    matrix = _matrix(call)
    if call.attribute("transA", 0) or len(tensor.source_shape) != 1:
        raise Unsupported(
            "multiplies samples, not features; supported: transA = 0 and a vector. Flatten first."
        )
    kernel = matrix.T if call.attribute("transB", 0) else matrix
    _check_inputs(tensor, kernel)
    alpha, beta = (np.float32(call.attribute(name, 1.0)) for name in ("alpha", "beta"))
    kernel = kernel if alpha == 1 else kernel * alpha  # A copy of large weights is spared.
    bias = call.bias(2)
    if bias is not None:
        bias = _bias(bias * beta, kernel.shape[1])
    return _at_each_place(call, tensor, kernel, bias)


@ONNX_OPS.register("MatMul")
def matmul(call: Call) -> Tensor:
    """Express a product with a matrix as a dense layer, or as one at each place."""
    if not isinstance(call.value(0), Tensor):
        raise Unsupported(
            "multiplies by a matrix from the left, which mixes positions; supported: x @ weights. "
            "Transpose first."
        )
    tensor, kernel = call.in_source_order(), _matrix(call)
    _check_inputs(tensor, kernel)
    bias = None if call.added is None else _bias(call.added, kernel.shape[1])
    return _at_each_place(call, tensor, kernel, bias)


def _at_each_place(
    call: Call, tensor: Tensor, kernel: np.ndarray, bias: np.ndarray | None
) -> Tensor:
    """Append a dense layer, which is a 1x1 convolution where there are several places."""
    shape = tensor.shape
    if len(shape) == 1:
        return call.append(kept(Dense(kernel, bias)), [tensor])
    image = shape if len(shape) == 3 else (1, math.prod(shape[:-1]), shape[-1])
    convolution = Conv2D(image, kernel[None, None], bias)
    steps: Steps = ((convolution, Activation.LINEAR),)
    if len(shape) != 3:
        behind = Reshape(convolution.output_shape, (*shape[:-1], kernel.shape[1]))
        ahead = Reshape(shape, image)
        steps = ((ahead, Activation.LINEAR), *steps, (behind, Activation.LINEAR))
    return call.append(Translation(steps, "lowered to a 1x1 convolution"), [tensor])


def _matrix(call: Call) -> np.ndarray:
    matrix = call.weights(1, "a matrix")
    if matrix is None or matrix.ndim != 2:
        shape = None if matrix is None else matrix.shape
        raise Unsupported(f"has weights of shape {shape}; supported: two axes. Use Linear.")
    return matrix


def _check_inputs(tensor: Tensor, kernel: np.ndarray) -> None:
    if tensor.shape[-1] != len(kernel):
        raise Unsupported(
            f"has weights for {len(kernel)} inputs and is given {tensor.shape[-1]}. Check the "
            "input shape."
        )


def _bias(values: np.ndarray, outputs: int) -> np.ndarray:
    """Return a bias that may be one number for all outputs as a vector."""
    if values.size not in (1, outputs):
        raise Unsupported(
            f"has a bias of shape {values.shape}; supported: one per output. Add the rest in a "
            "separate addition."
        )
    return np.broadcast_to(values.reshape(-1), (outputs,)).astype(np.float32)


def _kernel(call: Call, tensor: Tensor) -> np.ndarray:
    """Return the kernel of a convolution as ONNX has it, with height 1 for a sequence."""
    kernel = call.weights(1, "a kernel")
    rank = len(tensor.shape)
    if kernel is None or kernel.ndim != rank + 1 or rank not in (2, 3):
        shape = None if kernel is None else kernel.shape
        raise Unsupported(
            f"has a kernel of shape {shape} for inputs of shape {tensor.source_shape}; supported: "
            "convolutions over one or two axes. Use one of these."
        )
    return kernel if rank == 3 else kernel[:, :, None]


@ONNX_OPS.register("Conv")
def convolution(call: Call) -> Tensor:
    """Keep a convolution, with its padding made explicit."""
    tensor = call.channels_last()
    kernel = _kernel(call, tensor).transpose(2, 3, 1, 0)
    groups = int(call.attribute("group", 1))
    shape = image_shape(tensor.shape)
    if shape[2] != kernel.shape[2] * groups:
        raise Unsupported(
            f"reads {kernel.shape[2] * groups} channels and is given {shape[2]}. Check the input "
            "shape: samples, channels, spatial axes."
        )
    strides, dilation = sizes(call, "strides", tensor), sizes(call, "dilations", tensor)
    padding = explicit_padding(call, shape, kernel.shape[:2], strides, dilation)
    bias = call.bias(2)
    map_ = Conv2D(shape, kernel, bias, strides, padding, dilation, groups)
    if min(map_.output_shape) < 1:
        raise Unsupported(
            f"has a kernel larger than its input of shape {tensor.source_shape}. Give a "
            "larger input_shape."
        )
    return call.append(as_image(tensor.shape, (map_,), Activation.LINEAR), [tensor])


@ONNX_OPS.register("ConvTranspose")
def transposed_convolution(call: Call) -> Tensor:
    """Keep a transposed convolution, with what is cut off its image made explicit."""
    tensor = call.channels_last()
    groups = int(call.attribute("group", 1))
    stored = _kernel(call, tensor)
    channels, per_group, height, width = stored.shape
    if channels != tensor.shape[-1]:
        raise Unsupported(
            f"reads {channels} channels and is given {tensor.shape[-1]}. Check the input shape."
        )
    blocks = stored.reshape(groups, channels // groups, per_group, height, width)
    kernel = blocks.transpose(3, 4, 1, 0, 2).reshape(height, width, -1, groups * per_group)
    shape = image_shape(tensor.shape)
    strides, dilation = sizes(call, "strides", tensor), sizes(call, "dilations", tensor)
    image, cut = _painted(call, shape, (height, width), strides, dilation)
    bias = call.bias(2)
    map_ = ConvTranspose2D(shape, kernel, image, bias, strides, cut, dilation, groups)
    return call.append(as_image(tensor.shape, (map_,), Activation.LINEAR), [tensor])


def _painted(
    call: Call, shape: tuple[int, int, int], kernel: Pair, strides: Pair, dilation: Pair
) -> tuple[Pair, Pair]:
    """Return size of the output and what is cut ahead of it, as ONNX' ConvTranspose says."""
    rank = len(call.tensor().shape)
    extra = call.attribute("output_padding", [0] * (rank - 1))
    extra = [0] * (3 - rank) + [int(n) for n in extra]
    wanted = call.attribute("output_shape")
    automatic = call.attribute("auto_pad", "NOTSET")
    whole = [
        (shape[i] - 1) * strides[i] + (kernel[i] - 1) * dilation[i] + 1 + extra[i] for i in range(2)
    ]
    if wanted is None and automatic in ("NOTSET", "VALID"):
        padding = explicit_padding(call, shape, kernel, strides, dilation)
        image = tuple(n - sum(sides) for n, sides in zip(whole, padding, strict=True))
        return _checked((image[0], image[1])), (padding[0][0], padding[1][0])
    if wanted is None:
        image = (shape[0] * strides[0], shape[1] * strides[1])
    else:
        ones = [1] * (3 - rank)
        image = (*ones, *(int(n) for n in wanted[-(rank - 1) :]))
    beyond = [n - size for n, size in zip(whole, image, strict=True)]
    if min(beyond) < 0:
        raise Unsupported(
            f"gives images of {image}, more than its kernel covers ({whole}). Ask for "
            "a smaller output_shape."
        )
    # ONNX cuts the odd place behind with SAME_UPPER, ahead otherwise.
    ahead = [n // 2 if automatic == "SAME_UPPER" else n - n // 2 for n in beyond]
    return _checked((image[0], image[1])), (ahead[0], ahead[1])


def _checked(image: Pair) -> Pair:
    if min(image) < 1:
        raise Unsupported(
            f"gives images of {image}: its padding cuts everything off. Make it smaller."
        )
    return image
