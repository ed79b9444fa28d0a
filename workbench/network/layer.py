"""The base of every layer: one map from inputs to an output, with its connections.

A layer owns its shapes, its analog forward pass and its synapses. Counts, fan-out and the
connectivity of exporters derive from these, so that a new layer is right everywhere.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

Shape = tuple[int, ...]
Synapses = tuple[np.ndarray, np.ndarray, np.ndarray]

LAYER_KINDS: dict[str, type[Layer]] = {}


def frozen(array: np.ndarray) -> np.ndarray:
    """Return a read-only array in C order that nobody else can write to.

    One that is so already is returned as it is: layers that share weights share the memory.
    """
    if not array.flags.writeable and array.flags.c_contiguous and array.base is None:
        return array
    array = np.array(array, order="C")
    array.setflags(write=False)
    return array


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """One map of the network; frozen, with read-only copies of its arrays."""

    weighted: ClassVar[bool] = False
    """Whether the layer multiplies by numbers of its own."""

    mixing: ClassVar[bool] = False
    """Whether outputs are weighted sums over different units; neurons lie between two such maps."""

    def __init_subclass__(cls) -> None:
        LAYER_KINDS[cls.__name__] = cls

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                object.__setattr__(self, field.name, frozen(value))

    @property
    def kind(self) -> str:
        return type(self).__name__

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        """Shape of each input, without the sample axis."""
        return (self.input_shape,)  # type: ignore[attr-defined]

    @property
    def output_shape(self) -> Shape:
        """Shape of the output, without the sample axis."""
        raise TypeError(f"{self.kind} does not say its output shape")

    @property
    def output_size(self) -> int:
        return math.prod(self.output_shape)

    def forward(self, *inputs: np.ndarray) -> np.ndarray:
        """Map (samples, *input_shape) arrays to (samples, *output_shape)."""
        raise TypeError(f"{self.kind} has no forward pass")

    def synapses(self, input_index: int = 0) -> Iterator[Synapses]:
        """Yield chunks (pre, post, weight) of the connections from one input.

        Units are flat C-order indices (int64). A connection that exists with weight 0 is
        listed; a tap outside the image is not.
        """
        raise TypeError(f"{self.kind} has no synapses")

    def fan_out(self, input_index: int = 0) -> np.ndarray:
        """Number of connections that leave each unit of an input; int64, shape (units,)."""
        count = np.zeros(math.prod(self.input_shapes[input_index]), np.int64)
        for pre, _, _ in self.synapses(input_index):
            count += np.bincount(pre, minlength=count.size)
        return count

    @property
    def working_size(self) -> int:
        """Numbers that a forward pass of one sample holds at once, roughly."""
        return self.output_size + sum(math.prod(shape) for shape in self.input_shapes)

    @property
    def synapse_count(self) -> int:
        """Connections that exist, all inputs together."""
        return sum(int(self.fan_out(index).sum()) for index in range(len(self.input_shapes)))

    @property
    def border_free_synapses(self) -> int:
        """Connections if every input unit had the full fan-out, as snn_toolbox counts."""
        return self.synapse_count

    @property
    def parameter_count(self) -> int:
        """Number of stored weights and biases."""
        return sum(array.size for array in self.arrays())

    def arrays(self) -> list[np.ndarray]:
        """Arrays of stored weights and biases."""
        values = (getattr(self, field.name) for field in dataclasses.fields(self))
        return [value for value in values if isinstance(value, np.ndarray)]

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one forward pass of one sample."""
        return self.synapse_count if self.weighted else 0

    @property
    def additions(self) -> int:
        """Additions beside the MACs: one per output unit if a bias is not zero."""
        bias = getattr(self, "bias", None)
        return self.output_size if bias is not None and np.any(bias) else 0

    def replace(self, **changes: Any) -> Any:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)
