"""ONNX files into a `Network`, verified against onnxruntime or ONNX' own reference.

The modules `onnx...` of this folder alone import onnx and onnxruntime, when a model is read.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import ModelFileError, UnsupportedLayerError
from workbench.ingest.builder import MOST_UNITS
from workbench.ingest.files import check_file, shortened
from workbench.ingest.onnx_graph import Dims, Graph
from workbench.ingest.onnx_ops import ONNX_OPS, Operation
from workbench.ingest.onnx_outputs import modules_of
from workbench.ingest.onnx_reader import read_graph
from workbench.ingest.onnx_run import Run, Weights, runner
from workbench.ingest.onnx_upgrade import OLDEST_OPSET, UPGRADED_OPSET, upgraded
from workbench.ingest.verify import verified
from workbench.network.graph import Network
from workbench.network.layer import Shape
from workbench.util.memory_budget import check_size, guarded, size_problem
from workbench.util.optional import importing

SUFFIX = ".onnx"
DOMAINS = ("", "ai.onnx")
INPUTS: dict[int, Any] = {1: np.float32, 11: np.float64, 2: np.uint8, 6: np.int32, 7: np.int64}
"""Element types of ONNX that inputs may have; integers are cast inside the model."""

CONSTANT_BYTES = 16
"""A number of a constant while it is computed."""

FILE_COPIES = 3
"""A model's weights as the file has them, as they are read, and as onnxruntime has them."""

SHORT = 64
"""Numbers of a constant that may stand for sizes."""


def import_onnx() -> Any:
    """Import onnx with its submodules.

    Raises
    ------
    ModelFileError
        If it is not installed.
    """
    with importing("Reading ONNX", ModelFileError):
        import onnx
        import onnx.checker
        import onnx.external_data_helper
        import onnx.inliner
        import onnx.numpy_helper
        import onnx.reference
        import onnx.shape_inference
    return onnx


def load_onnx_file(
    path: str | Path, *, input_shape: Shape | None = None, output: str | None = None
) -> Network:
    """Read a `.onnx` model file.

    Parameters
    ----------
    path : str or Path
        Weights that lie in files of their own are found beside it.
    input_shape : tuple of int, optional
        Of one sample, as the model has it (channels, height, width), where sizes are variable.
    output : str, optional
        Name of the layer (module), operation or value that is wanted; needed of a model with
        several outputs.

    Returns
    -------
    Network
        Its samples have the model's order of axes; inside, channels stand last.

    Raises
    ------
    ModelFileError
        If the file is missing or holds no ONNX model, or onnx is not installed.
    UnsupportedLayerError
        If operations are not supported; all of them are named.
    ConversionError
        If the outputs differ from the model's by more than rounding explains.
    """
    path = Path(path)
    check_file(path)
    onnx = import_onnx()
    check_size(FILE_COPIES * path.stat().st_size, str(path), ModelFileError)
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as error:  # onnx raises whatever the damaged part raised.
        raise _no_model(path.stem, error) from error
    with guarded(path, ModelFileError, "Export it again."):
        _load_external(model, path)
        return from_onnx(model, path.stem, input_shape=input_shape, output=output)


def _load_external(model: Any, path: Path) -> None:
    """Read weights that lie in files of their own, which are files in the model's folder."""
    onnx = import_onnx()
    folder = path.parent.resolve()
    tensors = [
        tensor
        for tensor in onnx.external_data_helper._get_all_tensors(model)
        if onnx.external_data_helper.uses_external_data(tensor)
    ]
    files = {
        entry.value
        for tensor in tensors
        for entry in tensor.external_data
        if entry.key == "location"
    }
    size = 0
    for name in files:
        place = folder / name
        if not place.is_file() or not place.resolve().is_relative_to(folder):
            raise ModelFileError(
                f"{path} keeps weights in '{name[:80]}'; accepted: a file in the folder of the "
                "model. Copy it there, or export the model with its weights inside."
            )
        size += place.stat().st_size
    check_size(FILE_COPIES * size, f"What {path} keeps in other files", ModelFileError)
    try:
        if tensors:
            onnx.load_external_data_for_model(model, str(folder))
    except Exception as error:
        raise _no_model(path.stem, error) from error


