"""Whether the numbers of an activation make sense: read from a file, or trained, they may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.network.activation import Activation, Clip, QuantizedReLU, ReLU, Ternary

LARGEST = float(np.finfo(np.float32).max)
"""Values are computed in float32."""


def fault(activation: Activation) -> str:
    """Return what is wrong with an activation's numbers, in words; nothing where nothing is.

    Parameters
    ----------
    activation : Activation
        With fields of the types that they are declared with.
    """
    for name, value in vars(activation).items():
        numbers = np.asarray(value if isinstance(value, (int, float, tuple)) else 0.0, np.float64)
        if not (np.abs(numbers) <= LARGEST).all():
            return f"its {name} is NaN, infinite, or beyond float32"
    rule = _RULES.get(type(activation))
    return rule(activation) if rule else ""


def _relu(relu: ReLU) -> str:
    if relu.ceiling is None or relu.ceiling > 0:
        return ""
    gives_nothing = relu.ceiling == 0 and not np.any(relu.slope)
    return "its ceiling is not above 0" if relu.ceiling < 0 or gives_nothing else ""


def _clip(clip: Clip) -> str:
    if clip.low >= clip.high:
        return f"its range from {clip.low:g} to {clip.high:g} is empty"
    return "" if clip.gain > 0 else f"its gain is {clip.gain:g}, not above 0"


def _quantized(stairs: QuantizedReLU) -> str:
    if stairs.levels < 1:
        return f"it has {stairs.levels} levels"
    return "" if stairs.ceiling > 0 else f"its ceiling is {stairs.ceiling:g}, not above 0"


def _ternary(ternary: Ternary) -> str:
    return "" if ternary.threshold >= 0 else "its threshold is below 0"


_RULES: dict[type, Callable[[Any], str]] = {
    ReLU: _relu,
    Clip: _clip,
    QuantizedReLU: _quantized,
    Ternary: _ternary,
}
"""What of an activation does not fit, in words; nothing where all does."""
