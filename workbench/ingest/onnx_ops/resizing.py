"""Operations that cut and pad: blocks of a tensor, and what stands around one."""

from __future__ import annotations

import numpy as np

from workbench.ingest.builder import Tensor, Unsupported
from workbench.ingest.onnx_ops.handlers import ONNX_OPS, Call, positive_axis
from workbench.ingest.onnx_ops.picking import check_size, picked
from workbench.ingest.onnx_ops.shapes import moved, stored_order
from workbench.network.rearrange import Pad, Slice

COPYING = ("reflect", "edge", "wrap")
"""Modes of padding that copy units; NumPy has the same under the same names."""


@ONNX_OPS.register("Pad")
def pad(call: Call) -> Tensor:
    """Keep a padding with zeros; conversion folds it into the window that follows.

    One with copies takes the units at those places once more.
    """
    tensor = call.tensor()
    mode = call.attribute("mode", "constant")
    value = call.constant(2, "a padding value")
    if mode not in COPYING and (mode != "constant" or (value is not None and value.any())):
        shown = mode if value is None else f"{mode} {value.reshape(-1)[0]:g}"
        raise Unsupported(
            f"pads with '{shown}'; supported: constant 0, {', '.join(COPYING)}. Train with zeros "
            "there."
        )
    amounts = call.integers(1, "amounts") or []
    rank = len(tensor.shape) + 1
    axes = call.integers(3, "axes")
    axes = list(range(rank)) if axes is None else [axis % rank for axis in axes]
    before, after = dict.fromkeys(range(rank), 0), dict.fromkeys(range(rank), 0)
    before.update(zip(axes, amounts[: len(axes)], strict=True))
    after.update(zip(axes, amounts[len(axes) :], strict=True))
    if before[0] or after[0] or min(amounts, default=0) < 0:
        raise Unsupported(
            f"has amounts {amounts}; supported: none below zero, and none for the batch axis. "
            "Slice first."
        )
    ahead, behind = list(before.values())[1:], list(after.values())[1:]
    if mode in COPYING:
        sides = list(zip(tensor.source_shape, ahead, behind, strict=True))
        check_size([sum(side) for side in sides])
        return picked(call, tensor, [np.pad(np.arange(n), (a, b), mode) for n, a, b in sides])
    layer = Pad(tensor.shape, stored_order(tensor, ahead), stored_order(tensor, behind))
    return moved(call, tensor, layer)


@ONNX_OPS.register("Slice")
def cut(call: Call) -> Tensor:
    """Keep a block of a tensor, as cropping leaves it, or every n-th value of one."""
    tensor = call.tensor()
    shape = tensor.source_shape
    starts, stops = call.integers(1, "starts") or [], call.integers(2, "ends") or []
    axes = call.integers(3, "axes") or list(range(len(starts)))
    steps = call.integers(4, "steps") or [1] * len(starts)
    first, last, distance = [0] * len(shape), list(shape), [1] * len(shape)
    for axis, start, stop, step in zip(axes, starts, stops, steps, strict=True):
        if step < 0:
            return _turned(call, tensor, list(zip(axes, starts, stops, steps, strict=True)))
        place = axis % (len(shape) + 1)
        size = call.batch if place == 0 else shape[place - 1]
        low, high, _ = slice(start, stop).indices(size)
        if low >= high or (place == 0 and (low, high, step) != (0, size, 1)):
            raise Unsupported(
                f"keeps {start} to {stop} of axis {axis}, which has {size}; supported: a part of "
                "it that is not empty, and all samples. Check the input shape."
            )
        if place:
            first[place - 1], last[place - 1], distance[place - 1] = low, high, step
    spaced = stored_order(tensor, distance) if max(distance) > 1 else ()
    begin, end = stored_order(tensor, first), stored_order(tensor, last)
    layer = Slice(tensor.shape, begin, end, spaced)
    return moved(call, tensor, layer)


def _turned(call: Call, tensor: Tensor, cuts: list[tuple[int, int, int, int]]) -> Tensor:
    """Take units in the opposite order along some axes."""
    places: list[np.ndarray | None] = [np.arange(n) for n in tensor.source_shape]
    for axis, start, stop, step in cuts:
        index = positive_axis(axis, tensor) - 1
        taken = np.arange(tensor.source_shape[index])[start:stop:step]
        if not taken.size:
            raise Unsupported(f"keeps nothing of axis {axis}. Check the input shape.")
        places[index] = taken
    return picked(call, tensor, places)


@ONNX_OPS.register("Split")
def split(call: Call) -> tuple[Tensor, ...]:
    """Express a split as one block for each output."""
    tensor, n = call.tensor(), len(call.operation.outputs)
    axis = positive_axis(int(call.attribute("axis", 0)), tensor) - 1
    shape = tensor.source_shape
    widest = -(-shape[axis] // n)
    sizes = call.integers(1, "sizes") or [min(widest, shape[axis] - i * widest) for i in range(n)]
    blocks, begin = [], 0
    for number, size in enumerate(sizes, 1):
        first, last = [0] * len(shape), list(shape)
        first[axis], last[axis] = begin, begin + size
        layer = Slice(tensor.shape, stored_order(tensor, first), stored_order(tensor, last))
        blocks.append(moved(call, tensor, layer, f"_{number}"))
        begin += size
    return tuple(blocks)