def from_onnx(
    model: Any,
    name: str,
    *,
    input_shape: Shape | None = None,
    output: str | None = None,
    weights: Weights | None = None,
    run: Run | None = None,
    engine: str = "",
) -> Network:
    """Read an ONNX model and compare the result with it on random inputs.

    Parameters
    ----------
    model : onnx.ModelProto
    name : str
        Of the network.
    input_shape, output
        As in `load_onnx_file`.
    weights : dict of str to ndarray, optional
        Values of inputs that are no samples: weights that the model does not hold itself.
    run : function of ndarray (samples, *input shape) to ndarray, optional
        What to compare with in place of the model itself: what it was exported from.
    engine : str
        The name of that, for messages.

    Raises
    ------
    ModelFileError, UnsupportedLayerError, ConversionError
        As in `load_onnx_file`.
    """
    onnx = import_onnx()
    weights = weights or {}
    _check(model, name, weights)
    if model.functions:
        model = onnx.inliner.inline_local_functions(model)
    original = model
    if _opset(model) < UPGRADED_OPSET:
        model = upgraded(model, name, UPGRADED_OPSET)
    graph = _graph(model, name, weights)
    reading = read_graph(graph, input_shape, output)
    source = run
    if source is None:
        kinds = _input_types(model)
        source, engine = runner(original, model, graph, reading, weights, kinds)
    kinds = _input_types(model)
    whole = all(np.issubdtype(kinds[own], np.integer) for own, _ in graph.inputs)

    def compared(x: np.ndarray) -> np.ndarray:
        return reading.comparable(source(x))

    return verified(reading.network, compared, engine, integers=whole)


def _no_model(name: str, error: Exception) -> ModelFileError:
    return ModelFileError(
        f"'{name}' is not a valid ONNX model. Export it again, as with torch.onnx.export(model, "
        f"inputs, 'name.onnx'). onnx says: {shortened(error)}"
    )


def _check(model: Any, name: str, weights: Weights) -> None:
    """Refuse a model that is damaged, or of a version or with parts that are not read."""
    onnx = import_onnx()
    try:
        onnx.checker.check_model(model)
    except Exception as error:
        unknown = _unknown(model)
        if unknown:
            raise UnsupportedLayerError(unknown) from error
        raise _no_model(name, error) from error
    opset = _opset(model)
    problems = []
    if opset < OLDEST_OPSET:
        problems.append(
            f"Model '{name}' has ONNX opset {opset}; supported: {OLDEST_OPSET} and later. Export "
            "it again with opset_version=17."
        )
    problems += [
        f"Weights '{values.values.name}' of model '{name}' are stored as a sparse tensor; "
        "supported: dense tensors. Store it as one, and save the model again."
        for values in model.graph.sparse_initializer
    ]
    stored = {values.name for values in model.graph.initializer}.union(weights)
    for value in model.graph.input:
        kind = value.type.tensor_type.elem_type
        if value.name not in stored and kind not in INPUTS:
            held = onnx.TensorProto.DataType.Name(kind).lower()
            accepted = ", ".join(np.dtype(own).name for own in INPUTS.values())
            problems.append(
                f"Input '{value.name}' of model '{name}' holds {held}; supported: {accepted}. "
                "Export the model in float32."
            )
    if problems:
        raise UnsupportedLayerError(problems)


def _unknown(model: Any) -> list[str]:
    """Refuse the operations that ONNX does not have, or whose domain the model does not declare."""
    known = {schema.name for schema in import_onnx().defs.get_all_schemas()}
    declared = {entry.domain for entry in model.opset_import}
    return [
        ONNX_OPS.refusal(operation.name, operation.kind)
        for operation in map(_operation, model.graph.node)
        if operation.source.domain not in declared.union(DOMAINS)
        or (operation.source.domain in DOMAINS and operation.kind not in known)
    ]


def _opset(model: Any) -> int:
    versions = [entry.version for entry in model.opset_import if entry.domain in DOMAINS]
    return max(versions, default=0)


def _graph(model: Any, name: str, weights: Weights) -> Graph:
    constants = {values.name: _weights(values, name) for values in model.graph.initializer} | dict(
        weights
    )
    inputs = tuple(
        (value.name, _dims(value)) for value in model.graph.input if value.name not in constants
    )
    return Graph(
        name,
        inputs,
        tuple(value.name for value in model.graph.output),
        tuple(map(_operation, model.graph.node)),
        constants,
        functools.partial(_computed, _opset(model)),
        functools.cache(functools.partial(_inferred, model)),
    )


