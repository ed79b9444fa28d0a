"""The base of every layer: one map from inputs to an output, with its connections.

A layer owns its shapes, its analog forward pass and its synapses. Counts, bounds, fan-out and the
connectivity of engines and exporters derive from these, so that a new layer is right everywhere.
A layer refuses arrays and options that do not fit together when it is made.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Iterator
from functools import cached_property
from typing import Any, cast

import numpy as np

from workbench.errors import StructureError
from workbench.network.bounds import Bounds, connections, derived_bounds, disagreement
from workbench.network.closed_forms import FORMS, ClosedForms
from workbench.network.field_types import fits, hints, plain, shown

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


_OWN = "workbench."
"""How the names of the workbench's own modules begin."""

MOST_UNITS = 2**31
"""Units of a layer, whose numbers are 32-bit integers in the engines' tables."""


@dataclasses.dataclass(frozen=True, eq=False)
class Layer(ClosedForms):
    """One map of the network; frozen, with read-only copies of its arrays.

    A subclass says its shapes, `forward` and `synapses`; all else follows from these. What has a
    closed form may be said besides, in the same class body; `ClosedForms` lists what else passes
    ask for. A class that overrides `synapses` or
    `forward`, and any class from outside the workbench, inherits no closed form that was written
    for another.

    Raises
    ------
    StructureError
        When it is made, if its arrays and options do not fit together.
    """

    def __init_subclass__(cls) -> None:
        known = LAYER_KINDS.get(cls.__name__)
        home = cls.__module__ if known is None else known.__module__
        if home.startswith(_OWN) and home != cls.__module__:
            raise StructureError(
                f"The layer kind '{cls.__name__}' exists in {home}, and engines, "
                "exporters and files know layers by their kind. Give the class another name."
            )
        LAYER_KINDS[cls.__name__] = cls
        own = vars(cls)
        is_foreign = not cls.__module__.startswith(_OWN)
        stale: tuple[str, ...] = _OF_FORWARD if "forward" in own else ()
        if is_foreign or "synapses" in own:
            stale = _OF_SYNAPSES
        for name in stale:
            if name not in own:
                setattr(cls, name, inspect.getattr_static(Layer, name))

    def __post_init__(self) -> None:
        expected = hints(cast("Any", type(self)))
        for field in dataclasses.fields(self):
            value = plain(getattr(self, field.name))
            object.__setattr__(self, field.name, value)
            is_given = value is not field.default
            if is_given and not fits(value, expected[field.name], measured=True):
                self.demand(False, f"{field.name} is {shown(value)}", f"{field.type}, finite")
            if isinstance(value, np.ndarray):
                ok = value.dtype.kind in "biuf"
                self.demand(ok, f"{field.name} holds {value.dtype}", "an array of numbers")
                object.__setattr__(self, field.name, frozen(value))
        self.check()
        if type(self).output_shape is not Layer.output_shape:
            for shape in self.input_shapes:
                self.check_shape("input_shape", shape)
            self.check_shape("output_shape", self.output_shape)

    def check(self) -> None:
        """Refuse arrays and options that do not fit together; of declared types they are.

        Raises
        ------
        StructureError
        """

    def demand(self, fits_together: bool, problem: str, accepted: str) -> None:
        """Raise a StructureError that names the layer's kind, unless something holds.

        Parameters
        ----------
        fits_together : bool
        problem : str
            The field and its value: "strides is (0, 1)".
        accepted : str
            What is accepted instead.
        """
        if not fits_together:
            raise StructureError(f"{self.kind}.{problem}; accepted: {accepted}.")

    def _unsaid(self, method: str, what: str) -> StructureError:
        return StructureError(f"{self.kind} has no {what}; define `{method}` in its class.")

    def check_shape(self, name: str, shape: Shape) -> None:
        """Refuse a shape that has no units, or more than can be numbered."""
        self.demand(
            0 < len(shape) <= 8 and min(shape) > 0 and math.prod(shape) < MOST_UNITS,
            f"{name} is {shape}",
            f"1 to 8 axes, each at least 1, and fewer than {MOST_UNITS:,} units",
        )

    @property
    def is_foreign(self) -> bool:
        """Whether the class is one of somebody else, which other programs do not have."""
        return not type(self).__module__.startswith(_OWN)

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
        raise self._unsaid("output_shape", "output shape")

    @property
    def output_size(self) -> int:
        return math.prod(self.output_shape)

    def forward(self, *inputs: np.ndarray) -> np.ndarray:
        """Map (samples, *input_shape) arrays to (samples, *output_shape)."""
        raise self._unsaid("forward", "forward pass")

    def synapses(self, input_index: int = 0) -> Iterator[Synapses]:
        """Yield chunks (pre, post, weight) of the connections from one input.

        Units are flat C-order indices (int64). A connection that exists with weight 0 is
        listed; a tap outside the image is not.
        """
        raise self._unsaid("synapses", "synapses")

    @cached_property
    def bounds(self) -> Bounds:
        """Bounds of weights and sums, over all inputs together."""
        return derived_bounds(self)

    @cached_property
    def weighted(self) -> bool:
        """Whether the layer multiplies by numbers of its own."""
        return not self.bounds.lowest == self.bounds.highest == 1

    @cached_property
    def mixing(self) -> bool:
        """Whether outputs are weighted sums over several units; neurons lie between two such."""
        count = np.zeros(self.output_size, np.int64)
        for post in connections(self) if self.weighted else ():
            count += np.bincount(post, minlength=count.size)
        return bool((count > 1).any())

    @property
    def at_rest(self) -> np.ndarray:
        """Outputs when all inputs are 0, the bias; float64, shape (*output_shape)."""
        zeros = [np.zeros((1, *shape)) for shape in self.input_shapes]
        return np.asarray(self.forward(*zeros))[0]

    @cached_property
    def adds_constant(self) -> bool:
        """Whether outputs may be other than 0 when all inputs are 0."""
        return bool(self.at_rest.any())

    @cached_property
    def keeps_sign(self) -> bool:
        """Whether outputs are below 0 only where inputs are; weights are taken to be negative."""
        return not (self.weighted or self.disagreement or (self.at_rest < 0).any())

    @property
    def reshapes(self) -> bool:
        """Whether the output is the input under another shape."""
        return self.renames and not self.idle

    def moves(self) -> np.ndarray | None:
        """Input unit that each output unit is, -1 for none, which is 0; int64, shape (outputs,).

        None where outputs may be more than single inputs.
        """
        return np.arange(self.output_size) if self.renames else None

    @cached_property
    def disagreement(self) -> str:
        """How `forward` differs from the sums over `synapses`, in words; "" where it does not.

        Layers that say their bounds in a closed form have been compared by tests.
        """
        return disagreement(self) if type(self).bounds is Layer.bounds else ""

    def part(self, input_index: int) -> Layer:
        """Return what the layer does to one of its inputs, as a layer of that input alone."""
        if len(self.input_shapes) == 1:
            return self
        from workbench.network.sparse import Sparse  # a layer itself

        return Sparse.of(self, input_index)

    def negated(self) -> Layer:
        """Return a layer that gives -y where this one gives y."""
        from workbench.network.sparse import Sparse  # a layer itself

        return Sparse.of(self).negated()

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
    def synapse_formula(self) -> str:
        """How the number of synapses comes about, in words."""
        return f"{self.synapse_count:,} connections"

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


