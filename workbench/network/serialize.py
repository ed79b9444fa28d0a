"""Layers and plain values to JSON with arrays set apart, and back; and their digest.

An array stands in the JSON as ``{"array": index}``, a layer as ``{"layer": kind, ...fields}``.
A mapping that has such a key of its own, as thresholds of a layer named "layer" have, stands as
``{"mapping": [[key, value], ...]}``.
Nothing else than numbers, strings, lists, dicts and None can be expressed, so that reading
a file never runs code.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

import numpy as np

from workbench.network.layer import LAYER_KINDS, Layer

RESERVED = ("array", "layer", "mapping")


def encode(value: Any, arrays: list[np.ndarray]) -> Any:
    """Turn a value into JSON material, appending its arrays to `arrays`."""
    if isinstance(value, Layer):
        fields = {f.name: encode(getattr(value, f.name), arrays) for f in dataclasses.fields(value)}
        return {"layer": value.kind, **fields}
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
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
    fields = {key: decode(item, arrays) for key, item in value.items() if key != "layer"}
    if "layer" in value:
        return LAYER_KINDS[value["layer"]](**fields)
    return fields


def digest(value: Any) -> str:
    """SHA-256 of a value: its canonical JSON, and type, shape and bytes of its arrays."""
    arrays: list[np.ndarray] = []
    text = json.dumps(encode(value, arrays), sort_keys=True)
    total = hashlib.sha256(text.encode())
    for array in arrays:
        total.update(f"{array.dtype.str}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()