def _weights(values: Any, name: str) -> np.ndarray:
    """Return a stored tensor."""
    onnx = import_onnx()
    problem = "their type is text"
    try:
        array = np.asarray(onnx.numpy_helper.to_array(values))
        if array.dtype.kind not in "OSU":
            return array
    except Exception as error:  # Types and sizes that do not fit have many ways to fail.
        problem = shortened(error)
    raise ModelFileError(
        f"Weights '{values.name[:80]}' of model '{name}' cannot be read: {problem}. Export the "
        "model again."
    )


def _dims(value: Any) -> Dims | None:
    """Return the sizes of a value, None for those that are not known."""
    kind = value.type.tensor_type
    if not kind.HasField("shape"):
        return None
    # Some exporters write 0 or -1 for a size that is not fixed.
    return tuple(n.dim_value if n.dim_value > 0 else n.dim_param or None for n in kind.shape.dim)


def _operation(node: Any) -> Operation:
    onnx = import_onnx()
    attributes = {
        attribute.name: _plain(onnx.helper.get_attribute_value(attribute))
        for attribute in node.attribute
    }
    kind = node.op_type if node.domain in DOMAINS else f"{node.domain}.{node.op_type}"
    outputs = tuple(node.output)
    name = node.name or next((output for output in outputs if output), node.op_type)
    metadata = {entry.key: entry.value for entry in getattr(node, "metadata_props", ())}
    modules = modules_of(node.name, metadata)
    return Operation(name, kind, tuple(node.input), outputs, attributes, node, modules)


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _computed(opset: int, operation: Operation, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """Compute one operation with ONNX' reference.

    Raises
    ------
    ValueError
        If its result is too large, before it is made.
    """
    onnx = import_onnx()
    for units in _result_sizes(opset, operation, inputs):
        if units > MOST_UNITS:
            raise ValueError(f"it has {units:,} numbers; at most {MOST_UNITS:,} are accepted")
        if problem := size_problem(CONSTANT_BYTES * units):
            raise ValueError(problem)
    evaluator = onnx.reference.ReferenceEvaluator(operation.source, opsets={"": opset})
    names = [name for name in operation.inputs if name]
    results = evaluator.run(None, dict(zip(names, inputs, strict=True)))
    return [np.asarray(result) for result in results]


def _result_sizes(opset: int, operation: Operation, inputs: list[np.ndarray]) -> list[int]:
    """Return how many numbers an operation gives, as far as ONNX knows."""
    onnx = import_onnx()
    names = [name for name in operation.inputs if name]
    node = operation.source
    tensors = dict(zip(names, inputs, strict=True))
    helper = onnx.helper
    try:
        schema = onnx.defs.get_schema(node.op_type, opset, node.domain)
        types = {
            name: helper.make_tensor_type_proto(
                helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
            )
            for name, value in tensors.items()
        }
        # Sizes are given by short vectors; weights need not be copied.
        short = {
            name: onnx.numpy_helper.from_array(value, name)
            for name, value in tensors.items()
            if value.size <= SHORT
        }
        found = onnx.shape_inference.infer_node_outputs(schema, node, types, short)
    except Exception:
        return []  # What cannot be inferred cannot be computed either, or is of another domain.
    shapes = (kind.tensor_type.shape.dim for kind in found.values())
    return [math.prod(n.dim_value for n in dims) for dims in shapes]


def _inferred(model: Any) -> Mapping[str, Dims]:
    """Return the shapes that ONNX infers; none where it cannot."""
    onnx = import_onnx()
    try:
        inferred = onnx.shape_inference.infer_shapes(model, data_prop=True)
    except Exception:
        return {}  # They only help to find further problems.
    found = {value.name: _dims(value) for value in inferred.graph.value_info}
    return {name: dims for name, dims in found.items() if dims is not None}


def _input_types(model: Any) -> dict[str, Any]:
    return {
        value.name: INPUTS[value.type.tensor_type.elem_type]
        for value in model.graph.input
        if value.type.tensor_type.elem_type in INPUTS
    }
