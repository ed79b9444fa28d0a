"""Operations that do nothing at inference."""

from __future__ import annotations

from workbench.ingest.builder import Tensor, Translation, Unsupported
from workbench.ingest.onnx_ops.handlers import ONNX_OPS, Call

FLOATS = {1: "float32", 11: "float64"}
"""Element types of ONNX that do not round what float32 holds."""


@ONNX_OPS.register("Identity")
def identity(call: Call) -> Tensor:
    """Remove an operation that passes its input on."""
    return call.append(Translation((), "removed: passes its input on"), [call.tensor()])


@ONNX_OPS.register("Dropout")
def dropout(call: Call) -> Tensor:
    """Remove a dropout that is not in training mode."""
    training = call.constant(2, "a training mode")
    if training is not None and bool(training):
        raise Unsupported("is in training mode. Export the model in evaluation mode: model.eval().")
    return call.append(Translation((), "removed: acts in training only"), [call.tensor()])


@ONNX_OPS.register("Cast", "CastLike")
def cast(call: Call) -> Tensor:
    """Remove a change to another floating type that holds all values."""
    target = call.attribute("to")
    if call.operation.kind == "Cast" and target not in FLOATS:
        raise Unsupported(
            f"casts to element type {target} of ONNX; supported: {', '.join(FLOATS.values())}. "
            "Export the model in float32."
        )
    return call.append(Translation((), "removed: values stay float32"), [call.tensor()])
