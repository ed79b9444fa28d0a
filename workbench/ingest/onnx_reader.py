"""Reading an ONNX graph: constants are computed, operations translated, problems collected."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from workbench.errors import StructureError, UnsupportedLayerError
from workbench.ingest.builder import (
    MALFORMED,
    GraphBuilder,
    Tensor,
    Translation,
    Unsupported,
    shared_arrays,
)
from workbench.ingest.files import shortened
from workbench.ingest.onnx_graph import Graph, fixed_inputs, needed_for
from workbench.ingest.onnx_ops import ONNX_OPS, Call, Operation
from workbench.ingest.onnx_ops.handlers import FOLDABLE, Adder, Arranger
from workbench.ingest.onnx_outputs import chosen_output, logarithm, refusal
from workbench.network.activation import Activation
from workbench.network.graph import Network
from workbench.network.layer import Shape

VARIABLE_BATCH = 7
"""Stands in shapes for a number of samples that is not fixed: one that few sizes happen to be."""

NOT_CONSTANT = ("RandomNormal", "RandomUniform", "If", "Loop", "Scan")
"""Operations that are no function of their inputs alone, or hold graphs of their own."""

CONSTANT = "removed: a constant"

Value = Tensor | np.ndarray | None


@dataclass(frozen=True)
class Reading:
    """What became of a graph.

    Parameters
    ----------
    network : Network
        Not verified yet.
    output : str
        Name of the value that it gives.
    of_probabilities : bool
        Whether that value is the logarithm of what the network gives.
    """

    network: Network
    output: str
    of_probabilities: bool = False

    def comparable(self, outputs: np.ndarray) -> np.ndarray:
        """Return the graph's own outputs as the network gives them."""
        if self.of_probabilities:
            outputs = np.exp(outputs)
        # Of one number per sample, the axis may have been dropped.
        return outputs.reshape(-1, 1) if outputs.ndim < 2 else outputs


def read_graph(graph: Graph, input_shape: Shape | None, output: str | None) -> Reading:
    """Read a graph into a network that is not verified yet.

    Parameters
    ----------
    graph : Graph
    input_shape, output
        See `workbench.ingest.onnx.load_onnx_file`.

    Raises
    ------
    ModelFileError
        If the given input shape does not fit the model's.
    UnsupportedLayerError
        If operations or inputs are not supported; all of them are named.
    """
    wanted = chosen_output(graph, output)
    named = fixed_inputs(graph, input_shape)
    reader = _Reader(graph, wanted)
    network = reader.read(named)
    return Reading(network, wanted, reader.logarithm is not None)


