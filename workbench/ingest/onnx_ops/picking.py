"""Operations that pick units by their places: gather, tile, expand, resize, padding by copies."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from workbench.ingest.builder import MOST_UNITS, Steps, Tensor, Translation, Unsupported, kept
from workbench.ingest.onnx_ops.handlers import ONNX_OPS, Call, positive_axis
from workbench.ingest.onnx_ops.shapes import KEEPS, stored_order
from workbench.network.activation import Activation
from workbench.network.layer import Layer, Shape
from workbench.network.rearrange import Repeat, Take
from workbench.network.structure import Reshape

LONGEST_AXIS = 2**20
"""Places along one axis, each of which is noted."""


def picked(call: Call, tensor: Tensor, places: Sequence[np.ndarray | None]) -> Tensor:
    """Append the layers that take units at places along each axis.

    Parameters
    ----------
    places : sequence of ndarray of int, or None
        For each axis of the source, samples not counted; None where an axis stays.
    """
    shape = tensor.source_shape
    chosen = [
        None if own is None or np.array_equal(own, np.arange(n)) else own
        for own, n in zip(places, shape, strict=True)
    ]
    if all(own is None for own in chosen):
        return call.append(Translation((), KEEPS), [tensor])
    factors = [_factor(own, n) for own, n in zip(chosen, shape, strict=True)]
    if all(factors):
        return call.append(kept(Repeat(tensor.shape, stored_order(tensor, factors))), [tensor])
    layers: list[Layer] = []
    for axis, own in enumerate(stored_order(tensor, chosen)):
        if own is not None:
            before = layers[-1].output_shape if layers else tensor.shape
            layers.append(Take(before, axis, tuple(map(int, own))))
    steps: Steps = tuple((layer, Activation.LINEAR) for layer in layers)
    return call.append(Translation(steps), [tensor])


def _factor(places: np.ndarray | None, size: int) -> int:
    """Return how often each unit is repeated; 0 where places are no such repetition."""
    if places is None:
        return 1
    factor, rest = divmod(len(places), size)
    if rest or not np.array_equal(places, np.repeat(np.arange(size), factor)):
        return 0
    return factor


def check_size(sizes: Sequence[int]) -> None:
    """Refuse sizes, before anything is made of them."""
    fits = all(0 < n <= LONGEST_AXIS for n in sizes) and math.prod(sizes) <= MOST_UNITS
    if not fits:
        raise Unsupported(
            f"makes the shape {tuple(sizes)}; supported: axes of 1 to {LONGEST_AXIS:,}, and "
            f"{MOST_UNITS:,} units. Check the input shape."
        )


@ONNX_OPS.register("Gather")
def gather(call: Call) -> Tensor:
    """Take units along one axis; a single place drops the axis."""
    tensor = call.tensor()
    indices = call.constant(1, "indices")
    assert indices is not None  # ONNX demands it.
    axis = positive_axis(int(call.attribute("axis", 0)), tensor) - 1
    shape = tensor.source_shape
    size = shape[axis]
    check_size((*shape[:axis], *(indices.shape or (1,)), *shape[axis + 1 :]))
    if indices.min() < -size or indices.max() >= size:
        raise Unsupported(
            f"takes index {int(indices.max())} of an axis of {size}. Check the input shape."
        )
    places: list[np.ndarray | None] = [None] * len(shape)
    places[axis] = indices.reshape(-1).astype(np.int64) % size
    result = picked(call, tensor, places)
    if indices.ndim == 1:
        return result
    return _reshaped(call, result, (*shape[:axis], *indices.shape, *shape[axis + 1 :]))


def _reshaped(call: Call, tensor: Tensor, target: Shape) -> Tensor:
    """Give what was picked the shape that the operation gives."""
    source = call.arranger.in_source_order(tensor)
    reshape = Reshape(source.shape, target or (1,))
    if reshape.target_shape != source.shape:
        source = call.append(kept(reshape), [source], "_shape")
    return replace(source, channels_first=False, scalar=not target)


@ONNX_OPS.register("Tile")
def tile(call: Call) -> Tensor:
    """Put copies of a tensor side by side."""
    tensor = call.tensor()
    repeats = call.integers(1, "repeats") or []
    shape = tensor.source_shape
    if len(repeats) != len(shape) + 1 or repeats[0] != 1:
        raise Unsupported(
            f"has repeats {repeats} for {('samples', *shape)}; supported: one per axis, 1 for the "
            "samples. Check the input shape."
        )
    check_size([n * times for n, times in zip(shape, repeats[1:], strict=True)])
    return picked(
        call, tensor, [np.tile(np.arange(n), t) for n, t in zip(shape, repeats[1:], strict=True)]
    )


@ONNX_OPS.register("Expand")
def expand(call: Call) -> Tensor:
    """Repeat along axes of size 1."""
    tensor = call.tensor()
    wanted = call.integers(1, "a shape") or []
    shape = tensor.source_shape
    whole = [1] * (len(shape) + 1 - len(wanted)) + wanted
    fits = len(whole) == len(shape) + 1 and whole[0] in (1, call.batch)
    if not fits or any(b not in (1, a) and a != 1 for a, b in zip(shape, whole[1:], strict=False)):
        raise Unsupported(
            f"makes shape {wanted} of {('samples', *shape)}; supported: as many axes, of which "
            "those of size 1 become larger. Reshape first."
        )
    sizes = [max(a, b) for a, b in zip(shape, whole[1:], strict=True)]
    check_size(sizes)
    return picked(
        call,
        tensor,
        [None if n == size else np.zeros(size, int) for n, size in zip(shape, sizes, strict=True)],
    )


ROUNDINGS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "round_prefer_floor": lambda x: np.ceil(x - np.float32(0.5)),
    "round_prefer_ceil": lambda x: np.floor(x + np.float32(0.5)),
    "floor": np.floor,
    "ceil": np.ceil,
}
PLACINGS = (
    "half_pixel", "pytorch_half_pixel", "half_pixel_symmetric", "asymmetric", "align_corners",
)  # fmt: skip


@ONNX_OPS.register("Resize")
def resize(call: Call) -> Tensor:
    """Express a resizing by the nearest neighbour as the places that it takes."""
    tensor = call.tensor()
    mode = call.attribute("mode", "nearest")
    if mode != "nearest":
        raise Unsupported(
            f"has mode '{mode}'; supported: nearest. Use Upsample(mode='nearest'), or "
            "ConvTranspose."
        )
    placing = call.attribute("coordinate_transformation_mode", "half_pixel")
    rounding = call.attribute("nearest_mode", "round_prefer_floor")
    policy = call.attribute("keep_aspect_ratio_policy", "stretch")
    if placing not in PLACINGS or rounding not in ROUNDINGS or policy != "stretch":
        raise Unsupported(
            f"has coordinate_transformation_mode '{placing}', nearest_mode '{rounding}' and "
            f"keep_aspect_ratio_policy '{policy}'; supported: {', '.join(PLACINGS)} with "
            f"{', '.join(ROUNDINGS)} and stretch. Use Upsample(scale_factor=2)."
        )
    sizes, scales = _sizes(call, tensor)
    check_size(sizes)
    axes = zip(tensor.source_shape, sizes, scales, strict=True)
    return picked(call, tensor, [_nearest(*axis, placing, rounding) for axis in axes])


def _sizes(call: Call, tensor: Tensor) -> tuple[list[int], list[float]]:
    """Return size and scale of every axis but the samples'."""
    shape = (call.batch, *tensor.source_shape)
    axes = [int(axis) % len(shape) for axis in call.attribute("axes") or range(len(shape))]
    scales, wanted = call.constant(2, "scales"), call.integers(3, "sizes")
    if wanted is None:
        given = {} if scales is None else dict(zip(axes, scales.reshape(-1), strict=True))
        if not all(0 < scale <= MOST_UNITS for scale in given.values()):
            raise Unsupported(
                f"has scales {scales}; supported: above zero, and few. Use "
                "Upsample(scale_factor=2)."
            )
        sizes = {axis: int(np.floor(shape[axis] * np.float32(n))) for axis, n in given.items()}
        factors = {axis: float(n) for axis, n in given.items()}
    else:
        sizes = dict(zip(axes, wanted, strict=True))
        factors = {axis: n / shape[axis] for axis, n in sizes.items()}
    if sizes.get(0, shape[0]) != shape[0]:
        raise Unsupported(
            "resizes the batch axis; supported: the other axes. Keep the size of the batch axis."
        )
    rest = range(1, len(shape))
    return [sizes.get(i, shape[i]) for i in rest], [factors.get(i, 1.0) for i in rest]


def _nearest(size: int, target: int, scale: float, placing: str, rounding: str) -> np.ndarray:
    """Return which place each place of a resized axis takes; computed in float32, as ONNX does."""
    x, factor = np.arange(target, dtype=np.float32), np.float32(scale)
    half = np.float32(0.5)
    if placing == "asymmetric":
        x = x / factor
    elif placing == "align_corners":
        x = x * np.float32(0 if target == 1 else (size - 1) / (target - 1))
    elif placing == "pytorch_half_pixel" and target == 1:
        x = x * 0
    elif placing == "half_pixel_symmetric":
        middle, adjustment = size / 2, target / (scale * size)
        x = np.float32(middle * (1 - adjustment)) + (x + half) / factor - half
    else:
        x = (x + half) / factor - half
    return np.clip(ROUNDINGS[rounding](x), 0, size - 1).astype(np.int64)
