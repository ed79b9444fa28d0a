"""Layers that do nothing at inference: regularization, and augmentation of images."""

from __future__ import annotations

from typing import Any

from workbench.ingest.builder import Tensor, Translation, Unsupported
from workbench.ingest.keras_layers.handlers import layout_free

TRAINING_ONLY = (
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "ActivityRegularization",
)
"""Layers that regularize."""

AUGMENTATION = (
    "AugMix",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
)
"""Layers that change images at random."""


@layout_free(*TRAINING_ONLY)
def training_only(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Remove a layer that does nothing at inference."""
    return Translation((), "removed: acts in training only")


@layout_free(*AUGMENTATION)
def augmentation(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Remove a layer that changes images in training."""
    return Translation((), "removed: augments images in training only")


@layout_free("RandomCrop")
def random_crop(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Remove a random crop to the size that images have."""
    channels_first = inputs[0].channels_first or layer.data_format == "channels_first"
    shape = inputs[0].source_shape
    size = shape[1:] if channels_first else shape[:-1]
    if size != (layer.height, layer.width):
        raise Unsupported(
            f"cuts images of {size[0]} x {size[1]} to {layer.height} x {layer.width} at random; "
            "supported: the same size. Leave it out of the saved model, or use CenterCrop."
        )
    return Translation((), "removed: the image has that size")


@layout_free("Identity")
def identity(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Remove a layer that passes its input on."""
    return Translation((), "removed: passes its input on")