def check_bias(layer: Layer, bias: np.ndarray | None, units: int) -> None:
    """Refuse a bias that is not one number for each of some channels or units."""
    if bias is not None:
        fits_together = bias.shape == (units,)
        layer.demand(fits_together, f"bias has the shape {bias.shape}", f"the shape {(units,)}")


def bias_at_rest(layer: Any) -> np.ndarray:
    """Return `Layer.at_rest` of a layer with a bias per channel, which takes up no memory."""
    bias = np.zeros(1) if layer.bias is None else layer.bias.astype(np.float64)
    return np.broadcast_to(bias, layer.output_shape)


def with_negated_weights(layer: Any) -> Layer:
    """Return a layer of a kernel and maybe a bias that gives -y where this one gives y."""
    bias = None if layer.bias is None else -layer.bias
    negated: Layer = layer.replace(kernel=-layer.kernel, bias=bias)
    return negated


def rescaled(layer: Any, scale: np.ndarray, shift: np.ndarray) -> Layer:
    """Return a layer whose kernel, outputs last, and bias take up an affine map behind it.

    In float64, so that one rounding to float32 is all that changes.
    """
    kernel = layer.kernel.astype(np.float64) * scale
    bias = 0.0 if layer.bias is None else layer.bias.astype(np.float64)
    shifted = np.broadcast_to(bias * scale + shift, kernel.shape[-1:])
    changed: Layer = layer.replace(
        kernel=kernel.astype(np.float32), bias=shifted.astype(np.float32)
    )
    return changed


_OF_FORWARD = (*FORMS, "bounds", "at_rest", "adds_constant", "keeps_sign", "moves", "negated")
_OF_SYNAPSES = (
    *_OF_FORWARD,
    "weighted",
    "mixing",
    "part",
    "fan_out",
    "synapse_count",
    "synapse_formula",
    "border_free_synapses",
    "macs",
)
"""What a class inherits no closed form of when it overrides `forward`, or `synapses`."""
