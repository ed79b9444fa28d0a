"""Layers that only say which unit stands where: padding, slicing, permuting, repeating.

Each output unit reads one input unit, with weight 1, or none and is 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from workbench.errors import ConversionError
from workbench.network.bounds import Bounds
from workbench.network.factors import MIXED
from workbench.network.layer import Layer, Shape, Synapses


@dataclass(frozen=True, eq=False)
class Rearrange(Layer):
    """The base: a subclass says how an array is moved, and all else follows."""

    weighted: ClassVar[bool] = False
    mixing: ClassVar[bool] = False
    keeps_sign: ClassVar[bool] = True
    factored: ClassVar[bool] = True
    input_shape: Shape

    def demand_axes(self, name: str, values: Shape, lowest: int) -> None:
        """Refuse a field that is not one integer, not too small, for each axis of the input."""
        self.demand(
            len(values) == len(self.input_shape) and min(values, default=lowest) >= lowest,
            f"{name} is {values}",
            f"an integer of at least {lowest} for each axis of {self.input_shape}",
        )

    def move(self, x: np.ndarray, fill: float) -> np.ndarray:
        """Rearrange (samples, *input_shape); places that read nothing get `fill`."""
        raise TypeError(f"{self.kind} does not define how it moves units")

    def forward(self, *inputs: np.ndarray) -> np.ndarray:
        return self.move(inputs[0], 0)

    def sources(self) -> np.ndarray:
        """Flat index of the input unit that each output unit reads, -1 for none; int64."""
        size = math.prod(self.input_shape)
        index = np.arange(size, dtype=np.int64).reshape(1, *self.input_shape)
        return self.move(index, -1).reshape(-1)

    def moves(self) -> np.ndarray:
        return self.sources()

    @property
    def integer_form(self) -> Layer:
        return self

    def carried(self, factor: np.ndarray) -> np.ndarray:
        return self.move(factor[None], np.nan)[0]

    def carried_back(self, factor: np.ndarray) -> np.ndarray:
        source, flat = self.sources(), factor.reshape(-1)
        result = np.full(math.prod(self.input_shape), np.nan)
        result[source[source >= 0]] = flat[source >= 0]
        if not np.array_equal(result[source[source >= 0]], flat[source >= 0], equal_nan=True):
            raise ConversionError(MIXED)
        return result.reshape(self.input_shape)

    @cached_property
    def bounds(self) -> Bounds:
        return Bounds(1.0, 1.0, 1.0, whole=True)

    def synapses(self, input_index: int = 0) -> Iterator[Synapses]:
        source = self.sources()
        post = np.nonzero(source >= 0)[0]
        yield source[post], post, np.ones(len(post))

    @property
    def synapse_count(self) -> int:
        """Connections where units are repeated; moving a unit elsewhere makes none."""
        return 0


@dataclass(frozen=True, eq=False)
class Pad(Rearrange):
    """Zeros around the input.

    Parameters
    ----------
    input_shape : tuple of int
    before, after : tuple of int
        Number of zeros along each axis.
    """

    before: Shape
    after: Shape

    def check(self) -> None:
        self.demand_axes("before", self.before, 0)
        self.demand_axes("after", self.after, 0)

    @property
    def output_shape(self) -> Shape:
        sizes = zip(self.input_shape, self.before, self.after, strict=True)
        return tuple(size + before + after for size, before, after in sizes)

    def move(self, x: np.ndarray, fill: float) -> np.ndarray:
        width = ((0, 0), *zip(self.before, self.after, strict=True))
        return np.pad(x, width, constant_values=fill)

    @property
    def zeros_around(self) -> tuple[tuple[int, int], ...]:
        return tuple(zip(self.before, self.after, strict=True))

    def lifted(self) -> Pad:
        return Pad((1, *self.input_shape), (0, *self.before), (0, *self.after))


@dataclass(frozen=True, eq=False)
class Slice(Rearrange):
    """A block of the input, as cropping leaves it, or every n-th unit of one.

    Parameters
    ----------
    input_shape : tuple of int
    start, stop : tuple of int
        Range along each axis.
    steps : tuple of int
        Distance of the units that are taken along each axis; empty for 1 along all.
    """

    start: Shape
    stop: Shape
    steps: Shape = ()

    def check(self) -> None:
        self.demand_axes("start", self.start, 0)
        self.demand_axes("stop", self.stop, 1)
        self.demand_axes("steps", self.steps or (1,) * len(self.start), 1)
        ends = zip(self.start, self.stop, self.input_shape, strict=True)
        self.demand(
            all(start < stop <= size for start, stop, size in ends),
            f"start {self.start} and stop {self.stop} leave the input or take nothing",
            f"a block inside {self.input_shape}",
        )

    @property
    def ranges(self) -> tuple[tuple[int, int, int], ...]:
        """Start, stop and step along each axis."""
        steps = self.steps or (1,) * len(self.start)
        return tuple(zip(self.start, self.stop, steps, strict=True))

    @property
    def output_shape(self) -> Shape:
        return tuple(len(range(*ends)) for ends in self.ranges)

    def move(self, x: np.ndarray, fill: float) -> np.ndarray:
        return x[(slice(None), *(slice(*ends) for ends in self.ranges))]

    def lifted(self) -> Slice:
        steps = (1, *self.steps) if self.steps else ()
        return Slice((1, *self.input_shape), (0, *self.start), (1, *self.stop), steps)


@dataclass(frozen=True, eq=False)
class Take(Rearrange):
    """Chosen places along one axis, in any order.

    Parameters
    ----------
    input_shape : tuple of int
    axis : int
        From 0; samples do not count.
    index : tuple of int
        Place that each output reads along the axis; -1 for none, which gives 0.
    """

    axis: int
    index: Shape

    def check(self) -> None:
        axes = len(self.input_shape)
        self.demand(0 <= self.axis < axes, f"axis is {self.axis}", f"an axis of {self.input_shape}")
        size = self.input_shape[self.axis]
        self.demand(
            bool(self.index) and min(self.index) >= -1 and max(self.index) < size,
            f"index is {self.index}",
            f"indices from 0 to {size - 1}, or -1 for none",
        )

    @property
    def output_shape(self) -> Shape:
        shape = self.input_shape
        return (*shape[: self.axis], len(self.index), *shape[self.axis + 1 :])

    def move(self, x: np.ndarray, fill: float) -> np.ndarray:
        index = np.asarray(self.index)
        moved = x.take(index, axis=self.axis + 1)
        if (index < 0).any():
            moved[(slice(None),) * (self.axis + 1) + (index < 0,)] = fill
        return moved

    @property
    def synapse_count(self) -> int:
        """Connections where units are repeated; moving a unit elsewhere makes none."""
        read = [place for place in self.index if place >= 0]
        repeats = len(set(read)) < len(read)
        return self.output_size // len(self.index) * len(read) if repeats else 0


@dataclass(frozen=True, eq=False)
class Permute(Rearrange):
    """The axes in another order.

    Parameters
    ----------
    input_shape : tuple of int
    order : tuple of int
        Axis of the input that each axis of the output is; from 0, samples not counted.
    """

    order: Shape

    def check(self) -> None:
        axes = tuple(range(len(self.input_shape)))
        self.demand(
            tuple(sorted(self.order)) == axes,
            f"order is {self.order}",
            f"each of {axes}, the axes of {self.input_shape}, once",
        )

    @property
    def output_shape(self) -> Shape:
        return tuple(self.input_shape[axis] for axis in self.order)

    def move(self, x: np.ndarray, fill: float) -> np.ndarray:
        return np.ascontiguousarray(x.transpose(0, *(axis + 1 for axis in self.order)))

    def lifted(self) -> Permute:
        return Permute((1, *self.input_shape), (0, *(axis + 1 for axis in self.order)))


@dataclass(frozen=True, eq=False)
class Repeat(Rearrange):
    """Every unit several times along each axis: upsampling by the nearest neighbour.

    Parameters
    ----------
    input_shape : tuple of int
    factors : tuple of int
        How often along each axis.
    """

    factors: Shape

    def check(self) -> None:
        self.demand_axes("factors", self.factors, 1)

    @property
    def output_shape(self) -> Shape:
        return tuple(n * factor for n, factor in zip(self.input_shape, self.factors, strict=True))

    def move(self, x: np.ndarray, fill: float) -> np.ndarray:
        for axis, factor in enumerate(self.factors):
            if factor > 1:
                x = np.repeat(x, factor, axis=axis + 1)
        return x

    def lifted(self) -> Repeat:
        return Repeat((1, *self.input_shape), (1, *self.factors))

    @property
    def synapse_count(self) -> int:
        return self.output_size
