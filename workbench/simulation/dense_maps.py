"""Layers as TensorFlow operations whose sums are exact, for the dense engine.

A value is a float32 tensor while it is proven to hold integers below 2**24, and a float64
tensor beyond. Weights that would lead past this bound are cut into a high and a low part, which
are summed apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.network.affine import Scale
from workbench.network.connection_matrix import synapse_table
from workbench.network.convolution import Conv2D, Pair
from workbench.network.dense import Dense
from workbench.network.layer import Layer
from workbench.network.pooling import SumPool2D
from workbench.network.rearrange import Pad, Permute, Repeat, Slice, Take
from workbench.network.transposed import ConvTranspose2D
from workbench.network.windows import WindowAxis
from workbench.util.handlers import Handlers

FLOAT32_BITS = 24
"""Integers of this many bits, and all sums below, are exact in float32."""

Tensor = Any
Linear = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Backend:
    """TensorFlow, and how its device multiplies.

    Parameters
    ----------
    tf : module
    factor_bits : int
        Bits of a factor that products keep. Tensor cores of a GPU round float32 factors to 11.
    is_direct : bool
        Whether convolutions add plain products. Those of a GPU may be transformed, which is
        not exact, so that convolutions are made of products of matrices there.
    """

    tf: Any
    factor_bits: int = FLOAT32_BITS
    is_direct: bool = True

    def dtype(self, largest: int) -> Any:
        """Type of values up to a bound."""
        return self.tf.float32 if largest < 2**FLOAT32_BITS else self.tf.float64


@dataclass(frozen=True)
class Step:
    """A layer ready to run.

    Parameters
    ----------
    run : function of a tensor, shape (rows, *input shape), to one, shape (rows, *output shape)
    largest : int
        Bound of the absolute values of its output.
    """

    run: Callable[[Tensor], Tensor]
    largest: int


MAPS: Handlers[Callable[[Backend, Any, int], Step]] = Handlers("simulate with the dense engine")


LARGEST_MATRIX = 2**24
"""Weights of the matrix that replaces a layer without a form of its own."""


def in_parts(kernel: np.ndarray, largest: int, bits: int) -> list[tuple[np.ndarray, int]] | None:
    """Cut integer weights into parts that float32 multiplies and sums exactly.

    Parameters
    ----------
    kernel : ndarray, last axis the outputs
    largest : int
        Bound of the absolute inputs.
    bits : int
        Bits of a factor that products keep.

    Returns
    -------
    list of (part, factor), or None
        ``kernel = sum(part * factor)``; None where inputs are too large for any part.
    """
    most = int(np.abs(kernel).max(initial=0))
    if largest >= 2**bits or (most <= 1 and _reach(kernel, largest) >= 2**FLOAT32_BITS):
        return None
    if most < 2**bits and _reach(kernel, largest) < 2**FLOAT32_BITS:
        return [(kernel, 1)]
    unit = 2 ** (most.bit_length() // 2)
    low = (kernel + unit // 2) % unit - unit // 2
    high_parts = in_parts((kernel - low) / unit, largest, bits)
    low_parts = in_parts(low, largest, bits)
    if high_parts is None or low_parts is None:
        return None
    return [(part, factor * unit) for part, factor in high_parts] + low_parts


def _reach(kernel: np.ndarray, largest: int) -> int:
    """Bound of the sums that inputs up to a bound lead to."""
    columns = np.abs(kernel.astype(np.float64)).reshape(-1, kernel.shape[-1])
    return largest * int(columns.sum(axis=0).max(initial=0))


def _weighted(backend: Backend, linear: Linear, kernel: np.ndarray, largest: int) -> Step:
    """Sum products in float32, in parts if need be; in float64 where no parts are small enough."""
    tf, reach = backend.tf, _reach(kernel, largest)
    kernel = kernel.astype(np.float64)
    parts = in_parts(kernel, largest, backend.factor_bits)
    given = tf.float64 if parts is None else tf.float32
    wanted = tf.float64 if parts is None else backend.dtype(reach)
    prepared = [(tf.constant(part, given), factor) for part, factor in parts or [(kernel, 1)]]

    def run(x: Tensor) -> Tensor:
        x = tf.cast(x, given)
        sums = [tf.cast(linear(x, part), wanted) for part, _ in prepared]
        if len(sums) > 1:
            sums = [total * factor for total, (_, factor) in zip(sums, prepared, strict=True)]
        return tf.cast(tf.add_n(sums), backend.dtype(reach))

    return Step(run, reach)


@MAPS.register("Dense")
def _dense(backend: Backend, layer: Dense, largest: int) -> Step:
    return _weighted(backend, backend.tf.linalg.matmul, layer.kernel, largest)


@MAPS.register("Scale")
def _scale(backend: Backend, layer: Scale, largest: int) -> Step:
    tf, factor = backend.tf, layer.factor
    reach = largest * int(layer.bounds.largest)
    dtype = backend.dtype(max(reach, largest))
    constant = tf.constant(factor, dtype)
    return Step(lambda x: tf.cast(tf.cast(x, dtype) * constant, backend.dtype(reach)), reach)


@MAPS.register("Conv2D")
def _convolution(backend: Backend, layer: Conv2D, largest: int) -> Step:
    def linear(x: Tensor, kernel: Tensor) -> Tensor:
        return _convolved(backend, x, kernel, layer.axes, layer.groups)

    return _weighted(backend, linear, layer.kernel, largest)


@MAPS.register("ConvTranspose2D")
def _transposed(backend: Backend, layer: ConvTranspose2D, largest: int) -> Step:
    """Spread the inputs, zeros between them, and convolve with the mirrored kernel."""
    tf = backend.tf
    axes = [_mirrored(layer, i) for i in range(2)]

    def linear(x: Tensor, kernel: Tensor) -> Tensor:
        spread = _spread(tf, x, layer.strides)
        return _convolved(backend, spread, kernel[::-1, ::-1], (axes[0], axes[1]), layer.groups)

    return _weighted(backend, linear, layer.kernel, largest)


def _mirrored(layer: ConvTranspose2D, i: int) -> WindowAxis:
    """Geometry of the plain convolution of spread inputs that gives the same along an axis."""
    size = (layer.input_shape[i] - 1) * layer.strides[i] + 1
    reach = (layer.kernel.shape[i] - 1) * layer.dilation[i]
    before = reach - layer.cut[i]
    after = layer.image_size[i] - size - before + reach
    return WindowAxis(size, layer.kernel.shape[i], 1, layer.dilation[i], before, after)


def _spread(tf: Any, x: Tensor, strides: Pair) -> Tensor:
    """Put zeros between the places of images."""
    if strides == (1, 1):
        return x
    _, height, width, channels = x.shape
    (down, across) = strides
    apart = tf.reshape(x, (-1, height, 1, width, 1, channels))
    zeros = ((0, 0), (0, 0), (0, down - 1), (0, 0), (0, across - 1), (0, 0))
    full = tf.reshape(tf.pad(apart, zeros), (-1, height * down, width * across, channels))
    return full[:, : (height - 1) * down + 1, : (width - 1) * across + 1]


def _convolved(
    backend: Backend, x: Tensor, kernel: Tensor, axes: tuple[WindowAxis, WindowAxis], groups: int
) -> Tensor:
    tf = backend.tf
    if x.shape[3] == groups > 1:
        by_channel = tf.reshape(kernel, (axes[0].kernel, axes[1].kernel, groups, -1))
        return _channel_by_channel(backend, x, by_channel, axes)
    if groups > 1:
        images, kernels = tf.split(x, groups, axis=3), tf.split(kernel, groups, axis=3)
        pairs = zip(images, kernels, strict=True)
        return tf.concat([_convolved(backend, *pair, axes, 1) for pair in pairs], axis=3)
    x = padded(tf, x, axes, 0)
    # With oneDNN, TensorFlow 2.21 convolves some images of one channel in strides wrongly.
    is_safe = x.shape[3] > 1 or max(axis.stride for axis in axes) == 1
    if not (backend.is_direct and is_safe):
        taps = [kernel[i, j] for i in range(axes[0].kernel) for j in range(axes[1].kernel)]
        # Matrices, not stacks of them: TensorFlow 2.21 multiplies some stacks wrongly on a CPU.
        rows = [tf.reshape(part, (-1, x.shape[3])) for part in taken(x, axes)]
        pairs = zip(rows, taps, strict=True)
        total = tf.add_n([tf.linalg.matmul(part, weights) for part, weights in pairs])
        places = (axes[0].output_size, axes[1].output_size)
        return tf.reshape(total, (-1, *places, total.shape[1]))
    strides = [axis.stride for axis in axes]
    dilations = [axis.dilation for axis in axes]
    return tf.nn.conv2d(x, kernel, strides, "VALID", dilations=dilations)


def _channel_by_channel(
    backend: Backend, x: Tensor, kernel: Tensor, axes: tuple[WindowAxis, WindowAxis]
) -> Tensor:
    """Convolve every channel with kernels of its own; shape (height, width, channels, kernels)."""
    tf, (rows, columns) = backend.tf, axes
    x = padded(tf, x, axes, 0)
    if (
        backend.is_direct
        and rows.stride == columns.stride
        and rows.dilation == columns.dilation == 1
    ):
        strides = (1, rows.stride, columns.stride, 1)
        return tf.nn.depthwise_conv2d(x, kernel, strides, "VALID")
    weights = [kernel[i, j] for i in range(rows.kernel) for j in range(columns.kernel)]
    parts = zip(taken(x, axes), weights, strict=True)
    total = tf.add_n([part[..., None] * weight for part, weight in parts])
    return tf.reshape(
        total, (-1, rows.output_size, columns.output_size, math.prod(kernel.shape[2:]))
    )


def padded(tf: Any, x: Tensor, axes: tuple[WindowAxis, WindowAxis], fill: float) -> Tensor:
    """Add the places around images that windows reach into; cut those that none reaches."""
    rows, columns = axes
    top, left = max(-rows.before, 0), max(-columns.before, 0)
    bottom = rows.size - max(-rows.after, 0)
    right = columns.size - max(-columns.after, 0)
    x = x[:, top:bottom, left:right]
    width = [(max(axis.before, 0), max(axis.after, 0)) for axis in axes]
    if not any(map(any, width)):
        return x
    return tf.pad(x, [(0, 0), *width, (0, 0)], constant_values=fill)


def taken(x: Tensor, axes: tuple[WindowAxis, WindowAxis]) -> Iterator[Tensor]:
    """Yield what each tap of a window reads from padded images, row by row."""
    rows, columns = axes
    for row in range(rows.kernel):
        for column in range(columns.kernel):
            yield x[:, _places(rows, row), _places(columns, column)]


def _places(axis: WindowAxis, tap: int) -> slice:
    start = tap * axis.dilation
    return slice(start, start + (axis.output_size - 1) * axis.stride + 1, axis.stride)


@MAPS.register("SumPool2D")
def _sum_pool(backend: Backend, layer: SumPool2D, largest: int) -> Step:
    tf = backend.tf
    # A window of n inputs counts common / n times, so that all sums have one bound; with
    # padding counted in, windows have one divisor and at most so many inputs.
    reach = largest * layer.common
    dtype = backend.dtype(reach)
    weights = layer.tap_weights()[:, :, None]
    factor = None if (weights == 1).all() else tf.constant(weights, dtype)
    ones = tf.ones((*layer.pool_size, layer.input_shape[2], 1), dtype)

    def run(x: Tensor) -> Tensor:
        total = _channel_by_channel(backend, tf.cast(x, dtype), ones, layer.axes)
        return total if factor is None else total * factor

    return Step(run, reach)


@MAPS.register("Reshape", "Identity")
def _reshape(backend: Backend, layer: Layer, largest: int) -> Step:
    shape = (-1, *layer.output_shape)
    return Step(lambda x: backend.tf.reshape(x, shape), largest)


@MAPS.register("Pad")
def _pad(backend: Backend, layer: Pad, largest: int) -> Step:
    width = ((0, 0), *zip(layer.before, layer.after, strict=True))
    return Step(lambda x: backend.tf.pad(x, width), largest)


@MAPS.register("Slice")
def _slice(backend: Backend, layer: Slice, largest: int) -> Step:
    ranges = (slice(None), *(slice(*ends) for ends in layer.ranges))
    return Step(lambda x: x[ranges], largest)


@MAPS.register("Take")
def _take(backend: Backend, layer: Take, largest: int) -> Step:
    size, axis = layer.input_shape[layer.axis], layer.axis + 1
    # A place more, which holds 0, stands for those that read none.
    index = [size if place < 0 else place for place in layer.index]
    sides = [(0, int(size in index and number == axis)) for number in range(axis + 1)]
    sides += [(0, 0)] * (len(layer.input_shape) - axis)

    def run(x: Tensor) -> Tensor:
        return backend.tf.gather(backend.tf.pad(x, sides), index, axis=axis)

    return Step(run, largest)


@MAPS.register("Permute")
def _permute(backend: Backend, layer: Permute, largest: int) -> Step:
    order = (0, *(axis + 1 for axis in layer.order))
    return Step(lambda x: backend.tf.transpose(x, order), largest)


@MAPS.register("Repeat")
def _repeat(backend: Backend, layer: Repeat, largest: int) -> Step:
    def run(x: Tensor) -> Tensor:
        for axis, factor in enumerate(layer.factors):
            if factor > 1:
                x = backend.tf.repeat(x, factor, axis=axis + 1)
        return x

    return Step(run, largest)


def _multiplied(backend: Backend, layer: Layer, largest: int) -> Step:
    """Multiply by the matrix of a layer's synapses: right for any layer that is not too large.

    Raises
    ------
    KeyError
        With the kind of the layer where the matrix would be too large.
    """
    inputs = math.prod(layer.input_shapes[0])
    if inputs * layer.output_size > LARGEST_MATRIX:
        raise KeyError(layer.kind)
    kernel = synapse_table(layer, dtype=np.float64).toarray()
    step = _weighted(backend, backend.tf.linalg.matmul, kernel, largest)
    shape = (-1, *layer.output_shape)

    def run(x: Tensor) -> Tensor:
        return backend.tf.reshape(step.run(backend.tf.reshape(x, (-1, inputs))), shape)

    return Step(run, step.largest)


def path(backend: Backend, maps: tuple[Layer, ...], largest: int = 1) -> Step:
    """Return layers that follow one another as one step that starts with spikes.

    Parameters
    ----------
    largest : int
        Largest payload of a spike.

    Raises
    ------
    KeyError
        With the kind of a layer that has no dense form, and is too large for a matrix.
    """
    steps = []
    for layer in maps:
        prepare = MAPS.get(layer.kind) or _multiplied
        step = prepare(backend, layer, largest)
        steps.append(step.run)
        # An all-zero layer bounds its output by 0; what follows multiplies.
        largest = max(step.largest, 1)
    shape = (-1, *maps[0].input_shapes[0])
    size = math.prod(maps[-1].output_shape)

    def run(x: Tensor) -> Tensor:
        x = backend.tf.reshape(x, shape)
        for one in steps:
            x = one(x)
        return backend.tf.reshape(x, (-1, size))

    return Step(run, largest)
