"""Arithmetic of TensorFlow in a model of tf.keras, such as ``x / 127.5 - 1``, as layers of Keras 3.

From TensorFlow 2.4 on, tf.keras kept an operation that stands between layers as a TFOpLambda: the
name of a function of TensorFlow, and its arguments. Keras 3 has no such layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

Options = dict[str, Any]
Layer = tuple[str, Options]
"""The class of a layer, and its options."""

_CONSTANT = "_CONSTANT_VALUE"
"""Replaces a layer where the first argument is not a tensor."""


def _scaled(scale: Any = 1.0, offset: Any = 0.0) -> Layer:
    return "Rescaling", {"scale": scale, "offset": offset}


def _each(value: Any, function: Callable[[float], float]) -> Any:
    """Apply a function to a number, or to one per channel."""
    return [_each(v, function) for v in value] if isinstance(value, list) else function(value)


def _inverse(value: float) -> float:
    return 1 / value if value else math.inf  # Which is refused later, by the layer's name.


_WITH_NUMBER: dict[str, Callable[[Any], Layer]] = {
    "__operators__.add": lambda y: _scaled(offset=y),
    "math.add": lambda y: _scaled(offset=y),
    "math.subtract": lambda y: _scaled(offset=_each(y, lambda v: -v)),
    "math.multiply": lambda y: _scaled(y),
    "math.truediv": lambda y: _scaled(_each(y, _inverse)),
    "math.divide": lambda y: _scaled(_each(y, _inverse)),
}
"""Of a tensor and a number, or one per channel."""

_NUMBER_FIRST: dict[str, Callable[[Any], Layer]] = {
    "__operators__.add": lambda x: _scaled(offset=x),
    "math.add": lambda x: _scaled(offset=x),
    "math.subtract": lambda x: _scaled(-1.0, x),
    "math.multiply": lambda x: _scaled(x),
}

_WITH_TENSOR: dict[str, Layer] = {
    "__operators__.add": ("Add", {}),
    "math.add": ("Add", {}),
    "math.subtract": ("Subtract", {}),
}

_ALONE: dict[str, Layer] = {
    "nn.relu": ("ReLU", {}),
    "nn.relu6": ("ReLU", {"max_value": 6.0}),
    "math.negative": _scaled(-1.0),
    "identity": ("Identity", {}),
}


def as_layer(entry: Options) -> Options:
    """Return an operation as a layer; as it is where no layer does the same.

    Parameters
    ----------
    entry : dict
        Of the class TFOpLambda, with its calls.
    """
    function = str(entry["config"].get("function"))
    calls = entry.get("inbound_nodes") or []
    if len(calls) != 1 or len(calls[0]) != 4 or not isinstance(calls[0][0], str):
        return entry
    source, call, output, given = calls[0]
    second = given.get("y")
    read = [[source, call, output, {}]]
    layer: Layer | None
    if source == _CONSTANT:
        made = _NUMBER_FIRST.get(function) if _is_reference(second) else None
        layer, read = made(output) if made else None, [[*second, {}]] if made else read
    elif _is_reference(second):
        layer, read = _WITH_TENSOR.get(function), [*read, [*second, {}]]
    elif second is not None:
        number = _WITH_NUMBER.get(function) if _is_numbers(second) else None
        layer = number(second) if number else None
    else:
        layer = _ALONE.get(function)
    if layer is None:
        return entry
    kind, options = layer
    config = {key: entry["config"][key] for key in ("name", "dtype") if key in entry["config"]}
    return {
        "name": entry.get("name"),
        "class_name": kind,
        "config": {**config, **options},
        "inbound_nodes": [read],
    }


def _is_reference(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3 and isinstance(value[0], str)


def _is_numbers(value: Any) -> bool:
    """Whether this is a number, or a list of such."""
    if isinstance(value, list):
        return bool(value) and all(map(_is_numbers, value))
    return isinstance(value, int | float)
