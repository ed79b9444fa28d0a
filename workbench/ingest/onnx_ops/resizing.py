"""Operations that make images larger or smaller without weighing: pad, slice, split, resize."""

from __future__ import annotations

from workbench.ingest.builder import Tensor, Unsupported
from workbench.ingest.onnx_ops.shapes import moved, stored_order
from workbench.ingest.onnx_ops.table import ONNX_OPS, Call, positive_axis
from workbench.network.rearrange import Pad, Repeat, Slice

WHOLE_FACTORS = {
    "asymmetric": ("floor",),
    "half_pixel": ("round_prefer_floor", "round_prefer_ceil"),
    "half_pixel_symmetric": ("round_prefer_floor", "round_prefer_ceil"),
    "pytorch_half_pixel": ("round_prefer_floor", "round_prefer_ceil"),
}
"""Ways of Resize to place units, with the roundings that repeat every unit a whole factor times."""


@ONNX_OPS.register("Pad")
def pad(call: Call) -> Tensor:
    """Keep a padding with zeros; conversion folds it into the window that follows."""
    tensor = call.tensor()
    mode = call.attribute("mode", "constant")
    value = call.constant(2, "a padding value")
    if mode != "constant" or (value is not None and value.any()):
        shown = mode if value is None else f"{mode} {value.reshape(-1)[0]:g}"
        raise Unsupported(f"pads with '{shown}'; supported: constant 0. Train with zeros there.")
    amounts = call.integers(1, "amounts") or []
    rank = len(tensor.shape) + 1
    axes = call.integers(3, "axes")
    axes = list(range(rank)) if axes is None else [axis % rank for axis in axes]
    before, after = dict.fromkeys(range(rank), 0), dict.fromkeys(range(rank), 0)
    before.update(zip(axes, amounts[: len(axes)], strict=True))
    after.update(zip(axes, amounts[len(axes) :], strict=True))
    if before[0] or after[0] or min(amounts, default=0) < 0:
        raise Unsupported(
            f"has amounts {amounts}; supported: none below zero, and none for the samples. "
            "Slice beforehand."
        )
    ahead, behind = list(before.values())[1:], list(after.values())[1:]
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
        if step < 1:
            raise Unsupported(f"has steps of {step}; supported: above zero. Do not turn it round.")
        place = axis % (len(shape) + 1)
        size = call.batch if place == 0 else shape[place - 1]
        low, high, _ = slice(start, stop).indices(size)
        if low >= high or (place == 0 and (low, high, step) != (0, size, 1)):
            raise Unsupported(
                f"keeps {start} to {stop} of axis {axis}, which has {size}; supported: some of it, "
                "and all samples. Check the input shape."
            )
        if place:
            first[place - 1], last[place - 1], distance[place - 1] = low, high, step
    spaced = stored_order(tensor, distance) if max(distance) > 1 else ()
    begin, end = stored_order(tensor, first), stored_order(tensor, last)
    layer = Slice(tensor.shape, begin, end, spaced)
    return moved(call, tensor, layer)


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


@ONNX_OPS.register("Resize")
def resize(call: Call) -> Tensor:
    """Keep an upsampling by the nearest neighbour with whole factors."""
    tensor = call.tensor()
    mode = call.attribute("mode", "nearest")
    if mode != "nearest":
        raise Unsupported(
            f"has mode '{mode}'; supported: nearest. Use Upsample(mode='nearest'), or "
            "ConvTranspose."
        )
    factors = _factors(call, tensor)
    placing = call.attribute("coordinate_transformation_mode", "half_pixel")
    rounding = call.attribute("nearest_mode", "round_prefer_floor")
    if rounding not in WHOLE_FACTORS.get(placing, ()) and set(factors) != {1}:
        raise Unsupported(
            f"places units by '{placing}' with '{rounding}'; supported: "
            + "; ".join(f"{key} with {' or '.join(value)}" for key, value in WHOLE_FACTORS.items())
            + ". Use Upsample(scale_factor=2)."
        )
    return moved(call, tensor, Repeat(tensor.shape, stored_order(tensor, factors)))


def _factors(call: Call, tensor: Tensor) -> list[int]:
    """Return the whole factor of every axis but the samples'."""
    shape = (call.batch, *tensor.source_shape)
    axes = [axis % len(shape) for axis in call.attribute("axes") or range(len(shape))]
    scales, wanted = call.constant(2, "scales"), call.integers(3, "sizes")
    if wanted is not None:
        given = [n / shape[axis] for n, axis in zip(wanted, axes, strict=True)]
    else:
        given = [] if scales is None else [float(n) for n in scales.reshape(-1)]
    found = dict.fromkeys(range(len(shape)), 1.0)
    found.update(zip(axes, given, strict=True))
    if found[0] != 1 or any(n < 1 or n != int(n) for n in found.values()):
        raise Unsupported(
            f"has factors {[round(n, 4) for n in found.values()]}; supported: whole ones, 1 for "
            "the samples. Use a whole scale_factor."
        )
    return [int(n) for n in found.values()][1:]
