"""Eight-bit weights, 13-bit biases, 17-bit thresholds.

Per layer one factor S, as large as the ranges allow::

    w = 2 round(W S / 2)  in [-256, 254]
    b = round(B S)        in [-4096, 4095]
    theta = round(Theta S)  up to 131071
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.errors import UnsupportedLayerError
from workbench.exporters.loihi.layer_chain import ChainLayer

WEIGHT_RANGE = (-256, 254)
BIAS_RANGE = (-4096, 4095)
LARGEST_THRESHOLD = 131_071
POOL_WEIGHT = 64


@dataclass(frozen=True, eq=False)
class QuantizedLayer:
    """A layer of the chain in the chip's integers.

    Parameters
    ----------
    source : ChainLayer
    weight : ndarray of int64
        Like the source's map: (rows, columns, channels per group, filters) or (inputs, units).
    bias : ndarray of int64
    threshold : int
        A neuron spikes when its potential reaches it.
    initial_potential : int
    factor : float
        S: integers per unit of the source's weights.
    limited_by : "weights", "bias", "threshold" or "pooling"
        What kept the factor from being larger.
    """

    source: ChainLayer
    weight: np.ndarray
    bias: np.ndarray
    threshold: int
    initial_potential: int
    factor: float
    limited_by: str

    @property
    def name(self) -> str:
        return self.source.name

    def errors(self) -> dict[str, float]:
        """What rounding changed, weights and biases as fractions of the threshold.

        weight_max, weight_rms, bias_max: largest and root-mean-square change; weight_relative:
        root-mean-square change over root-mean-square weight.
        """
        source = self.source
        weight, bias = source.weights / source.threshold, source.bias / source.threshold
        change = self.weight / self.threshold - weight
        rms = float(np.sqrt(np.mean(change**2)))
        return {
            "weight_max": float(np.abs(change).max()),
            "weight_rms": rms,
            "weight_relative": rms / float(np.sqrt(np.mean(weight**2))),
            "bias_max": float(np.abs(self.bias / self.threshold - bias).max(initial=0)),
        }


def quantize(layers: tuple[ChainLayer, ...]) -> tuple[QuantizedLayer, ...]:
    """Bring layers to the chip's integers.

    Raises
    ------
    UnsupportedLayerError
        If all weights of a layer round to 0, or one exceeds the range; all layers are named.
    """
    problems = [problem for layer in layers if (problem := _problem(layer))]
    if problems:
        raise UnsupportedLayerError(problems)
    return tuple(_quantized(layer) for layer in layers)


def factor_of(layer: ChainLayer) -> tuple[float, str]:
    """Return S and what limits it."""
    if layer.pool_inputs:
        return min(float(POOL_WEIGHT), LARGEST_THRESHOLD // layer.threshold), "pooling"
    limits = {
        "weights": _room(layer.weights, WEIGHT_RANGE),
        "bias": _room(layer.bias, BIAS_RANGE),
        "threshold": LARGEST_THRESHOLD / layer.threshold,
    }
    name = min(limits, key=lambda key: limits[key])
    return limits[name], name


def _room(values: np.ndarray, bounds: tuple[int, int]) -> float:
    """Largest factor that keeps values within bounds."""
    low, high = -float(values.min(initial=0)), float(values.max(initial=0))
    return min(-bounds[0] / low if low > 0 else np.inf, bounds[1] / high if high > 0 else np.inf)


def _problem(layer: ChainLayer) -> str:
    if not layer.weights.any():
        return (
            f"{layer.name} has only zero weights, which Lava's loader cannot read. "
            "Remove the layer, or train it again."
        )
    factor, limited_by = factor_of(layer)
    if not np.rint(layer.weights * factor / 2).any():
        return (
            f"All weights of {layer.name} round to 0 in 8 bits, because its {limited_by} needs the "
            "range. Set a lower percentile for the layer, or train it with a smaller bias."
        )
    if round(layer.threshold * factor) < 1:
        largest = float(np.abs(layer.weights).max() / layer.threshold)
        return (
            f"{layer.name} has a weight of {largest:.3g} thresholds; 8 bits hold 254 at most. "
            "Set a higher percentile or threshold for the layer."
        )
    return ""


def _quantized(layer: ChainLayer) -> QuantizedLayer:
    factor, limited_by = factor_of(layer)
    weight = np.clip(2 * np.rint(layer.weights * factor / 2), *WEIGHT_RANGE).astype(np.int64)
    bias = np.clip(np.rint(layer.bias * factor), *BIAS_RANGE).astype(np.int64)
    return QuantizedLayer(
        layer,
        weight,
        bias,
        round(layer.threshold * factor),
        round(layer.initial_potential * factor),
        factor,
        limited_by,
    )
