"""How each operation of ONNX is expressed with the layers of a `Network`.

A handler takes a `Call`, one operation with the values it reads, appends layers and returns the
tensor they give; it raises `Unsupported` with the reason where something has no equal here.
ONNX has the channels first; handlers ask for the order of axes that they read.
"""

from workbench.ingest.onnx_ops import (  # noqa: F401  (handlers register themselves)
    activations,
    elementwise,
    picking,
    pooling,
    removed,
    resizing,
    shapes,
    weighted,
)
from workbench.ingest.onnx_ops.handlers import ONNX_OPS, Call, Operation

__all__ = ["ONNX_OPS", "Call", "Operation"]
