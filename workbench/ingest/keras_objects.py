"""Activations to train with that spike as they are: binary, ternary, quantized.

Use them in a Keras model; a saved model that has them loads again wherever this package is
installed. Forward they are the functions of `workbench.network.activation`; gradients pass
straight through where the input is within reach (Bengio et al. 2013, arXiv:1308.3432).
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

PACKAGE = "snn_workbench"


def _straight_through(value: Any, x: Any) -> Any:
    """Give a value forward, and the gradient of x between -1 and 1 backward."""
    passing = ops.clip(x, -1.0, 1.0)
    return passing + ops.stop_gradient(value - passing)


@keras.saving.register_keras_serializable(PACKAGE)
def binary_step(x: Any) -> Any:
    """Return 1 where x > 0, else 0."""
    return _straight_through(ops.cast(x > 0, x.dtype), x)


@keras.saving.register_keras_serializable(PACKAGE)
def binary_sign(x: Any) -> Any:
    """Return 1 where x >= 0, else -1."""
    return _straight_through(2 * ops.cast(x >= 0, x.dtype) - 1, x)


@keras.saving.register_keras_serializable(PACKAGE)
def ternary_step(x: Any) -> Any:
    """Return 1 where x > 0.5, -1 where x < -0.5, else 0."""
    return _straight_through(ops.sign(x) * ops.cast(ops.abs(x) > 0.5, x.dtype), x)


@keras.saving.register_keras_serializable(PACKAGE)
class QuantizedReLU(keras.layers.Layer):
    """``y = ceiling * clip(floor(x levels / ceiling + 1/2) / levels, 0, 1)``, ceiling trained.

    The activation of QCFS (Bu et al. 2022, "Optimal ANN-SNN conversion for high-accuracy and
    ultra-low-latency spiking neural networks", ICLR): its spiking form needs about as many steps
    as there are levels.

    Parameters
    ----------
    levels : int
    ceiling : float
        At the start of training.
    """

    def __init__(self, levels: int = 8, ceiling: float = 1.0, **options: Any):
        super().__init__(**options)
        self.levels = levels
        self.initial_ceiling = ceiling

    def build(self, input_shape: Any) -> None:
        """Make the trained ceiling."""
        start = keras.initializers.Constant(self.initial_ceiling)
        self.ceiling = self.add_weight(shape=(), initializer=start, name="ceiling")

    def call(self, x: Any) -> Any:
        """Apply the staircase; its gradient is that of the clipped ramp."""
        share = ops.clip(x / self.ceiling, 0.0, 1.0)
        stairs = ops.clip(ops.floor(x * (self.levels / self.ceiling) + 0.5) / self.levels, 0.0, 1.0)
        return self.ceiling * (share + ops.stop_gradient(stairs - share))

    def get_config(self) -> dict[str, Any]:
        """Return what makes an equal layer."""
        return {**super().get_config(), "levels": self.levels, "ceiling": self.initial_ceiling}
