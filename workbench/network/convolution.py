"""Two-dimensional convolution, plain, dilated, grouped or depthwise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from workbench.network.bounds import Bounds, window_bounds
from workbench.network.factors import between_kernel
from workbench.network.layer import (
    Layer,
    Shape,
    Synapses,
    bias_at_rest,
    check_bias,
    rescaled,
    with_negated_weights,
)
from workbench.network.rearrange import Pad
from workbench.network.windows import WindowAxis, synapse_formula, tap_synapses, window_view

Pair = tuple[int, int]
Padding = tuple[Pair, Pair]


@dataclass(frozen=True, eq=False)
class Conv2D(Layer):
    """Cross-correlation of an image with a bank of kernels, channels last.

    Parameters
    ----------
    input_shape : (height, width, channels)
    kernel : ndarray, shape (kernel_height, kernel_width, channels / groups, filters)
    bias : ndarray, shape (filters,), or None
    strides, dilation : (vertical, horizontal)
    padding : ((top, bottom), (left, right))
        Zeros around the image.
    groups : int
        Input channels and filters fall into this many groups; filters read their own only.
        A depthwise convolution has as many groups as input channels.
    """

    weighted: ClassVar[bool] = True
    mixing: ClassVar[bool] = True
    factored: ClassVar[bool] = True
    input_shape: Shape
    kernel: np.ndarray
    bias: np.ndarray | None = None
    strides: Pair = (1, 1)
    padding: Padding = ((0, 0), (0, 0))
    dilation: Pair = (1, 1)
    groups: int = 1

    def check(self) -> None:
        check_kernel(self)
        check_padding(self, self.padding)

    @property
    def axes(self) -> tuple[WindowAxis, WindowAxis]:
        """Geometry along height and width."""
        rows, columns = (
            WindowAxis(
                self.input_shape[i],
                self.kernel.shape[i],
                self.strides[i],
                self.dilation[i],
                *self.padding[i],
            )
            for i in range(2)
        )
        return rows, columns

    @property
    def filters(self) -> int:
        return self.kernel.shape[3]

    @property
    def output_shape(self) -> Shape:
        rows, columns = self.axes
        return rows.output_size, columns.output_size, self.filters

    @property
    def working_size(self) -> int:
        rows, columns = self.axes
        taps = math.prod(self.kernel.shape[:2]) * self.input_shape[2]
        return rows.output_size * columns.output_size * (taps + self.filters)

    def forward(self, *inputs: np.ndarray) -> np.ndarray:
        windows = window_view(inputs[0], *self.axes, fill=0)
        samples, height, width, channels = windows.shape[:4]
        per_group = channels // self.groups
        if self.groups == channels > 1:
            kernel = self.kernel[:, :, 0, :].reshape(*self.kernel.shape[:2], channels, -1)
            y = np.einsum("nhwcij,ijcm->nhwcm", windows, kernel, optimize=True)
        else:
            # Taps before channels: the copy then moves runs of channels, not single numbers.
            taps = windows.transpose(0, 1, 2, 4, 5, 3)
            grouped = taps.reshape(samples * height * width, -1, self.groups, per_group)
            kernel = self.kernel.reshape(-1, per_group, self.groups, self.filters // self.groups)
            y = np.concatenate(
                [
                    grouped[:, :, g].reshape(len(grouped), -1)
                    @ kernel[:, :, g].reshape(-1, self.filters // self.groups)
                    for g in range(self.groups)
                ],
                axis=1,
            )
        y = y.reshape(samples, height, width, self.filters)
        return y if self.bias is None else y + self.bias

    @property
    def at_rest(self) -> np.ndarray:
        return bias_at_rest(self)

    def synapses(self, input_index: int = 0) -> Iterator[Synapses]:
        taps = [list(axis.taps()) for axis in self.axes]
        widths = self.input_shape[1], self.output_shape[1]
        return tap_synapses(self.kernel, self.groups, taps, widths)

    @cached_property
    def bounds(self) -> Bounds:
        return window_bounds(self.kernel, self.axes, WindowAxis.tap_patterns)

    def followed_by(self, scale: np.ndarray, shift: np.ndarray) -> Layer:
        return rescaled(self, scale, shift)

    def beside_negated(self) -> Layer | None:
        if self.groups != 1:
            return None
        doubled: Layer = self.replace(kernel=np.concatenate([self.kernel, -self.kernel], axis=-1))
        return doubled

    def taking_up_zeros(self, around: Padding, *, nonnegative: bool) -> Layer:
        return without_zeros(self, around)

    def without_other_channels(self, pad: Pad) -> tuple[Layer, ...] | None:
        if self.groups != 1:
            return None
        first, shape = pad.before[-1], pad.input_shape
        kernel = self.kernel[:, :, first : first + shape[-1]]
        return (self.replace(input_shape=shape, kernel=kernel),)

    def kernel_between(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        return between_kernel(self.kernel, self.groups, before, after)

    def negated(self) -> Layer:
        return with_negated_weights(self)

    def fan_out(self, input_index: int = 0) -> np.ndarray:
        rows, columns = self.axes
        per_pixel = np.outer(rows.fan_out(), columns.fan_out()) * (self.filters // self.groups)
        return np.repeat(per_pixel.reshape(-1), self.input_shape[2])

    @property
    def synapse_formula(self) -> str:
        return synapse_formula(self)

    @property
    def border_free_synapses(self) -> int:
        steps = [-(-self.kernel.shape[i] // self.strides[i]) for i in range(2)]
        return math.prod(self.input_shape) * math.prod(steps) * (self.filters // self.groups)


def without_zeros(layer: Any, around: Padding) -> Layer:
    """Return a layer of windows that has the zeros around its image in its own padding."""
    (above, below), (left, right) = around
    height, width, channels = layer.input_shape
    (top, bottom), (first, last) = layer.padding
    smaller: Layer = layer.replace(
        input_shape=(height - above - below, width - left - right, channels),
        padding=((top + above, bottom + below), (first + left, last + right)),
    )
    return smaller


def check_kernel(layer: Any) -> None:
    """Refuse a convolution, or a transposed one, whose kernel does not fit its image."""
    kernel, groups, image = layer.kernel.shape, layer.groups, layer.input_shape
    axes = "(kernel height, kernel width, channels / groups, filters)"
    fits = len(kernel) == 4 and min(kernel) > 0
    layer.demand(fits, f"kernel has the shape {kernel}", f"{axes}, each at least 1")
    layer.demand(
        len(image) == 3, f"input_shape is {image}", "an image of (height, width, channels)"
    )
    layer.demand(groups > 0, f"groups is {groups}", "at least 1")
    check_steps(layer, "strides", layer.strides)
    check_steps(layer, "dilation", layer.dilation)
    layer.demand(
        kernel[2] * groups == image[2] and kernel[3] % groups == 0,
        f"kernel has the shape {kernel}, which does not fit {groups} groups of {image[2]} input "
        "channels",
        f"{axes} with channels / groups = {image[2]} / {groups}, and filters a multiple of groups",
    )
    check_bias(layer, layer.bias, kernel[3])


def check_steps(layer: Layer, name: str, values: tuple[int, ...]) -> None:
    """Refuse strides, sizes and the like below 1."""
    layer.demand(min(values) > 0, f"{name} is {values}", "integers of at least 1")


def check_padding(layer: Layer, padding: Padding) -> None:
    """Refuse a padding that takes away."""
    fits = min(padding[0] + padding[1]) >= 0
    layer.demand(
        fits, f"padding is {padding}", "integers of at least 0. Crop with a Slice before it"
    )
