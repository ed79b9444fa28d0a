"""Fully connected map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from workbench.network.bounds import Bounds, absolute_sums
from workbench.network.factors import known
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

CONVERTED = 2**24
"""Weights that are brought to the type of the inputs at once."""


@dataclass(frozen=True, eq=False)
class Dense(Layer):
    """``y = x W + b``.

    Parameters
    ----------
    kernel : ndarray, shape (inputs, outputs)
    bias : ndarray, shape (outputs,), or None
    """

    weighted: ClassVar[bool] = True
    mixing: ClassVar[bool] = True
    factored: ClassVar[bool] = True
    kernel: np.ndarray
    bias: np.ndarray | None = None

    def check(self) -> None:
        shape = self.kernel.shape
        self.demand(
            len(shape) == 2,
            f"kernel has the shape {shape}",
            "two axes (inputs, outputs). Reshape it, or use a Conv2D",
        )
        check_bias(self, self.bias, shape[1])

    @property
    def input_shape(self) -> Shape:
        return (self.kernel.shape[0],)

    @property
    def output_shape(self) -> Shape:
        return (self.kernel.shape[1],)

    def forward(self, *inputs: np.ndarray) -> np.ndarray:
        x, kernel = inputs[0], self.kernel
        if kernel.dtype == x.dtype or kernel.size <= CONVERTED:
            y = x @ kernel
        else:  # All at once, they would fill gigabytes where a large network has integers.
            columns = max(1, CONVERTED // len(kernel))
            starts = range(0, kernel.shape[1], columns)
            y = np.concatenate([x @ kernel[:, i : i + columns] for i in starts], axis=1)
        return y if self.bias is None else y + self.bias

    @property
    def at_rest(self) -> np.ndarray:
        return bias_at_rest(self)

    def synapses(self, input_index: int = 0) -> Iterator[Synapses]:
        n_inputs, n_outputs = self.kernel.shape
        rows = max(1, 1_000_000 // n_outputs)
        for start in range(0, n_inputs, rows):
            block = self.kernel[start : start + rows]
            pre = np.repeat(np.arange(start, start + len(block), dtype=np.int64), n_outputs)
            post = np.tile(np.arange(n_outputs, dtype=np.int64), len(block))
            yield pre, post, block.reshape(-1)

    @cached_property
    def bounds(self) -> Bounds:
        return Bounds.of(self.kernel, absolute_sums(self.kernel).max(initial=0))

    def followed_by(self, scale: np.ndarray, shift: np.ndarray) -> Layer:
        return rescaled(self, scale, shift)

    def beside_negated(self) -> Layer:
        doubled: Layer = self.replace(kernel=np.concatenate([self.kernel, -self.kernel], axis=-1))
        return doubled

    def reordered(self, order: np.ndarray) -> Layer:
        kernel = np.empty_like(self.kernel)
        kernel[order] = self.kernel
        reordered: Layer = self.replace(kernel=kernel)
        return reordered

    def without_other_channels(self, pad: Pad) -> tuple[Layer, ...]:
        first = pad.before[-1]
        kernel = self.kernel[first : first + pad.input_shape[-1]]
        return (self.replace(kernel=kernel),)

    def kernel_between(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        # In place from here on: the kernels of large networks fill hundreds of megabytes.
        kernel = self.kernel.astype(np.float64)
        kernel *= known(before).reshape(-1, 1)
        kernel *= known(after).reshape(-1)
        return kernel

    def negated(self) -> Layer:
        return with_negated_weights(self)

    @property
    def synapse_formula(self) -> str:
        return f"{self.kernel.shape[0]:,} inputs x {self.kernel.shape[1]:,} units"

    def fan_out(self, input_index: int = 0) -> np.ndarray:
        return np.full(self.kernel.shape[0], self.kernel.shape[1], np.int64)
