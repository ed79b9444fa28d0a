"""Operations that rename, move, cut, join or repeat units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from workbench.ingest.builder import Steps, Tensor, Translation, Unsupported, kept
from workbench.ingest.onnx_ops.handlers import (
    ONNX_OPS,
    Call,
    keeps_order,
    positive_axis,
    stored_axis,
)
from workbench.network.activation import Activation
from workbench.network.layer import Layer, Shape
from workbench.network.rearrange import Permute
from workbench.network.structure import Concatenate, Reshape

KEEPS = "removed: the shape stays"

Item = TypeVar("Item")


def moved(call: Call, tensor: Tensor, layer: Layer, suffix: str = "") -> Tensor:
    """Append a layer that moves units, or nothing where it would leave them as they are."""
    if layer.output_shape == tensor.shape:
        return call.append(Translation((), KEEPS), [tensor])
    return call.append(kept(layer), [tensor], suffix)


def _reshaped(call: Call, target: Sequence[int]) -> Tensor:
    """Give an input another shape, that of each sample, in ONNX' order of units."""
    tensor, shape = call.tensor(), tuple(target)
    if not shape:
        # One number per sample stays a vector of one here.
        vector = _reshaped(call, (1,))
        return replace(vector, scalar=True)
    if shape == tensor.source_shape and not tensor.folded:
        return call.append(Translation((), KEEPS), [tensor])
    # Where the channels can be moved without moving units, one reshape does it all.
    source = tensor if keeps_order(tensor) else call.in_source_order()
    result = moved(call, source, Reshape(source.shape, shape))
    return replace(result, channels_first=False, scalar=False, folded=0)


@ONNX_OPS.register("Flatten")
def flatten(call: Call) -> Tensor:
    """Express flattening as a reshape."""
    tensor, axis = call.tensor(), int(call.attribute("axis", 1))
    if axis < 0:
        axis += len(tensor.shape) + 1
    # Of a model for one sample, all axes are those behind the samples' as well.
    if axis != 1 and not (axis == 0 and call.batch == 1):
        raise Unsupported(
            f"flattens from axis {axis}; supported: 1, all but the batch axis. Use x.flatten(1)."
        )
    return _reshaped(call, (math.prod(tensor.shape),))


