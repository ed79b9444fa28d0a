"""Pooling over windows: average and sum (linear), maximum (not)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from workbench.network.bounds import Bounds
from workbench.network.convolution import (
    Padding,
    Pair,
    check_padding,
    check_steps,
    without_zeros,
)
from workbench.network.factors import of_channels
from workbench.network.layer import Layer, Shape, Synapses
from workbench.network.rearrange import Pad
from workbench.network.windows import WindowAxis, synapse_formula, window_view


@dataclass(frozen=True, eq=False)
class Pool2D(Layer):
    """A window per channel; padded places are not part of it.

    Parameters
    ----------
    input_shape : (height, width, channels)
    pool_size, strides : (vertical, horizontal)
    padding : ((top, bottom), (left, right))
    """

    weighted: ClassVar[bool] = False
    mixing: ClassVar[bool] = False
    input_shape: Shape
    pool_size: Pair
    strides: Pair
    padding: Padding = ((0, 0), (0, 0))

    def check(self) -> None:
        self.demand(
            len(self.input_shape) == 3,
            f"input_shape is {self.input_shape}",
            "an image of (height, width, channels)",
        )
        check_steps(self, "pool_size", self.pool_size)
        check_steps(self, "strides", self.strides)
        check_padding(self, self.padding)

    @property
    def axes(self) -> tuple[WindowAxis, WindowAxis]:
        """Geometry along height and width."""
        rows, columns = (
            WindowAxis(self.input_shape[i], self.pool_size[i], self.strides[i], 1, *self.padding[i])
            for i in range(2)
        )
        return rows, columns

    @property
    def output_shape(self) -> Shape:
        rows, columns = self.axes
        return rows.output_size, columns.output_size, self.input_shape[2]

    def window_sizes(self) -> np.ndarray:
        """Number of inputs under each window; int64, shape (out_height, out_width)."""
        rows, columns = self.axes
        return np.outer(rows.fan_in(), columns.fan_in())

    def tap_weights(self) -> np.ndarray:
        """Weight of each window's connections; shape (out_height, out_width)."""
        return np.ones(self.output_shape[:2])

    def windows(self, x: np.ndarray, fill: float) -> np.ndarray:
        """Inputs of every window in row-major order; (samples, height, width, channels, taps)."""
        view = window_view(x, *self.axes, fill=fill)
        return view.reshape(*view.shape[:4], -1)

    def _reduce(self, x: np.ndarray, combine: np.ufunc, fill: float) -> np.ndarray:
        """Combine the inputs of each window, tap by tap."""
        rows, columns = self.axes
        windows = window_view(x, rows, columns, fill)
        total = windows[..., 0, 0].copy()
        for row_tap in range(rows.kernel):
            for column_tap in range(columns.kernel):
                if row_tap or column_tap:
                    combine(total, windows[..., row_tap, column_tap], out=total)
        return total

    def synapses(self, input_index: int = 0) -> Iterator[Synapses]:
        rows, columns = self.axes
        _, width, channels = self.input_shape
        out_width = columns.output_size
        channel = np.arange(channels, dtype=np.int64)
        weights = self.tap_weights().reshape(-1)
        for _, in_rows, out_rows in rows.taps():
            for _, in_columns, out_columns in columns.taps():
                source = (in_rows[:, None] * width + in_columns).reshape(-1, 1)
                target = (out_rows[:, None] * out_width + out_columns).reshape(-1, 1)
                yield (
                    (source * channels + channel).reshape(-1),
                    (target * channels + channel).reshape(-1),
                    np.repeat(weights[target[:, 0]], channels),
                )

    @cached_property
    def bounds(self) -> Bounds:
        sizes, weights = self.window_sizes(), self.tap_weights()
        # A window that lies in the padding alone has no connections.
        return Bounds.of(weights[sizes > 0], (sizes * weights).max())

    def fan_out(self, input_index: int = 0) -> np.ndarray:
        rows, columns = self.axes
        per_pixel = np.outer(rows.fan_out(), columns.fan_out())
        return np.repeat(per_pixel.reshape(-1), self.input_shape[2])

    @property
    def synapse_formula(self) -> str:
        return synapse_formula(self)

    @property
    def border_free_synapses(self) -> int:
        steps = [-(-self.pool_size[i] // self.strides[i]) for i in range(2)]
        return math.prod(self.input_shape) * math.prod(steps)


@dataclass(frozen=True, eq=False)
class AveragePool2D(Pool2D):
    """Mean of each window.

    Parameters
    ----------
    counts_padding : bool
        Whether a window at the border divides by its full size, or by the number of inputs it
        really has.
    """

    weighted: ClassVar[bool] = True
    keeps_sign: ClassVar[bool] = True
    averages: ClassVar[bool] = True
    factored: ClassVar[bool] = True
    counts_padding: bool = False
    bounds = Pool2D.bounds

    def divisors(self) -> np.ndarray:
        """What each window's sum is divided by; int64, shape (out_height, out_width)."""
        sizes = self.window_sizes()
        return np.full_like(sizes, math.prod(self.pool_size)) if self.counts_padding else sizes

    def tap_weights(self) -> np.ndarray:
        # Windows that lie in the padding alone have no input, and no weight.
        return 1.0 / np.maximum(self.divisors(), 1)

    def forward(self, *inputs: np.ndarray) -> np.ndarray:
        total = self._reduce(inputs[0], np.add, 0)
        return total * self.tap_weights()[:, :, None].astype(total.dtype)

    @cached_property
    def common(self) -> int:
        """Least common multiple of the divisors."""
        return math.lcm(*(max(1, n) for n in set(self.divisors().ravel().tolist())))

    @property
    def integer_form(self) -> SumPool2D:
        geometry = (self.pool_size, self.strides, self.padding, self.counts_padding)
        return SumPool2D(self.input_shape, *geometry)

    def carried(self, factor: np.ndarray) -> np.ndarray:
        return np.broadcast_to(of_channels(factor) / self.common, self.output_shape)

    def carried_back(self, factor: np.ndarray) -> np.ndarray:
        return np.broadcast_to(of_channels(factor) / self.common, self.input_shape)

    def without_other_channels(self, pad: Pad) -> tuple[Layer, ...]:
        pool = self.replace(input_shape=pad.input_shape)
        return pool, pad.replace(input_shape=pool.output_shape)


@dataclass(frozen=True, eq=False)
class SumPool2D(AveragePool2D):
    """Sum of each window times an integer: average pooling on the exact grid.

    The average's ``1 / n`` moves into the weights of the next map as ``1 / common``, where
    `common` is the least common multiple of all divisors; a border window of n inputs
    counts ``common / n`` times. So pooled spikes stay integers.
    """

    weighted: ClassVar[bool] = False
    averages: ClassVar[bool] = False
    factored: ClassVar[bool] = False

    def tap_weights(self) -> np.ndarray:
        return (self.common // np.maximum(self.divisors(), 1)).astype(np.float64)


@dataclass(frozen=True, eq=False)
class MaxPool2D(Pool2D):
    """Largest input of each window."""

    linear: ClassVar[bool] = False
    maximum: ClassVar[bool] = True
    keeps_sign: ClassVar[bool] = True
    bounds = Pool2D.bounds

    def forward(self, *inputs: np.ndarray) -> np.ndarray:
        return self._reduce(inputs[0], np.maximum, -np.inf)

    def averaged(self) -> AveragePool2D:
        return AveragePool2D(self.input_shape, self.pool_size, self.strides, self.padding)

    def taking_up_zeros(self, around: Padding, *, nonnegative: bool) -> Layer | None:
        sides = zip(around, self.pool_size, strict=True)
        reaches_image = all(max(zeros) < size for zeros, size in sides)
        # Then the maximum with zeros is the maximum without them.
        return without_zeros(self, around) if reaches_image and nonnegative else None
