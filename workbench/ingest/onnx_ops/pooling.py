"""Pooling over windows, over whole images, and averages over axes."""

from __future__ import annotations

from workbench.ingest.builder import Steps, Tensor, Translation, Unsupported
from workbench.ingest.one_dimensional import as_image, image_shape
from workbench.ingest.onnx_ops.handlers import ONNX_OPS, Call, positive_axis
from workbench.ingest.onnx_ops.windows import explicit_padding, sizes
from workbench.network.activation import Activation
from workbench.network.affine import Affine
from workbench.network.convolution import Padding, Pair
from workbench.network.layer import Layer
from workbench.network.pooling import AveragePool2D, MaxPool2D
from workbench.network.rearrange import Pad
from workbench.network.structure import Reshape


@ONNX_OPS.register("MaxPool", "AveragePool")
def pooling(call: Call) -> Tensor:
    """Keep a pooling, with its padding made explicit, ceil_mode's too."""
    tensor = call.channels_last()
    size, strides = sizes(call, "kernel_shape", tensor), sizes(call, "strides", tensor)
    if sizes(call, "dilations", tensor) != (1, 1):
        raise Unsupported("has dilations; supported: none. Pool adjacent values.")
    shape = image_shape(tensor.shape)
    padding = explicit_padding(call, shape, size, strides, (1, 1))
    beyond = (0, 0)
    if call.attribute("ceil_mode", 0):
        axes = zip(shape[:2], size, strides, padding, strict=True)
        first, second = (_beyond(*axis) for axis in axes)
        beyond = (first, second)
    layers = _pools(call, shape, size, strides, padding, beyond)
    if min(layers[-1].output_shape) < 1:
        raise Unsupported(
            f"has windows larger than its input of shape {tensor.source_shape}. Give a "
            "larger input_shape."
        )
    lowered = "a padding and a pooling" if len(layers) > 1 else ""
    return call.append(as_image(tensor.shape, layers, Activation.LINEAR, lowered), [tensor])


def _beyond(size: int, window: int, stride: int, sides: Pair) -> int:
    """Return how many places beyond the padding the last window of ceil_mode reaches.

    A window that would begin in the padding behind does not exist.
    """
    before, after = sides
    outputs = -(-(size + before + after - window) // stride) + 1
    if (outputs - 1) * stride >= size + before:
        outputs -= 1
    return max(0, (outputs - 1) * stride + window - size - before - after)


def _pools(
    call: Call,
    shape: tuple[int, int, int],
    size: Pair,
    strides: Pair,
    padding: Padding,
    beyond: Pair,
) -> tuple[Layer, ...]:
    """Return the layers of a pooling; what lies beyond the padding never counts."""
    rows, columns = ((own[0], own[1] + extra) for own, extra in zip(padding, beyond, strict=True))
    if call.operation.kind == "MaxPool":
        return (MaxPool2D(shape, size, strides, (rows, columns)),)
    counts = bool(call.attribute("count_include_pad", 0)) and padding != ((0, 0), (0, 0))
    if not counts or beyond == (0, 0):
        return (AveragePool2D(shape, size, strides, (rows, columns), counts),)
    # The padding counts, what ceil_mode adds behind it does not: so the padding becomes zeros.
    top, left = padding[0][0], padding[1][0]
    pad = Pad(shape, (top, left, 0), (padding[0][1], padding[1][1], 0))
    behind = ((0, beyond[0]), (0, beyond[1]))
    height, width, channels = pad.output_shape
    return pad, AveragePool2D((height, width, channels), size, strides, behind)


@ONNX_OPS.register("GlobalAveragePool", "GlobalMaxPool")
def global_pooling(call: Call) -> Tensor:
    """Express global pooling as a window over the whole image."""
    tensor = call.channels_last()
    return _reduced(call, tensor, set(range(len(tensor.shape) - 1)), keep=True)


@ONNX_OPS.register("ReduceMean", "ReduceMax", "ReduceSum")
def reduction(call: Call) -> Tensor:
    """Express an average, maximum or sum over axes of places as a window along all of them."""
    axes = call.attribute("axes")
    if axes is None:
        axes = call.integers(1, "axes")
    tensor = call.tensor()
    if not axes:
        if axes is not None and call.attribute("noop_with_empty_axes", 0):
            return call.append(Translation((), "removed: reduces no axis"), [tensor])
        raise Unsupported(
            "reduces all axes, the batch axis too; supported: the spatial axes. Name them."
        )
    found = {positive_axis(int(axis), tensor) for axis in axes}
    rank = len(tensor.shape)
    # Channels stand wherever no window runs: first as ONNX has images, or last.
    kept = next((axis for axis in (1, rank) if axis not in found), None)
    if kept is None or rank not in (2, 3):
        raise Unsupported(
            f"reduces axes {sorted(found)} of {rank + 1}; supported: spatial axes only, not those "
            "of channels and samples. Flatten and use Linear instead."
        )
    tensor = call.with_last(0, kept)
    stored = {axis - 2 if tensor.channels_first else axis - 1 for axis in found}
    return _reduced(call, tensor, stored, keep=bool(call.attribute("keepdims", 1)))


def _reduced(call: Call, tensor: Tensor, axes: set[int], keep: bool) -> Tensor:
    """Pool along stored axes.

    Parameters
    ----------
    axes : set of int
        Of the stored shape, without the last.
    keep : bool
        Whether they stay, with size 1.
    """
    shape = tensor.shape
    if len(shape) not in (2, 3):
        raise Unsupported(
            f"reads shape {tensor.source_shape}; supported: channels and one or two spatial axes. "
            "Reshape first."
        )
    image = image_shape(shape)
    offset = 3 - len(shape)
    rows, columns = (image[i] if i - offset in axes else 1 for i in range(2))
    pool = MaxPool2D if "Max" in call.operation.kind else AveragePool2D
    layer = pool(image, (rows, columns), (rows, columns))
    lowered = "lowered to a pooling over whole axes"
    sized = [1 if axis in axes else n for axis, n in enumerate(shape)]
    target = tuple(n for axis, n in enumerate(sized) if keep or axis not in axes)
    steps: Steps = ((layer, Activation.LINEAR),)
    if call.operation.kind == "ReduceSum":
        whole = Affine(layer.output_shape, float(rows * columns))
        steps = (*steps, (whole, Activation.LINEAR))
        lowered = "lowered to a pooling over whole axes and a factor"
    if len(shape) == 2:
        steps = ((Reshape(shape, image), Activation.LINEAR), *steps)
    if target != layer.output_shape:
        steps = (*steps, (Reshape(layer.output_shape, target), Activation.LINEAR))
    return call.append(Translation(steps, lowered), [tensor])
