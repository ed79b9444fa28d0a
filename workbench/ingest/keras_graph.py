"""Walking the graph of a Keras model, nested models and shared layers included."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.errors import ModelFileError, StructureError, UnsupportedLayerError
from workbench.ingest.builder import (
    MALFORMED,
    GraphBuilder,
    Tensor,
    Translation,
    Unsupported,
    shared_arrays,
)
from workbench.ingest.files import shortened
from workbench.ingest.keras_layers import KERAS_LAYERS, KERAS_OPERATIONS, LAYOUT_FREE, is_known
from workbench.network.graph import Network
from workbench.network.layer import Shape

Found = dict[int, Tensor | None]
"""Tensors of a graph by the id of Keras' own; None where a shape is not known."""


def read_model(
    model: Any, name: str, input_shape: Shape | None, output: str | None
) -> tuple[Network, int]:
    """Read a model into a network that is not verified yet.

    Parameters
    ----------
    model : keras.Model
    name : str
        Of the network.
    input_shape, output
        See `workbench.ingest.keras.from_keras`.

    Returns
    -------
    Network, and the position of the chosen output among the model's.

    Raises
    ------
    UnsupportedLayerError
    """
    graph = graph_of(model)
    if graph is None:
        raise UnsupportedLayerError(
            [
                f"Model '{model.name}' has no graph that can be read: it is unbuilt or "
                "subclassed. Supported: Sequential and functional models with a known input "
                "shape. Add keras.Input(shape=...) or build the model first."
            ]
        )
    _check_types(model, graph)
    position = _chosen(graph, output)
    shapes = _fixed_sizes(model, graph, input_shape)
    builder = GraphBuilder(name)
    reader = _Reader(builder)
    names = [tensor._keras_history.operation.name for tensor in graph.inputs]
    inputs = builder.inputs(list(zip(names, shapes, strict=True)), "InputLayer")
    (last,) = reader.read(graph, list(inputs), [position], "")
    if builder.problems or last is None:
        raise UnsupportedLayerError(builder.problems)
    return builder.finish(last), position


def graph_of(model: Any) -> Any | None:
    """Return a model's functional graph, which Sequential keeps inside; None without one.

    A class that overrides `call` has none that tells what it does.
    """
    graph = getattr(model, "_functional", None) or model
    return graph if hasattr(graph, "_nodes_by_depth") and is_known(type(model).call) else None


def _check_types(model: Any, graph: Any) -> None:
    """Refuse inputs that hold no numbers."""
    held = {t._keras_history.operation.name: str(t.dtype) for t in graph.inputs}
    problems = [
        f"Input '{name}' of model '{model.name}' holds {kind}; supported: floating point and "
        "integers. Save the model with an input of float32."
        for name, kind in held.items()
        if not kind.startswith(("float", "bfloat", "int", "uint"))
    ]
    if problems:
        raise UnsupportedLayerError(problems)


def _fixed_sizes(model: Any, graph: Any, input_shape: Shape | None) -> list[Shape]:
    """Return the shape of each input, the one that is given where the model leaves it open."""
    shapes = [tuple(tensor.shape[1:]) for tensor in graph.inputs]
    if input_shape is not None and shapes != [tuple(input_shape)]:
        return [_given_shape(model, shapes, tuple(input_shape))]
    variable = [shape for shape in shapes if None in shape]
    if variable:
        raise UnsupportedLayerError(
            [
                f"Model '{model.name}' takes inputs of variable size {variable[0]}; supported: "
                "fixed sizes. Give one: wb.load(..., input_shape=(height, width, channels))."
            ]
        )
    return [tuple(int(n) for n in shape) for shape in shapes]


def _given_shape(model: Any, shapes: list[tuple[Any, ...]], wanted: tuple[Any, ...]) -> Shape:
    whole = all(isinstance(n, int | np.integer) and n > 0 for n in wanted)
    fits = whole and len(shapes) == 1 and len(shapes[0]) == len(wanted)
    if not fits or any(a not in (None, b) for a, b in zip(shapes[0], wanted, strict=True)):
        raise ModelFileError(
            f"Model '{model.name}' takes inputs of shape {', '.join(map(str, shapes))}; "
            f"input_shape is {wanted}. Give a shape that fits, or leave it out."
        )
    try:
        model.compute_output_shape((1, *wanted))
    except Exception as error:  # Keras raises whatever the layer raises that cannot.
        raise ModelFileError(
            f"Model '{model.name}' cannot take inputs of shape {wanted}: {shortened(error)}. Give "
            "the input_shape that it was trained with."
        ) from error
    return tuple(int(n) for n in wanted)


def _chosen(graph: Any, output: str | None) -> int:
    """Return the position of the output that is wanted."""
    names = [tensor._keras_history.operation.name for tensor in graph.outputs]
    if output is None and len(names) == 1:
        return 0
    if output not in names:
        asked = "" if output is None else f" and none is called '{output}'"
        raise UnsupportedLayerError(
            [
                f"Model '{graph.name}' has {len(names)} outputs{asked}: {', '.join(names)}. A "
                "spiking network has one; choose it by name: "
                f"wb.load(..., output={names[0]!r})."
            ]
        )
    return names.index(output)


