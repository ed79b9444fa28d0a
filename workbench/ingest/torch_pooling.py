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


def windows(size: int, outputs: int, *, average: bool) -> Windows | None:
    """Return the places that all windows along an axis read, and how many each reads.

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
    common = math.lcm(*set(counts)) if average else max(counts)
    if common > LARGEST_WINDOW:
        raise UnsupportedLayerError(
            [
                f"Adaptive{'Avg' if average else 'Max'}Pool from {size} to {outputs} places has "
                f"windows of {min(counts)} to {max(counts)} places, whose common multiple is "
                f"{common}; at most {LARGEST_WINDOW} is accepted. Choose an output size that "
                f"divides {size}, or an input_shape that is a multiple of {outputs}."
            ]
        )
    places = []
    for start, stop in edges:
        times = common // (stop - start) if average else 1
        window = [place for place in range(start, stop) for _ in range(times)]
        places += window + window[-1:] * (common - len(window))
    return places, common


def adaptive_pooling(dimensions: int, *, average: bool) -> Callable[..., Any]:
    """Return what writes an adaptive pooling into the graph that PyTorch's exporter builds."""

    import torch

    @torch.onnx.symbolic_helper.parse_args("v", "is")
    def write(g: Any, x: Any, wanted: list[int]) -> Any:
        sizes = x.type().sizes()[-dimensions:]
        kind = "AveragePool" if average else "MaxPool"
        kernel = [1] * dimensions
        for axis, (size, outputs) in enumerate(zip(sizes, wanted, strict=True)):
            found = windows(size, outputs, average=average)
            if found is None:
                kernel[axis] = size // outputs
                continue
            places, common = found
            index = g.op("Constant", value_t=torch.tensor(places))
            x = g.op("Gather", x, index, axis_i=axis - dimensions)
            if common > 1:
                along = [common if i == axis else 1 for i in range(dimensions)]
                x = g.op(kind, x, kernel_shape_i=along, strides_i=along)
        if wanted == [1] * dimensions:
            return g.op(f"Global{kind}", x)
        return x if max(kernel) == 1 else g.op(kind, x, kernel_shape_i=kernel, strides_i=kernel)

    return write


@contextlib.contextmanager
def exact_adaptive_pooling(opset: int) -> Iterator[None]:
    """Let PyTorch's exporter write adaptive poolings so for a while."""
    import torch

    handlers = {
        f"aten::adaptive_{kind}_pool{dimensions}d": (dimensions, kind == "avg")
        for dimensions in (1, 2)
        for kind in ("avg", "max")
    }
    for name, (dimensions, average) in handlers.items():
        write = adaptive_pooling(dimensions, average=average)
        if not average:
            write = _with_indices(write)
        torch.onnx.register_custom_op_symbolic(name, write, opset)
    try:
        yield
    finally:
        for name in handlers:
            torch.onnx.unregister_custom_op_symbolic(name, opset)


def _with_indices(write: Callable[..., Any]) -> Callable[..., Any]:
    """Return a writer that gives no places of the largest inputs, which PyTorch returns as well."""

    def write_both(g: Any, x: Any, output_size: Any) -> Any:
        import torch

        return write(g, x, output_size), g.op("Constant", value_t=torch.tensor(0))

    return write_both
