"""Images cut or scaled to a size within the model."""

from __future__ import annotations

from typing import Any

from workbench.ingest.builder import Tensor, Translation, Unsupported, kept
from workbench.ingest.keras_layers.handlers import KERAS_LAYERS
from workbench.network.activation import Activation
from workbench.network.rearrange import Repeat, Slice


@KERAS_LAYERS.register("CenterCrop")
def center_crop(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a crop to the middle of an image."""
    shape = inputs[0].shape
    size = (layer.height, layer.width)
    start = tuple((n - wanted) // 2 for n, wanted in zip(shape, size, strict=False))
    if min(start) < 0:
        raise Unsupported(
            f"cuts images of {shape[0]} x {shape[1]} to {size[0]} x {size[1]}, which enlarges "
            "them; supported: sizes up to the image's. Use Resizing."
        )
    stop = tuple(first + wanted for first, wanted in zip(start, size, strict=True))
    return kept(Slice(shape, (*start, 0), (*stop, shape[2])))


@KERAS_LAYERS.register("Resizing")
def resizing(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a scaling that repeats pixels."""
    shape, size = inputs[0].shape, (layer.height, layer.width)
    if shape[:2] == size:
        return Translation((), "removed: the image has that size")
    factors = tuple(wanted // n for n, wanted in zip(shape, size, strict=False))
    whole = size == (factors[0] * shape[0], factors[1] * shape[1])
    if layer.crop_to_aspect_ratio or getattr(layer, "pad_to_aspect_ratio", False):
        whole = whole and factors[0] == factors[1]
    if not whole or layer.interpolation != "nearest":
        raise Unsupported(
            f"scales images of {shape[0]} x {shape[1]} to {size[0]} x {size[1]} by "
            f"{layer.interpolation} interpolation; supported: integer multiples by nearest. Build "
            "the model without it, and resize the samples first."
        )
    return Translation(
        ((Repeat(shape, (*factors, 1)), Activation.LINEAR),), "lowered to upsampling"
    )
