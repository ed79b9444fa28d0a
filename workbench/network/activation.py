"""Analog activations: what a unit does with the sum that reaches it."""

from __future__ import annotations

import enum

import numpy as np


class Activation(enum.Enum):
    """The activation functions a network may hold."""

    LINEAR = "linear"
    RELU = "relu"
    SOFTMAX = "softmax"

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Apply the function; a softmax runs over the last axis."""
        if self is Activation.RELU:
            return np.maximum(x, 0)
        if self is Activation.SOFTMAX:
            shifted = np.exp(x - x.max(axis=-1, keepdims=True))
            return shifted / shifted.sum(axis=-1, keepdims=True)
        return x
