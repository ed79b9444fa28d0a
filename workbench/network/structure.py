"""Layers that move values without weighing them: input, reshape, identity, add, concatenate."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from workbench.network.bounds import Bounds
from workbench.network.closed_forms import as_image
from workbench.network.layer import Layer, Shape, Synapses
from workbench.network.rearrange import Pad

MOST_INPUTS = 10_000
"""Inputs of one addition."""

ONES = Bounds(1.0, 1.0, 1.0, whole=True)


def _one_to_one(size: int) -> Iterator[Synapses]:
    index = np.arange(size, dtype=np.int64)
    yield index, index, np.ones(size)


@dataclass(frozen=True, eq=False)
class Input(Layer):
    """The place where samples enter."""

    weighted: ClassVar[bool] = False
    mixing: ClassVar[bool] = False
    shape: Shape

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        return ()

    @property
    def output_shape(self) -> Shape:
        return self.shape


@dataclass(frozen=True, eq=False)
class Wire(Layer):
    """A layer that renames its input's units one to one and so makes no connections."""

    weighted: ClassVar[bool] = False
    mixing: ClassVar[bool] = False
    input_shape: Shape

    @property
    def output_shape(self) -> Shape:
        return self.input_shape

    @cached_property
    def bounds(self) -> Bounds:
        return ONES

    def synapses(self, input_index: int = 0) -> Iterator[Synapses]:
        return _one_to_one(math.prod(self.input_shape))

    @property
    def synapse_count(self) -> int:
        """A wire is no synapse: nothing is added to what its neighbours connect."""
        return 0


@dataclass(frozen=True, eq=False)
class Identity(Wire):
    """Passes its input on; carries an activation that stands alone."""

    renames: ClassVar[bool] = True
    idle: ClassVar[bool] = True
    keeps_sign: ClassVar[bool] = True
    factored: ClassVar[bool] = True
    bounds = Wire.bounds

    def forward(self, *inputs: np.ndarray) -> np.ndarray:
        return inputs[0]

    @property
    def integer_form(self) -> None:
        return None

    def carried(self, factor: np.ndarray) -> np.ndarray:
        return factor

    def carried_back(self, factor: np.ndarray) -> np.ndarray:
        return factor

    def lifted(self) -> Identity:
        return Identity(as_image(self.input_shape))


@dataclass(frozen=True, eq=False)
class Reshape(Wire):
    """Same values in C order under another shape, for instance flattened."""

    renames: ClassVar[bool] = True
    keeps_sign: ClassVar[bool] = True
    factored: ClassVar[bool] = True
    bounds = Wire.bounds
    target_shape: Shape = ()

    def check(self) -> None:
        self.demand(
            math.prod(self.input_shape) == math.prod(self.target_shape),
            f"target_shape is {self.target_shape}",
            f"as many units as {self.input_shape} has, {math.prod(self.input_shape):,}",
        )

    @property
    def output_shape(self) -> Shape:
        return self.target_shape

    def forward(self, *inputs: np.ndarray) -> np.ndarray:
        return inputs[0].reshape(len(inputs[0]), *self.target_shape)

    @property
    def integer_form(self) -> Reshape:
        return self

    def carried(self, factor: np.ndarray) -> np.ndarray:
        return factor.reshape(self.target_shape)

    def carried_back(self, factor: np.ndarray) -> np.ndarray:
        return factor.reshape(self.input_shape)


@dataclass(frozen=True, eq=False)
class Add(Layer):
    """Sum of several inputs of one shape."""

    weighted: ClassVar[bool] = False
    mixing: ClassVar[bool] = False
    keeps_sign: ClassVar[bool] = True
    input_shape: Shape
    n_inputs: int

    def check(self) -> None:
        fits = 0 < self.n_inputs <= MOST_INPUTS
        self.demand(fits, f"n_inputs is {self.n_inputs}", f"1 to {MOST_INPUTS:,}")

    @cached_property
    def bounds(self) -> Bounds:
        return Bounds(float(self.n_inputs), 1.0, 1.0, whole=True)

    def part(self, input_index: int) -> Layer:
        return Identity(self.input_shape)

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        return (self.input_shape,) * self.n_inputs

    @property
    def output_shape(self) -> Shape:
        return self.input_shape

    def forward(self, *inputs: np.ndarray) -> np.ndarray:
        total = inputs[0]
        for other in inputs[1:]:
            total = total + other
        return total

    def lifted(self) -> Add:
        return Add(as_image(self.input_shape), self.n_inputs)

    def synapses(self, input_index: int = 0) -> Iterator[Synapses]:
        return _one_to_one(math.prod(self.input_shape))

    @property
    def additions(self) -> int:
        return (self.n_inputs - 1) * self.output_size


@dataclass(frozen=True, eq=False)
class Concatenate(Layer):
    """Several inputs side by side along one axis.

    Parameters
    ----------
    shapes : tuple of tuple of int
        Of the inputs.
    axis : int
        From 0; samples do not count.
    """

    weighted: ClassVar[bool] = False
    mixing: ClassVar[bool] = False
    keeps_sign: ClassVar[bool] = True
    shapes: tuple[Shape, ...]
    axis: int

    def check(self) -> None:
        first = self.shapes[0] if self.shapes else ()
        fits = 0 <= self.axis < len(first)
        self.demand(fits, f"axis is {self.axis}", f"an axis of the inputs {self.shapes}")
        others = {(*shape[: self.axis], *shape[self.axis + 1 :]) for shape in self.shapes}
        self.demand(
            len(others) == 1 and {len(shape) for shape in self.shapes} == {len(first)},
            f"shapes is {self.shapes}",
            f"shapes that are equal but for axis {self.axis}",
        )

    @cached_property
    def bounds(self) -> Bounds:
        return ONES

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        return self.shapes

    @property
    def output_shape(self) -> Shape:
        first = self.shapes[0]
        total = sum(shape[self.axis] for shape in self.shapes)
        return (*first[: self.axis], total, *first[self.axis + 1 :])

    def forward(self, *inputs: np.ndarray) -> np.ndarray:
        return np.concatenate(inputs, axis=self.axis + 1)

    @property
    def joined_axis(self) -> int:
        return self.axis

    def lifted(self) -> Concatenate:
        return Concatenate(tuple(as_image(shape) for shape in self.shapes), self.axis + 1)

    def part(self, input_index: int) -> Pad:
        return self._placed(input_index)

    def _placed(self, input_index: int) -> Pad:
        """Return the map that puts one input where it stands in the output, zeros elsewhere."""
        sizes = [shape[self.axis] for shape in self.shapes]
        shape = self.shapes[input_index]
        zeros = [0] * len(shape)
        before, after = zeros.copy(), zeros.copy()
        before[self.axis] = sum(sizes[:input_index])
        after[self.axis] = sum(sizes[input_index + 1 :])
        return Pad(shape, tuple(before), tuple(after))

    def synapses(self, input_index: int = 0) -> Iterator[Synapses]:
        return self._placed(input_index).synapses()  # `part` may be that of another class

    @property
    def synapse_count(self) -> int:
        """Standing side by side makes no connections."""
        return 0