@dataclass
class _Reader:
    """Translates the operations that a wanted value depends on, in order."""

    graph: Graph
    wanted: str
    values: dict[str, Value] = field(default_factory=dict)
    first_uses: dict[tuple[str, str], Translation] = field(default_factory=dict)
    biases: dict[str, str] = field(default_factory=dict)
    """Constants that an addition puts to a product of matrices, by the product's output."""

    def __post_init__(self) -> None:
        self.builder = GraphBuilder(self.graph.name)
        self.arranger = Arranger(self.builder)
        self.batch = self.graph.batch or VARIABLE_BATCH
        self.stored = set(self.graph.constants)
        self.operations = needed_for(self.graph.operations, self.wanted)
        self.logarithm = logarithm(tuple(self.operations), self.wanted)
        self.readers: dict[str, list[Operation]] = {}
        for operation in self.operations:
            for name in operation.inputs:
                self.readers.setdefault(name, []).append(operation)

    def read(self, named: Sequence[tuple[str, Shape]]) -> Network:
        """Return the network.

        Parameters
        ----------
        named : sequence of (name, shape)
            The inputs.
        """
        self.values.update(self.graph.constants)
        inputs = self.builder.inputs(named)
        self.values.update(zip((name for name, _ in named), inputs, strict=True))
        for operation in self.operations:
            self._compute(operation)
        self._join_biases()
        for operation in self.operations:
            if operation.outputs[0] not in self.values:
                self._read(operation)
        last = self.values.get(self.wanted)
        if isinstance(last, np.ndarray):
            self.builder.refuse(f"Output '{self.wanted}' does not depend on the input.")
        elif isinstance(last, Tensor) and last.folded:
            self.builder.refuse(
                f"Output '{self.wanted}' has the places folded into the samples' axis; supported: "
                "one output per sample. Reshape it back, to (samples, places, features)."
            )
        if self.builder.problems or not isinstance(last, Tensor):
            raise UnsupportedLayerError(self.builder.problems)
        return self.builder.finish(self._as_output(last))

    def _compute(self, operation: Operation) -> bool:
        """Compute an operation whose inputs are all known; return whether they were."""
        inputs = [self.values.get(name) for name in operation.inputs if name]
        if not all(isinstance(value, np.ndarray) for value in inputs):
            return False
        if operation.kind.startswith(NOT_CONSTANT) or "." in operation.kind:
            return False  # Those with a dot are of other domains, which onnx cannot compute.
        if operation.kind == "Identity" and operation.inputs[0] in self.stored:
            # Exporters store equal weights once; they are those of several layers all the same.
            self.stored.add(operation.outputs[0])
        results: list[Any] = [None] * len(operation.outputs)
        try:
            results = self.graph.compute(operation, [np.asarray(value) for value in inputs])
        except Exception as error:  # Whatever the library raises for what it cannot compute.
            self.builder.refuse(
                f"{operation.name} ({operation.kind}) is a constant that onnx cannot compute: "
                f"{error}. Export the model with constants folded."
            )
        self.values.update(zip(operation.outputs, results, strict=False))
        if operation.kind != "Constant":
            self.builder.rows.append((operation.name, operation.kind, CONSTANT))
        return True

    def _join_biases(self) -> None:
        """Note the additions that are the bias of the product of matrices before them."""
        for operation in self.operations:
            result = operation.outputs[0]
            readers = self.readers.get(result, [])
            if operation.kind != "MatMul" or result == self.wanted or len(readers) != 1:
                continue
            (addition,) = readers
            others = [name for name in addition.inputs if name != result]
            matrix = self.values.get(operation.inputs[1])
            if addition.kind != "Add" or len(others) != 1 or not isinstance(matrix, np.ndarray):
                continue
            bias = self.values.get(others[0])
            # scikit-learn's exporter writes biases with an axis of size 1 for the samples.
            if not isinstance(bias, np.ndarray) or bias.size != matrix.shape[-1]:
                continue
            if bias.shape[-1:] == (bias.size,):
                self.biases[result] = others[0]

    def _read(self, operation: Operation) -> None:
        """Translate one operation; its outputs stay unknown if it, or what it reads, is refused."""
        names = operation.inputs
        values = tuple(self.values.get(name) for name in names)
        handler = ONNX_OPS.get(operation.kind)
        missing = any(name and value is None for name, value in zip(names, values, strict=True))
        if self._tell(operation, values):
            return
        if not missing and self._compute(operation):
            return
        if handler is None:
            self._refuse(operation, refusal(operation))
        elif not missing:
            self._translate(operation, handler, values)

    def _tell(self, operation: Operation, values: tuple[Value, ...]) -> bool:
        """Answer an operation that asks for a tensor's sizes or type; return whether it does."""
        last = values[-1] if values else None
        if not isinstance(last, Tensor):
            return False
        if operation.kind == "Shape":
            samples = self.batch * math.prod(last.shape[: last.folded])
            shape = np.array([samples, *last.source_shape], np.int64)
            start, end = (operation.attributes.get(name) for name in ("start", "end"))
            result = shape[slice(start, end)]
        elif operation.kind == "CastLike" and isinstance(values[0], np.ndarray):
            result = values[0].astype(np.float32)
        else:
            return False
        self.values[operation.outputs[0]] = result
        self.builder.rows.append((operation.name, operation.kind, CONSTANT))
        return True

    def _translate(
        self, operation: Operation, handler: Callable[[Call], Any], values: tuple[Value, ...]
    ) -> None:
        product = next((name for name in operation.inputs if name in self.biases), None)
        if product is not None and operation.kind == "Add":
            self._finish_bias(operation, product)
            return
        bias = self.values.get(self.biases.get(operation.outputs[0], ""))
        call = Call(
            operation,
            values,
            self.arranger,
            self._adder(operation),
            self.batch,
            self.stored,
            bias if isinstance(bias, np.ndarray) else None,
            operation is self.logarithm,
        )
        try:
            if operation.kind not in FOLDABLE:
                call.check_unfolded()
            found = handler(call)
        except Unsupported as reason:
            self._refuse(operation, f"{operation.name} ({operation.kind}) {reason}")
            return
        except StructureError as problem:
            words = f"{operation.name} ({operation.kind}) does not fit together: {problem}"
            self._refuse(operation, words)
            return
        # Attributes and weights of other types or sizes than the operation takes.
        except MALFORMED as problem:
            words = (
                f"{operation.name} ({operation.kind}) has attributes or weights that do not fit "
                f"({shortened(problem)}). Export the model again."
            )
            self._refuse(operation, words)
            return
        results = found if isinstance(found, tuple) else (found,)
        self.values.update(zip(operation.outputs, results, strict=False))
        unread = [name for name in operation.outputs[len(results) :] if name in self.readers]
        if unread:
            self.builder.refuse(
                f"{operation.name} ({operation.kind}) gives '{unread[0]}', which is read; "
                "supported: its first output alone."
            )

    def _finish_bias(self, operation: Operation, product: str) -> None:
        """Let an addition that became a bias give what the product gives."""
        owner = next(other for other in self.operations if product in other.outputs)
        self.values[operation.outputs[0]] = self.values[product]
        self.builder.rows.append(
            (operation.name, operation.kind, f"removed: the bias of {owner.name}")
        )

    def _adder(self, operation: Operation) -> Adder:
        """Return what puts the layers of an operation into the network."""
        stored = [n for n in operation.inputs if np.ndim(self.graph.constants.get(n, 0)) > 1]

        def add(translation: Translation, inputs: Sequence[Tensor], name: str) -> Tensor:
            action = translation.action
            if stored:
                first = self.first_uses.setdefault((operation.kind, stored[0]), translation)
                if first is not translation and _kinds(first) == _kinds(translation):
                    translation = shared_arrays(translation, first)
                    action = f"{action}, weights used again"
            self.builder.rows.append((name, operation.kind, action))
            return self.builder.append(name, translation, inputs)

        return add

    def _refuse(self, operation: Operation, problem: str) -> None:
        """Note a problem; where the sizes of the result are known, what follows is read, too."""
        self.builder.refuse(problem)
        for name in operation.outputs:
            shape = self.graph.inferred().get(name, ())[1:]
            if shape and all(isinstance(n, int) for n in shape):
                self.values[name] = Tensor(name, tuple(n for n in shape if isinstance(n, int)))

    def _as_output(self, tensor: Tensor) -> Tensor:
        """Return the output in the source's order of axes, its activation staying the last.

        Unless that treats channels differently, and so has to stay where they stand last.
        """
        node = self.builder.nodes[-1]
        uniform = not any(isinstance(value, tuple) for value in vars(node.activation).values())
        movable = tensor.node == node.name and node.activation.hidden and uniform
        if not (tensor.channels_first and movable):
            return self.arranger.in_source_order(tensor)
        self.builder.nodes[-1] = replace(node, activation=Activation.LINEAR)
        ordered = self.arranger.in_source_order(tensor)
        last = self.builder.nodes[-1]
        self.builder.nodes[-1] = replace(last, activation=node.activation)
        return ordered


def _kinds(translation: Translation) -> list[type]:
    return [type(layer) for layer, _ in translation.steps]
