"""The table of handlers, and what a handler is given: one operation of an ONNX graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from workbench.ingest.builder import GraphBuilder, Tensor, Translation, Unsupported, kept
from workbench.network.layer import Shape
from workbench.network.structure import Reshape
from workbench.util.handlers import Handlers


@dataclass(frozen=True)
class Operation:
    """One node of an ONNX graph, free of the library's own types.

    Parameters
    ----------
    name : str
        Of the node, or of its first output where the node has none.
    kind : str
        Its op type, with the domain ahead unless that is ONNX' own.
    inputs, outputs : tuple of str
        Names of values; "" for an optional one that is left out.
    attributes : mapping
        Strings decoded, tensors as arrays.
    source : object
        The library's own node, with which constants are computed.
    modules : tuple of str
        That the operation lies in, outermost first, as their authors named them.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    source: Any = None
    modules: tuple[str, ...] = ()


@dataclass
class Arranger:
    """Brings tensors to an order of axes, each once."""

    builder: GraphBuilder
    _done: dict[tuple[Tensor, bool], Tensor] = field(default_factory=dict)

    def channels_last(self, tensor: Tensor) -> Tensor:
        """Return a tensor whose source has the channels first, stored with the channels last."""
        if tensor.channels_first or len(tensor.source_shape) < 2:
            return tensor
        first, *places = tensor.shape
        return self._moved(tensor, (*places, first), self.builder.channels_last)

    def in_source_order(self, tensor: Tensor) -> Tensor:
        """Return a tensor whose stored axes are the source's."""
        if not tensor.channels_first:
            return tensor
        return self._moved(tensor, tensor.source_shape, self.builder.in_source_order)

    def _moved(self, tensor: Tensor, target: Shape, permute: Callable[[Tensor], Tensor]) -> Tensor:
        key = (tensor, not tensor.channels_first)
        if key not in self._done:
            self._done[key] = self._reshaped(tensor, target) or permute(tensor)
        return self._done[key]

    def _reshaped(self, tensor: Tensor, target: Shape) -> Tensor | None:
        """Rename the axes where no unit changes its place; None where units do."""
        if not keeps_order(tensor):
            return None
        layer = Reshape(tensor.shape, target)
        moved = self.builder.append(f"{tensor.node}_reshape", kept(layer), [tensor])
        return replace(moved, channels_first=not tensor.channels_first)


def keeps_order(tensor: Tensor) -> bool:
    """Whether moving the channels leaves every unit at its place: one channel, or one place."""
    channels, places = tensor.source_shape[:1], tensor.source_shape[1:]
    return math.prod(channels) == 1 or math.prod(places) == 1


Adder = Callable[[Translation, Sequence[Tensor], str], Tensor]


