"""Layers that apply another one to each step of a sequence."""

from __future__ import annotations

import math
from typing import Any

from workbench.ingest.builder import Tensor, Translation, Unsupported, kept
from workbench.ingest.keras_layers.handlers import KERAS_LAYERS, is_known
from workbench.ingest.keras_layers.removed import AUGMENTATION, TRAINING_ONLY
from workbench.network.structure import Reshape

EVERYWHERE = {"Dense", "Activation", "ReLU", "LeakyReLU", "Rescaling", "QuantizedReLU", "Identity"}
EVERYWHERE |= {*TRAINING_ONLY, *AUGMENTATION}
"""Layers that do the same with each vector along the last axis, or with each value."""


@KERAS_LAYERS.register("TimeDistributed")
def time_distributed(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Apply the inner layer to the whole sequence, where that is the same."""
    inner, shape = layer.layer, inputs[0].shape
    kind = type(inner).__name__
    handler = KERAS_LAYERS.get(kind)
    if kind in EVERYWHERE and handler is not None and is_known(type(inner)):
        return handler(inner, inputs)
    if kind == "Flatten" and inner.data_format == "channels_last":
        return kept(Reshape(shape, (shape[0], math.prod(shape[1:]))))
    raise Unsupported(
        f"applies {inner.name} ({kind}) to each step; supported: "
        f"{', '.join(sorted(EVERYWHERE - {*TRAINING_ONLY, *AUGMENTATION}))}, Flatten, and layers "
        "that act in training only. Feed the steps as samples, one by one."
    )
