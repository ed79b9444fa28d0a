"""Constants that meet a tensor: along which axis they vary."""

from __future__ import annotations

import numpy as np

from workbench.ingest.builder import Tensor, Unsupported
from workbench.ingest.onnx_ops.handlers import Call


def per_sample(constant: np.ndarray, tensor: Tensor, batch: int) -> np.ndarray:
    """Return a constant as it meets each sample, with as many axes as the tensor.

    Raises
    ------
    Unsupported
        If it differs between samples, or makes the tensor larger.
    """
    shape = tensor.source_shape
    rank = len(shape)
    whole = constant.reshape((1,) * (rank + 1 - constant.ndim) + constant.shape)
    if whole.ndim > rank + 1:
        raise Unsupported(
            f"has a constant of shape {constant.shape} for inputs of shape {shape}; supported: "
            "constants that leave the shape as it is. Expand the tensor first."
        )
    same = np.array_equal(whole, np.broadcast_to(whole[:1], whole.shape), equal_nan=True)
    if len(whole) not in (1, batch) or not same:
        raise Unsupported(
            "has a constant that differs between samples; supported: one for all. Use the same "
            "constant for all samples."
        )
    single = whole[0]
    if any(n not in (1, size) for n, size in zip(single.shape, shape, strict=True)):
        raise Unsupported(
            f"has a constant of shape {constant.shape} for inputs of shape {shape}; supported: "
            "constants that leave the shape as it is. Expand the tensor first."
        )
    return single


def along_channels(
    call: Call, index: int, constant: np.ndarray
) -> tuple[Tensor, np.ndarray | None]:
    """Return an input arranged so that a constant varies along its last axis, and its values.

    The values have shape (1,) where they are the same for all, (channels,) where they vary; they
    are None where the constant varies along other axes, too, and the input is then in the
    source's order.
    """
    tensor = call.tensor(index)
    single = per_sample(constant, tensor, call.batch)
    varying = [axis for axis, n in enumerate(single.shape) if n > 1]
    if not varying:
        return tensor, single.reshape(-1)[:1]
    if len(varying) == 1 and varying[0] in (0, single.ndim - 1):
        return call.with_last(index, varying[0] + 1), single.reshape(-1)
    return call.in_source_order(index), None
