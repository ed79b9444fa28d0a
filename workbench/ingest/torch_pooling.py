"""Adaptive pooling of PyTorch as ONNX, exact for all sizes: its exporter knows multiples only.

Output j of m along an axis of n pools inputs from ``floor(j n / m)`` to ``ceil((j + 1) n / m)``.
Where n is no multiple of m, these windows overlap and differ in size. Each is filled up to one
common size by taking its inputs more than once, each equally often; then all are pooled alike.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any

from workbench.errors import UnsupportedLayerError

LARGEST_WINDOW = 256
"""Inputs of one window, repeated ones counted."""

Windows = tuple[list[int], int]


def windows(size: int, outputs: int, kind: str) -> Windows | None:
    """Return the places that all windows along an axis read, and how many each reads.

    Parameters
    ----------
    size, outputs : int
        Places along the axis before and after the pooling.
    kind : str
        The module's: "AdaptiveAvgPool2d".

    Raises
    ------
    UnsupportedLayerError
        If the windows of an average have no small common multiple.

    Returns
    -------
    (list of int, int), or None
        The places of one window after the other; None where windows lie side by side and read
        equally many.
    """
    if size % outputs == 0:
        return None
    edges = [(j * size // outputs, -(-(j + 1) * size // outputs)) for j in range(outputs)]
    counts = [stop - start for start, stop in edges]
    average = "Avg" in kind
    common = math.lcm(*set(counts)) if average else max(counts)
    if common > LARGEST_WINDOW:
        raise UnsupportedLayerError(
            [
                f"{kind} from {size} to {outputs} positions has windows of {min(counts)} to "
                f"{max(counts)}, whose common multiple is {common}; at most {LARGEST_WINDOW} is "
                f"accepted. Choose an output size that divides {size}, or an input_shape that is "
                f"a multiple of {outputs}."
            ]
        )
    places = []
    for start, stop in edges:
        times = common // (stop - start) if average else 1
        window = [place for place in range(start, stop) for _ in range(times)]
        places += window + window[-1:] * (common - len(window))
    return places, common


def adaptive_pooling(kind: str) -> Callable[..., Any]:
    """Return what writes an adaptive pooling into the graph that PyTorch's exporter builds.

    Parameters
    ----------
    kind : str
        The module's: "AdaptiveAvgPool2d".
    """
    import torch

    dimensions, pool = int(kind[-2]), "AveragePool" if "Avg" in kind else "MaxPool"

    @torch.onnx.symbolic_helper.parse_args("v", "is")
    def write(g: Any, x: Any, wanted: list[int]) -> Any:
        sizes = x.type().sizes()[-dimensions:]
        kernel = [1] * dimensions
        for axis, (size, outputs) in enumerate(zip(sizes, wanted, strict=True)):
            found = windows(size, outputs, kind)
            if found is None:
                kernel[axis] = size // outputs
                continue
            places, common = found
            index = g.op("Constant", value_t=torch.tensor(places))
            x = g.op("Gather", x, index, axis_i=axis - dimensions)
            if common > 1:
                along = [common if i == axis else 1 for i in range(dimensions)]
                x = g.op(pool, x, kernel_shape_i=along, strides_i=along)
        if wanted == [1] * dimensions:
            x = g.op(f"Global{pool}", x)
        elif max(kernel) > 1:
            x = g.op(pool, x, kernel_shape_i=kernel, strides_i=kernel)
        # The largest inputs come with their places, which nothing reads.
        return x if pool == "AveragePool" else (x, g.op("Constant", value_t=torch.tensor(0)))

    return write


@contextlib.contextmanager
def exact_adaptive_pooling(opset: int) -> Iterator[None]:
    """Let PyTorch's exporter write adaptive poolings so for a while."""
    import torch

    kinds = {
        f"aten::adaptive_{name.lower()}_pool{dimensions}d": f"Adaptive{name}Pool{dimensions}d"
        for dimensions in (1, 2)
        for name in ("Avg", "Max")
    }
    for operation, kind in kinds.items():
        torch.onnx.register_custom_op_symbolic(operation, adaptive_pooling(kind), opset)
    try:
        yield
    finally:
        for operation in kinds:
            torch.onnx.unregister_custom_op_symbolic(operation, opset)
