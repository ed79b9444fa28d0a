"""An ONNX graph, free of the library's own types: its inputs, and what a value depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.errors import ModelFileError, UnsupportedLayerError
from workbench.ingest.onnx_ops import Operation
from workbench.network.layer import Shape

Dims = tuple[int | str | None, ...]


@dataclass(frozen=True)
class Graph:
    """An ONNX graph, free of the library's own types.

    Parameters
    ----------
    name : str
    inputs : tuple of (name, sizes or None)
        Samples included; a size that is not fixed is a name or None.
    outputs : tuple of str
    operations : tuple of Operation
        In topological order.
    constants : mapping of str to ndarray
        Weights and other values that are stored.
    compute : function of (Operation, list of ndarray) to list of ndarray
        Computes an operation whose inputs are all known.
    inferred : function to mapping of str to sizes
        Shapes that are known of values inside the graph; asked for after a refusal only.
    """

    name: str
    inputs: tuple[tuple[str, Dims | None], ...]
    outputs: tuple[str, ...]
    operations: tuple[Operation, ...]
    constants: Mapping[str, np.ndarray]
    compute: Callable[[Operation, list[np.ndarray]], list[np.ndarray]]
    inferred: Callable[[], Mapping[str, Dims]] = dict

    @property
    def batch(self) -> int | None:
        """Number of samples of one run, None where any number will do."""
        first = self.inputs[0][1] if self.inputs else None
        return first[0] if first and isinstance(first[0], int) else None


def fixed_inputs(graph: Graph, input_shape: Shape | None) -> list[tuple[str, Shape]]:
    """Return names and shapes of the inputs, samples left out.

    Raises
    ------
    ModelFileError, UnsupportedLayerError
    """
    if input_shape is not None:
        return [_given_shape(graph, tuple(int(n) for n in input_shape))]
    problems, named = [], []
    for name, dims in graph.inputs:
        shape = None if dims is None else dims[1:]
        if not shape or any(not isinstance(n, int) for n in shape):
            shown = "unknown size" if not shape else f"variable size {shape}"
            problems.append(
                f"Input '{name}' of model '{graph.name}' is of {shown}; supported: fixed sizes, "
                "except for the number of samples. Give one: wb.load(..., input_shape=(channels, "
                "height, width))."
            )
            continue
        named.append((name, tuple(n for n in shape if isinstance(n, int))))
    if not graph.inputs:
        problems.append(f"Model '{graph.name}' has no input. Export it with the data as its input.")
    if problems:
        raise UnsupportedLayerError(problems)
    return named


def _given_shape(graph: Graph, wanted: Shape) -> tuple[str, Shape]:
    name, dims = graph.inputs[0] if graph.inputs else ("", None)
    own = None if dims is None else dims[1:]
    fits = own is None or (
        len(own) == len(wanted)
        and all(a == b or not isinstance(a, int) for a, b in zip(own, wanted, strict=True))
    )
    if len(graph.inputs) != 1 or not fits or not wanted or min(wanted) < 1:
        shown = ", ".join(str(None if d is None else d[1:]) for _, d in graph.inputs)
        raise ModelFileError(
            f"Model '{graph.name}' takes inputs of shape {shown}; input_shape is {wanted}. Give "
            "a shape that fits, without the number of samples, or leave it out."
        )
    return name, wanted


def needed_for(operations: Sequence[Operation], wanted: str) -> list[Operation]:
    """Return the operations that a value depends on, in order."""
    needed, chosen = {wanted}, []
    for operation in reversed(operations):
        if needed.intersection(operation.outputs):
            needed.update(operation.inputs)
            chosen.append(operation)
    return chosen[::-1]
