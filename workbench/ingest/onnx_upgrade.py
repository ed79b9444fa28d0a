"""ONNX files of older opsets, brought up to the forms of operations that are read."""

from __future__ import annotations

from typing import Any

from workbench.errors import UnsupportedLayerError
from workbench.ingest.files import shortened

OLDEST_OPSET = 7
"""The first opset of which onnxruntime runs all operations, so that the result can be verified."""

UPGRADED_OPSET = 13
"""The opset to which earlier models are brought: handlers read operations as of this one."""


def upgraded(model: Any, name: str, opset: int) -> Any:
    """Return a model whose operations are those of a newer opset; the given one stays as it is.

    Parameters
    ----------
    model : onnx.ModelProto
    name : str
        For messages.
    opset : int
        Above the model's.

    Raises
    ------
    UnsupportedLayerError
        Naming the operation that onnx's version converter cannot bring up, and the remedy.
    """
    model = _copied(model)
    _simplify_normalizations(model)
    try:
        newer = _converted(model, opset)
    except Exception as error:  # The converter raises whatever its C++ parts raise.
        node, reason = _stumbling_block(model, opset, error)
        called = node.name or next(iter(node.output), node.op_type)
        raise UnsupportedLayerError(
            [
                f"{called} ({node.op_type}) of model '{name}' cannot be converted from its older "
                f"opset to ONNX opset {opset}; onnx's version converter says: {_words(reason)}. "
                "Export the model again with opset_version=17, or replace this operation."
            ]
        ) from error
    # The converter stores values of its own; up to version 3, stored values had to be inputs, too.
    newer.ir_version = max(newer.ir_version, 4)
    return newer


def _words(reason: Exception) -> str:
    """Return what the converter says, without the place in its source where it says so."""
    return shortened(reason).rpartition("failed: ")[2].rstrip(".")


def _copied(model: Any) -> Any:
    copy = type(model)()
    copy.CopyFrom(model)
    return copy


def _converted(model: Any, opset: int) -> Any:
    from onnx import version_converter

    return version_converter.convert_version(model, opset)


def _simplify_normalizations(model: Any) -> None:
    """Drop `spatial = 0` where it says the same: a vector has no places (CNTK writes it so)."""
    ranks = {values.name: len(values.dims) for values in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type != "BatchNormalization" or ranks.get(node.input[1]) != 1:
            continue
        for attribute in [a for a in node.attribute if a.name == "spatial"]:
            node.attribute.remove(attribute)


def _stumbling_block(model: Any, opset: int, error: Exception) -> tuple[Any, Exception]:
    """Return the operation at which the converter fails, and what it says of it.

    It does not say which: the model is cut behind ever fewer operations.
    """
    nodes = list(model.graph.node)
    part = _copied(model)
    passes, fails = 0, len(nodes)
    while fails - passes > 1:
        middle = (passes + fails) // 2
        del part.graph.node[:], part.graph.output[:]
        part.graph.node.extend(nodes[:middle])
        part.graph.output.add().name = nodes[middle - 1].output[0]
        try:
            _converted(part, opset)
        except Exception as reason:
            fails, error = middle, reason
        else:
            passes = middle
    return nodes[fails - 1], error
