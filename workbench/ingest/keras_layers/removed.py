"""Layers that do nothing at inference."""

from __future__ import annotations

from typing import Any

from workbench.ingest.builder import Tensor, Translation
from workbench.ingest.keras_layers.table import layout_free


@layout_free(
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "ActivityRegularization",
)
def training_only(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Remove a layer that does nothing at inference."""
    return Translation((), "removed: acts in training only")


@layout_free("Identity")
def identity(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Remove a layer that passes its input on."""
    return Translation((), "removed: passes its input on")
