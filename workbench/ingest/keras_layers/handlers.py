"""The tables of handlers, and what several of them need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.ingest.builder import Tensor, Translation, Unsupported
from workbench.network.windows import same_padding
from workbench.util.handlers import Handlers

Handler = Callable[[Any, tuple[Tensor, ...]], Translation]
KERAS_LAYERS: Handlers[Handler] = Handlers("read from Keras")

KERAS_OPERATIONS: Handlers[Callable[[tuple[Any, ...], tuple[Tensor, ...]], Translation]] = Handlers(
    "read from keras.ops"
)
"""Operations that stand in a functional model without a layer, as in ``x / 255``; a handler takes
the call's arguments in place of a layer."""

LAYOUT_FREE: set[str] = set()
"""Kinds that do the same wherever the channels stand; the others read the source's order of axes,
unless they have a data_format of their own."""


def layout_free(*kinds: str) -> Callable[[Handler], Handler]:
    """Register a handler of layers that take tensors as they are stored."""
    LAYOUT_FREE.update(kinds)
    return KERAS_LAYERS.register(*kinds)


def is_known(thing: Any) -> bool:
    """Whether a layer class or a function is Keras', TensorFlow's or this package's.

    Another one with the same name may do anything.
    """
    module = getattr(thing, "__module__", None) or ""
    return module.split(".")[0] in ("keras", "tensorflow", "workbench")


def array(weight: Any) -> np.ndarray:
    """Return a Keras weight as float32."""
    return np.asarray(weight, np.float32)


def kernel_of(layer: Any) -> np.ndarray:
    """Return a layer's kernel.

    Raises
    ------
    Unsupported
        If it was quantized, whose integers need scales of their own.
    """
    if getattr(layer, "quantization_mode", None):
        raise Unsupported(
            f"is quantized to {layer.quantization_mode}; supported: weights in floating point. "
            "Save the model before it is quantized."
        )
    return array(layer.kernel)


def bias_of(layer: Any) -> np.ndarray | None:
    """Return a layer's bias, if it has one."""
    return array(layer.bias) if layer.use_bias else None


def stored_axis(axis: Any, tensor: Tensor) -> int:
    """Return which stored axis (from 0, samples not counted) a source's axis is.

    Raises
    ------
    Unsupported
        If it is the axis of the samples, or there are several.
    """
    axes = list(axis) if isinstance(axis, (list, tuple)) else [axis]
    rank = len(tensor.shape)
    index = axes[0] if axes[0] < 0 else axes[0] - 1 - rank
    if len(axes) != 1 or not -rank <= index < 0:
        raise Unsupported(
            f"acts along axis {axis}; supported: one axis other than the batch axis. Name that "
            "axis."
        )
    if tensor.channels_first:
        # Channels came first and stand last; all others stand one place earlier.
        index = -1 if index == -rank else index - 1
    return index + rank


def pair(value: Any) -> tuple[int, int]:
    """Return sizes along height and width; those of a one-dimensional layer have height 1."""
    values = tuple(int(n) for n in (value if isinstance(value, (list, tuple)) else (value,)))
    return (1, values[0]) if len(values) == 1 else (values[0], values[1])


def explicit_padding(
    layer: Any,
    shape: tuple[int, int, int],
    kernel: tuple[int, int],
    strides: tuple[int, int],
    dilation: tuple[int, int] = (1, 1),
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return Keras' padding as zeros on each side."""
    if layer.padding == "valid":
        return (0, 0), (0, 0)
    if layer.padding == "causal" and kernel[0] == 1:
        return (0, 0), ((kernel[1] - 1) * dilation[1], 0)
    if layer.padding != "same":
        raise Unsupported(f"has padding '{layer.padding}'; supported: same, valid. Pad the input.")
    rows, columns = (same_padding(shape[i], kernel[i], strides[i], dilation[i]) for i in range(2))
    return rows, columns