class _Reader:
    """Translates the layers of a graph in order; nested models are read in place."""

    def __init__(self, builder: GraphBuilder):
        self.builder = builder
        self.first_uses: dict[int, Translation] = {}

    def read(
        self, graph: Any, inputs: list[Tensor | None], outputs: list[int], prefix: str
    ) -> list[Tensor | None]:
        """Read a graph and return the wanted ones of its outputs.

        Parameters
        ----------
        graph : a functional graph
        inputs : list of Tensor or None
            What stands for the graph's inputs.
        outputs : list of int
            Positions of the outputs that are wanted; layers that others alone read are left out.
        prefix : str
            Ahead of the names of layers.
        """
        found: Found = {id(t): given for t, given in zip(graph.inputs, inputs, strict=True)}
        wanted = [graph.outputs[position] for position in outputs]
        calls, needed = _needed_calls(graph, wanted)
        for call in calls:
            self._read_call(call, found, needed, prefix)
        return [found[id(tensor)] for tensor in wanted]

    def _read_call(self, call: Any, found: Found, needed: set[int], prefix: str) -> None:
        layer = call.operation
        name = prefix + layer.name
        if type(layer).__name__ == "InputLayer":
            return
        tensors = [found.get(id(tensor)) for tensor in call.input_tensors]
        nested = graph_of(layer) if hasattr(layer, "layers") else None
        if nested is not None:
            read = {i: id(tensor) for i, tensor in enumerate(call.outputs) if id(tensor) in needed}
            results = self.read(nested, tensors, list(read), f"{name}/")
            found.update(zip(read.values(), results, strict=True))
            return
        known = [tensor for tensor in tensors if tensor is not None]
        result = self._translated(call, name, known)
        for tensor in call.outputs:
            # What follows a refused layer is read on, so that all problems are reported at once.
            shape = () if result else tuple(tensor.shape[1:])
            found[id(tensor)] = result or (None if None in shape else Tensor(name, shape))

    def _translated(self, call: Any, name: str, tensors: list[Tensor]) -> Tensor | None:
        """Translate one call of a layer; None if it is refused."""
        layer = call.operation
        # keras.ops leave operations without weights in a graph.
        kind, is_layer = type(layer).__name__, hasattr(layer, "weights")
        handlers: Any = KERAS_LAYERS if is_layer else KERAS_OPERATIONS
        handler = handlers.get(kind)
        if handler is not None and not is_known(type(layer)):
            self.builder.refuse(
                f"{name} ({kind}) is of the class {type(layer).__module__}.{kind}; supported: "
                "Keras' own. Replace the layer, or leave it out of the saved model."
            )
            return None
        if handler is None:
            self.builder.refuse(handlers.refusal(name, kind))
            return None
        if len(tensors) < len(call.input_tensors):
            return None  # A layer before was refused, and its shape is not known.
        stored = self._stored(layer, kind, is_layer, tensors)
        subject = layer if is_layer else (*call.arguments.args, *call.arguments.kwargs.values())
        try:
            translation = handler(subject, tuple(stored))
        except Unsupported as reason:
            self.builder.refuse(f"{name} ({kind}) {reason}")
            return None
        except StructureError as problem:
            self.builder.refuse(f"{name} ({kind}) does not fit together: {problem}")
            return None
        except MALFORMED as error:
            self.builder.refuse(
                f"{name} ({kind}) has options that do not fit together ({shortened(error)}). "
                "Change them, and save the model again."
            )
            return None
        first = self.first_uses.setdefault(id(layer), translation)
        action = translation.action
        if first is not translation:
            translation = shared_arrays(translation, first)
            action = f"{action}, used again"
        self.builder.rows.append((name, kind, action))
        return self.builder.append(name, translation, stored)

    def _stored(self, layer: Any, kind: str, is_layer: bool, tensors: list[Tensor]) -> list[Tensor]:
        """Bring tensors to the order of axes that a handler reads."""
        builder = self.builder
        if getattr(layer, "data_format", None) == "channels_first":
            return [builder.channels_last(tensor) for tensor in tensors]
        same = len({tensor.channels_first for tensor in tensors}) == 1
        if same and (kind in LAYOUT_FREE or not is_layer):
            return tensors
        return [builder.in_source_order(tensor) for tensor in tensors]


def _needed_calls(graph: Any, wanted: list[Any]) -> tuple[list[Any], set[int]]:
    """Calls of a graph in order that wanted tensors depend on, and ids of the tensors they read."""
    depths = sorted(graph._nodes_by_depth, reverse=True)
    calls = [call for depth in depths for call in graph._nodes_by_depth[depth]]
    needed = {id(tensor) for tensor in wanted}
    chosen = []
    for call in reversed(calls):
        if any(id(tensor) in needed for tensor in call.outputs):
            needed.update(id(tensor) for tensor in call.input_tensors)
            chosen.append(call)
    return chosen[::-1], needed
