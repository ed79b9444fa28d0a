"""Transposed convolution: every input unit paints a kernel into the output."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from workbench.network.bounds import Bounds, window_bounds
from workbench.network.convolution import Pair, check_kernel, check_steps
from workbench.network.factors import between_kernel
from workbench.network.layer import (
    Layer,
    Shape,
    Synapses,
    bias_at_rest,
    rescaled,
    with_negated_weights,
)
from workbench.network.windows import WindowAxis, synapse_formula, tap_synapses


@dataclass(frozen=True, eq=False)
class ConvTranspose2D(Layer):
    """The connections of a convolution, crossed the other way.

    Input ``i`` reaches output ``i * stride + tap * dilation - cut`` for each tap of the kernel,
    where that place lies inside the output.

    Parameters
    ----------
    input_shape : (height, width, channels)
    kernel : ndarray, shape (kernel_height, kernel_width, channels / groups, filters)
        For several groups, the filters of each group's channels follow one another.
    image_size : (height, width)
        Of the output.
    bias : ndarray, shape (filters,), or None
    strides, dilation : (vertical, horizontal)
    cut : (top, left)
        Rows and columns of the painted image that fall away before the output begins.
    groups : int
    """

    weighted: ClassVar[bool] = True
    mixing: ClassVar[bool] = True
    factored: ClassVar[bool] = True
    input_shape: Shape
    kernel: np.ndarray
    image_size: Pair
    bias: np.ndarray | None = None
    strides: Pair = (1, 1)
    cut: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    def check(self) -> None:
        check_kernel(self)
        check_steps(self, "image_size", self.image_size)

    @property
    def axes(self) -> tuple[WindowAxis, WindowAxis]:
        """Geometry along height and width of the convolution from output to input."""
        rows, columns = (self._axis(i) for i in range(2))
        return rows, columns

    def _axis(self, i: int) -> WindowAxis:
        size, stride, before = self.image_size[i], self.strides[i], self.cut[i]
        extent = (self.kernel.shape[i] - 1) * self.dilation[i] + 1
        # So many padded places that the convolution has as many outputs as there are inputs here.
        after = (self.input_shape[i] - 1) * stride + extent - before - size
        return WindowAxis(size, self.kernel.shape[i], stride, self.dilation[i], before, after)

    @property
    def filters(self) -> int:
        return self.kernel.shape[3]

    @property
    def output_shape(self) -> Shape:
        return *self.image_size, self.filters

    def forward(self, *inputs: np.ndarray) -> np.ndarray:
        x = inputs[0]
        rows, columns = self.axes
        y = np.zeros((len(x), *self.output_shape), x.dtype)
        for row_tap, out_rows, in_rows in rows.taps():
            for column_tap, out_columns, in_columns in columns.taps():
                seen = x[:, in_rows[:, None], in_columns]
                painted = self._weighed(seen, self.kernel[row_tap, column_tap])
                y[:, out_rows[:, None], out_columns] += painted
        return y if self.bias is None else y + self.bias

    @property
    def at_rest(self) -> np.ndarray:
        return bias_at_rest(self)

    def _weighed(self, x: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Multiply channels by one tap's weights, group by group."""
        inputs = np.split(x, self.groups, axis=-1)
        blocks = np.split(weights, self.groups, axis=-1)
        pairs = zip(inputs, blocks, strict=True)
        return np.concatenate([part @ block for part, block in pairs], axis=-1)

    def synapses(self, input_index: int = 0) -> Iterator[Synapses]:
        # What a tap of the convolution writes to is read here.
        taps = [[(tap, ins, outs) for tap, outs, ins in axis.taps()] for axis in self.axes]
        widths = self.input_shape[1], self.output_shape[1]
        return tap_synapses(self.kernel, self.groups, taps, widths)

    @cached_property
    def bounds(self) -> Bounds:
        return window_bounds(self.kernel, self.axes, WindowAxis.crossed_patterns)

    def followed_by(self, scale: np.ndarray, shift: np.ndarray) -> Layer:
        return rescaled(self, scale, shift)

    def kernel_between(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        return between_kernel(self.kernel, self.groups, before, after)

    def negated(self) -> Layer:
        return with_negated_weights(self)

    def fan_out(self, input_index: int = 0) -> np.ndarray:
        rows, columns = self.axes
        # What is fan-in of the convolution is fan-out here.
        per_pixel = np.outer(rows.fan_in(), columns.fan_in()) * (self.filters // self.groups)
        return np.repeat(per_pixel.reshape(-1), self.input_shape[2])

    @property
    def synapse_formula(self) -> str:
        return synapse_formula(self)

    @property
    def border_free_synapses(self) -> int:
        taps = math.prod(self.kernel.shape[:2])
        return math.prod(self.input_shape) * taps * (self.filters // self.groups)