@ONNX_OPS.register("Reshape")
def reshape(call: Call) -> Tensor:
    """Keep a reshape whose target is known and leaves the samples alone.

    Places may be folded into the samples' axis for a while: all but the last axis.
    """
    wanted = call.integers(1, "a target shape")
    assert wanted is not None  # ONNX demands it.
    tensor = call.tensor()
    source = (call.batch * math.prod(tensor.shape[: tensor.folded]), *tensor.source_shape)
    if not call.attribute("allowzero", 0):
        known = [n or source[i] if i < len(source) else n for i, n in enumerate(wanted)]
    else:
        known = list(wanted)
    if -1 in known:
        rest = -math.prod(known)
        known = [math.prod(source) // rest if n == -1 and rest else n for n in known]
    if not tensor.folded and len(source) > 2 and known == [math.prod(source[:-1]), source[-1]]:
        whole = call.in_source_order()
        translation = Translation((), "removed: the same at each position")
        return replace(call.append(translation, [whole]), folded=len(source) - 2)
    if not known or known[0] != call.batch or math.prod(known) != math.prod(source):
        raise Unsupported(
            f"makes shape {wanted} of {('samples', *source[1:])}, which mixes samples or changes "
            "their size; supported: shapes that begin with the number of samples. Give "
            "input_shape=... if it is another, reshape with x.flatten(1), or choose the value "
            f"before it: output={call.operation.inputs[0]!r}."
        )
    return _reshaped(call, known[1:])


def _axes(call: Call) -> list[int] | None:
    """Return axes that are an attribute in older operations, an input in newer ones."""
    axes = call.attribute("axes")
    return call.integers(1, "axes") if axes is None else [int(axis) for axis in axes]


@ONNX_OPS.register("Squeeze")
def squeeze(call: Call) -> Tensor:
    """Express the removal of axes of size 1 as a reshape."""
    tensor, axes = call.tensor(), _axes(call)
    shape = tensor.source_shape
    if axes is None:
        if call.batch == 1:
            raise Unsupported("drops all axes of size 1, the batch axis too. Name the axes.")
        axes = [axis for axis, n in enumerate(shape, 1) if n == 1]
    dropped = {positive_axis(axis, tensor) for axis in axes}
    if any(shape[axis - 1] != 1 for axis in dropped):
        raise Unsupported(
            f"drops axes {sorted(dropped)} of shape {shape}; supported: of size 1. Reshape instead."
        )
    return _reshaped(call, [n for axis, n in enumerate(shape, 1) if axis not in dropped])


@ONNX_OPS.register("Unsqueeze")
def unsqueeze(call: Call) -> Tensor:
    """Express new axes of size 1 as a reshape."""
    axes = _axes(call) or []
    shape = call.tensor().source_shape
    rank = len(shape) + 1 + len(axes)
    places = {axis + rank if axis < 0 else axis for axis in axes}
    if 0 in places:
        raise Unsupported(
            "puts an axis before the batch axis; supported: after it. Use dim 1 or more."
        )
    rest = iter(shape)
    return _reshaped(call, [1 if axis in places else next(rest) for axis in range(1, rank)])


@ONNX_OPS.register("Transpose")
def transpose(call: Call) -> Tensor:
    """Keep a permutation of axes, or none where the stored order is the wanted one already."""
    tensor = call.tensor()
    rank = len(tensor.shape) + 1
    order = tuple(int(n) for n in call.attribute("perm") or range(rank)[::-1])
    if order[0] != 0:
        raise Unsupported(
            f"has order {order}, which moves the batch axis; supported: orders that begin with 0. "
            "Use batch_first=True where a layer has this option."
        )
    last = (0, *range(2, rank), 1)
    first = (0, rank - 1, *range(1, rank - 1))
    if rank > 2 and order == (last if tensor.channels_first else first):
        relabelled = call.append(Translation((), "removed: channels are there already"), [tensor])
        return replace(relabelled, channels_first=not tensor.channels_first)
    source = call.in_source_order()
    layer = Permute(source.shape, tuple(axis - 1 for axis in order[1:]))
    if layer.order == tuple(range(rank - 1)):
        return call.append(Translation((), KEEPS), [tensor])
    return call.append(kept(layer), [source])


@ONNX_OPS.register("DepthToSpace", "SpaceToDepth")
def shuffle(call: Call) -> Tensor:
    """Express the exchange of channels and places (PixelShuffle) by moving axes."""
    tensor = call.channels_last()
    block = int(call.attribute("blocksize", 0))
    enlarges = call.operation.kind == "DepthToSpace"
    if len(tensor.shape) != 3 or block < 1:
        raise Unsupported(
            f"has blocksize {block} for shape {tensor.source_shape}; supported: 1 or more, and "
            "channels with two spatial axes. Check the input shape."
        )
    height, width, channels = tensor.shape
    fits = channels % block**2 == 0 if enlarges else height % block == width % block == 0
    if not fits:
        raise Unsupported(
            f"has blocksize {block}, which does not divide shape {tensor.source_shape}. Check the "
            "input shape."
        )
    if not enlarges:
        apart: Shape = (height // block, block, width // block, block, channels)
        order: Shape = (0, 2, 1, 3, 4)
        target = (height // block, width // block, block**2 * channels)
    elif call.attribute("mode", "DCR") == "CRD":
        apart, order = (height, width, channels // block**2, block, block), (0, 3, 1, 4, 2)
        target = (height * block, width * block, channels // block**2)
    else:
        apart, order = (height, width, block, block, channels // block**2), (0, 2, 1, 3, 4)
        target = (height * block, width * block, channels // block**2)
    permute = Permute(apart, order)
    layers = (Reshape(tensor.shape, apart), permute, Reshape(permute.output_shape, target))
    steps: Steps = tuple((layer, Activation.LINEAR) for layer in layers)
    return call.append(Translation(steps, "lowered to a permutation of axes"), [tensor])


@ONNX_OPS.register("Concat")
def concatenate(call: Call) -> Tensor:
    """Keep a concatenation of tensors."""
    inputs = call.alike(range(len(call.values)))
    axis = stored_axis(int(call.attribute("axis")), inputs[0])
    shapes = tuple(tensor.shape for tensor in inputs)
    others = {shape[:axis] + shape[axis + 1 :] for shape in shapes}
    if len(others) != 1:
        shown = ", ".join(str(tensor.source_shape) for tensor in inputs)
        raise Unsupported(
            f"joins shapes {shown}; supported: shapes that are equal except for the joined axis. "
            "Check the input shape."
        )
    if len(inputs) == 1:
        return call.append(Translation((), "removed: joins one input"), inputs)
    return call.append(kept(Concatenate(shapes, axis)), inputs)


def stored_order(tensor: Tensor, per_axis: Sequence[Item]) -> tuple[Item, ...]:
    """Return what belongs to each axis of the source, samples not counted, in the stored order."""
    items = tuple(per_axis)
    return (*items[1:], items[0]) if tensor.channels_first else items
