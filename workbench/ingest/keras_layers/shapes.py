"""Layers that move, cut, repeat or rename units."""

from __future__ import annotations

import math
from typing import Any

from workbench.ingest.builder import Tensor, Translation, Unsupported, kept
from workbench.ingest.keras_layers.handlers import KERAS_LAYERS
from workbench.network.activation import Activation
from workbench.network.rearrange import Pad, Permute, Repeat, Slice
from workbench.network.structure import Reshape


@KERAS_LAYERS.register("Flatten", "Reshape")
def reshape(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a reshape; channels last makes Keras' order the C order."""
    shape = inputs[0].shape
    size = math.prod(shape)
    target = (size,) if type(layer).__name__ == "Flatten" else tuple(layer.target_shape)
    if -1 in target:
        known = -math.prod(target)
        target = tuple(size // known if n == -1 else n for n in target)
    if not target:
        raise Unsupported(
            "leaves only the batch axis; supported: at least one other axis. Keep (1,)."
        )
    return kept(Reshape(shape, target))


@KERAS_LAYERS.register("Permute")
def permute(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a permutation of axes."""
    return kept(Permute(inputs[0].shape, tuple(axis - 1 for axis in layer.dims)))


@KERAS_LAYERS.register("RepeatVector")
def repeat_vector(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Express a repeated vector as upsampling."""
    (size,) = inputs[0].shape
    row = Reshape((size,), (1, size))
    steps = ((row, Activation.LINEAR), (Repeat((1, size), (layer.n, 1)), Activation.LINEAR))
    return Translation(steps, "lowered to upsampling")


def _sides(amount: Any, shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return what a padding or cropping does before and after each axis, channels included."""
    places = len(shape) - 1
    sides = [amount] if places == 1 else list(amount)
    pairs = [(n, n) if isinstance(n, int) else (int(n[0]), int(n[1])) for n in sides]
    return [*pairs, (0, 0)]


@KERAS_LAYERS.register("ZeroPadding2D", "ZeroPadding1D")
def zero_padding(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a zero padding; conversion folds it into the window that follows."""
    shape = inputs[0].shape
    before, after = zip(*_sides(layer.padding, shape), strict=True)
    return kept(Pad(shape, before, after))


@KERAS_LAYERS.register("Cropping2D", "Cropping1D")
def cropping(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a cropping."""
    shape = inputs[0].shape
    start, cut = zip(*_sides(layer.cropping, shape), strict=True)
    return kept(Slice(shape, start, tuple(n - c for n, c in zip(shape, cut, strict=True))))


@KERAS_LAYERS.register("UpSampling2D", "UpSampling1D")
def upsampling(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep an upsampling by the nearest neighbour."""
    interpolation = getattr(layer, "interpolation", "nearest")
    if interpolation != "nearest":
        raise Unsupported(
            f"has interpolation '{interpolation}'; supported: nearest. Train with "
            "it, or with Conv2DTranspose."
        )
    shape = inputs[0].shape
    size = (layer.size,) if isinstance(layer.size, int) else tuple(layer.size)
    return kept(Repeat(shape, (*(int(n) for n in size), 1)))