@dataclass
class Call:
    """One operation with the values it reads; handlers ask it and answer with its `append`.

    Parameters
    ----------
    operation : Operation
    values : tuple of Tensor, ndarray or None
        Tensors of the network, constants, or None where an optional input is left out.
    arranger : Arranger
    add : function of (Translation, inputs, name) to Tensor
        Puts the layers into the network.
    batch : int
        What shapes have as the number of samples.
    stored : collection of str
        Names of the constants that the file stores, in contrast to those it computes.
    added : ndarray or None
        A constant that is added to the result, by an addition of its own in the file.
    makes_logarithms : bool
        Whether the operation is the logarithm of probabilities with which the network ends.
    """

    operation: Operation
    values: tuple[Tensor | np.ndarray | None, ...]
    arranger: Arranger
    add: Adder
    batch: int
    stored: Collection[str] = ()
    added: np.ndarray | None = None
    makes_logarithms: bool = False

    def attribute(self, name: str, default: Any = None) -> Any:
        """Return an attribute, or what ONNX takes where it is left out."""
        return self.operation.attributes.get(name, default)

    def value(self, index: int) -> Tensor | np.ndarray | None:
        """Return an input, None where it is left out."""
        return self.values[index] if index < len(self.values) else None

    def tensor(self, index: int = 0) -> Tensor:
        """Return an input that depends on the network's, as it is stored."""
        value = self.value(index)
        if not isinstance(value, Tensor):
            raise Unsupported(
                f"has a constant as input {index}; supported: a tensor that the network computes. "
                "Fold constants when exporting."
            )
        return value

    def constant(self, index: int, what: str) -> np.ndarray | None:
        """Return an input that must be known when the file is read; None where it is left out."""
        value = self.value(index)
        if isinstance(value, Tensor):
            raise Unsupported(
                f"has {what} that the network computes; supported: constants. Export the trained "
                "model with its weights, and with fixed sizes."
            )
        return value

    def weights(self, index: int, what: str) -> np.ndarray | None:
        """Return a constant as float32."""
        found = self.constant(index, what)
        return None if found is None else np.asarray(found, np.float32)

    def bias(self, index: int) -> np.ndarray | None:
        """Return a bias as float32; None for zeros that the file computes to fill a place."""
        found = self.weights(index, "a bias")
        filled = found is not None and self.operation.inputs[index] not in self.stored
        return None if found is None or (filled and not found.any()) else found

    def integers(self, index: int, what: str) -> list[int] | None:
        """Return a constant as a list of integers."""
        found = self.constant(index, what)
        return None if found is None else [int(n) for n in np.asarray(found).reshape(-1)]

    def channels_last(self, index: int = 0) -> Tensor:
        """Return an input of which ONNX has the channels first, stored with the channels last."""
        return self.arranger.channels_last(self.tensor(index))

    def in_source_order(self, index: int = 0) -> Tensor:
        """Return an input stored as ONNX has it."""
        return self.arranger.in_source_order(self.tensor(index))

    def with_last(self, index: int, axis: int) -> Tensor:
        """Return an input stored so that one axis of ONNX' (from 0, samples counted) is last."""
        tensor = self.tensor(index)
        rank = len(tensor.source_shape)
        if axis == rank:
            return self.arranger.in_source_order(tensor)
        if axis == 1:
            return self.arranger.channels_last(tensor)
        raise Unsupported(
            f"acts along axis {axis} of {rank + 1}; supported: 1 (channels) and {rank} (the last). "
            "Transpose first."
        )

    def alike(self, indices: Sequence[int]) -> list[Tensor]:
        """Return inputs stored in one order of axes: channels last if one of them is."""
        tensors = [self.tensor(index) for index in indices]
        if any(tensor.channels_first for tensor in tensors):
            return [self.arranger.channels_last(tensor) for tensor in tensors]
        return tensors

    def check_unfolded(self) -> None:
        """Refuse inputs whose places the source has folded into the samples' axis."""
        if any(isinstance(value, Tensor) and value.folded for value in self.values):
            raise Unsupported(
                "reads positions that a reshape has folded into the batch axis; supported there: "
                f"{', '.join(FOLDABLE)}. Reshape back before it."
            )

    def append(
        self, translation: Translation, inputs: Sequence[Tensor], suffix: str = ""
    ) -> Tensor:
        """Add the layers that this operation becomes and return what they give.

        Axes are stored as the first input has them.
        """
        result = self.add(translation, inputs, self.operation.name + suffix)
        return replace(result, channels_first=result.channels_first and len(result.shape) > 1)


FOLDABLE = (
    "Relu", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "Clip", "PRelu", "Softmax",
    "MatMul", "Gemm", "BatchNormalization", "Add", "Sub", "Mul", "Div", "Neg",
    "Identity", "Dropout", "Cast", "CastLike", "Reshape",
)  # fmt: skip
"""Operations that may stand where a source has folded places into the samples' axis."""

Handler = Callable[[Call], "Tensor | tuple[Tensor, ...]"]
ONNX_OPS: Handlers[Handler] = Handlers("read from ONNX")


def positive_axis(axis: int, tensor: Tensor) -> int:
    """Return an axis counted from the front, samples included, as ONNX counts.

    Raises
    ------
    Unsupported
        If it is the axis of the samples, or there is none such.
    """
    rank = len(tensor.source_shape) + 1
    found = axis + rank if axis < 0 else axis
    if not 0 < found < rank:
        raise Unsupported(
            f"acts along axis {axis} of {rank}; supported: any but the batch axis 0. Flatten the "
            "others first."
        )
    return found


def stored_axis(axis: int, tensor: Tensor) -> int:
    """Return which stored axis (from 0, samples not counted) an axis of ONNX' is."""
    found = positive_axis(axis, tensor) - 1
    if not tensor.channels_first:
        return found
    return len(tensor.shape) - 1 if found == 0 else found - 1
