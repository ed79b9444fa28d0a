"""Layers and plain values to JSON with arrays set apart, and back; and their digest.

An array stands in the JSON as ``{"array": index}``, a layer as ``{"layer": kind, ...fields}``,
an activation as ``{"activation": kind, ...fields}``; an array that several layers share is
written once. A mapping that has such a key of its own, as thresholds of a layer named "layer"
have, stands as ``{"mapping": [[key, value], ...]}``.
Nothing else than numbers, strings, lists, dicts and None can be expressed, so that reading
a file never runs code.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

import numpy as np

from workbench.network.activation import ACTIVATION_KINDS, Activation
from workbench.network.layer import LAYER_KINDS, Layer

RESERVED = ("array", "layer", "activation", "mapping")


def encode(value: Any, arrays: list[np.ndarray]) -> Any:
    """Turn a value into JSON material, appending its arrays to `arrays`."""
    if isinstance(value, Layer):
        fields = {name: encode(item, arrays) for name, item in fields_of(value).items()}
        return {"layer": value.kind, **fields}
    if isinstance(value, Activation):
        options = {name: encode(option, arrays) for name, option in fields_of(value).items()}
        return {"activation": type(value).__name__, **options}
    if isinstance(value, np.ndarray):
        known = next((i for i, array in enumerate(arrays) if array is value), None)
        if known is None:
            arrays.append(value)
            known = len(arrays) - 1
        return {"array": known}
    if isinstance(value, dict):
        plain = {key: encode(item, arrays) for key, item in value.items()}
        marked = any(key in plain for key in RESERVED)
        return {"mapping": [[key, plain[key]] for key in sorted(plain)]} if marked else plain
    if isinstance(value, (list, tuple)):
        return [encode(item, arrays) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    return value


def decode(value: Any, arrays: list[np.ndarray]) -> Any:
    """Undo `encode`; lists become tuples, as the fields of layers are."""
    if isinstance(value, list):
        return tuple(decode(item, arrays) for item in value)
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[value["array"]]
    if "mapping" in value:
        return {key: decode(item, arrays) for key, item in value["mapping"]}
    for mark, kinds in (("layer", LAYER_KINDS), ("activation", ACTIVATION_KINDS)):
        if mark in value:
            options = {key: decode(item, arrays) for key, item in value.items() if key != mark}
            return kinds[value[mark]](**options)
    return {key: decode(item, arrays) for key, item in value.items()}


def fields_of(instance: Layer | Activation) -> dict[str, Any]:
    """Return the fields of a layer or an activation by name."""
    return {f.name: getattr(instance, f.name) for f in dataclasses.fields(instance)}


def digest(value: Any) -> str:
    """SHA-256 of a value: its canonical JSON, and type, shape and bytes of its arrays."""
    arrays: list[np.ndarray] = []
    text = json.dumps(encode(value, arrays), sort_keys=True)
    total = hashlib.sha256(text.encode())
    for array in arrays:
        total.update(f"{array.dtype.str}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()
