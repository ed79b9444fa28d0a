"""What in an architecture could run code or read other files, found before Keras sees it.

Keras makes whatever class or function a configuration names, and imports the module it stands in.
Its own checks have failed more than once, so none of them is relied on: only classes of Keras'
own places are let through, and only functions that are known as activations.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from workbench.errors import UnsupportedLayerError
from workbench.ingest.builder import MOST_UNITS
from workbench.ingest.keras_config import refused_in_config
from workbench.ingest.keras_layers.activations import ACTIVATIONS, OTHER_NAMES
from workbench.ingest.keras_older import TRAINING

RUNS = {
    "Lambda": "runs Python code that the file holds",
    "TFSMLayer": "runs a TensorFlow program from a folder",
    "TorchModuleWrapper": "holds a pickled module, which runs code when it is read",
    "JaxLayer": "runs code",
    "FlaxLayer": "runs code",
    "StringLookup": "reads a vocabulary file",
    "IntegerLookup": "reads a vocabulary file",
    "TextVectorization": "reads a vocabulary file",
    "MelSpectrogram": "makes a table of any size",
    "STFTSpectrogram": "makes a table of any size",
}
"""Layers of Keras that are not made, and why."""

_VALUES = ("__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__")
"""What Keras writes in place of values that JSON has no form for."""

_PLACES = ("layers", "models", "ops", "activations", "dtype_policies", "engine")
_TOP = ("keras", "keras.src", "builtins", None, "")

_WINDOWS = ("kernel_size", "pool_size", "strides", "dilation_rate", "size")
"""Options whose numbers are 1 or more."""

_SIZES = (
    *_WINDOWS, "units", "filters", "n", "height", "width", "padding", "cropping", "target_shape",
    "depth_multiplier", "input_dim", "output_dim", "num_tokens", "num_bins", "groups", "key_dim",
    "num_heads", "value_dim", "batch_shape", "batch_input_shape", "target_size", "levels",
)  # fmt: skip
"""Options that say how large something is."""


def scanned(architecture: Any) -> Any:
    """Return a model's architecture without what only training needs, if it is harmless.

    Parameters
    ----------
    architecture : dict
        ``{"class_name": "Sequential", "config": ...}`` in the words of Keras 3.

    Returns
    -------
    dict
        Without optimizers, losses, initializers, regularizers and constraints, which may be of
        any class.

    Raises
    ------
    UnsupportedLayerError
        Naming the layers that could run code or read files, or are of impossible sizes; with
        others that are not supported.
    """
    plain = _plain(architecture)
    problems = list(dict.fromkeys(_problems(plain, "the model")))
    if problems:
        named = refused_in_config(plain)
        told = {problem.split()[0].rpartition("/")[2] for problem in named}
        others = [problem for problem in problems if problem.split()[0] not in told]
        raise UnsupportedLayerError([*named, *others])
    return plain


def _plain(value: Any) -> Any:
    """Leave out what only training needs."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _plain(item)
        for key, item in value.items()
        if key != "compile_config" and not str(key).endswith(TRAINING)
    }


def _problems(value: Any, layer: str) -> Iterator[str]:
    """Find what is refused in a configuration; `layer` is the one it belongs to."""
    if isinstance(value, list):
        for item in value:
            yield from _problems(item, layer)
    if not isinstance(value, dict):
        return
    config = value.get("config")
    if "class_name" in value:
        kind = str(value["class_name"]).rpartition(">")[2]
        name = config.get("name") if isinstance(config, dict) else None
        layer = f"{name} ({kind})" if isinstance(name, str) else layer
        if reason := _refusal(value, kind):
            yield f"{layer} {reason}"
    if isinstance(config, dict):
        yield from (f"{layer} {reason}" for reason in _wrong_sizes(config))
    for item in value.values():
        yield from _problems(item, layer)


def _refusal(entry: dict[str, Any], kind: str) -> str:
    """Say why an object is not made; "" where it is."""
    module = entry.get("module")
    if kind in RUNS:
        return (
            f"{RUNS[kind]}; supported: layers that only compute. Leave it out and save the model "
            "again."
        )
    if kind.startswith("__"):
        return (
            "" if kind in _VALUES else f"holds an object of the kind {kind[:40]}; supported: none."
        )
    if _registered(entry):
        return ""
    name = entry.get("config") if kind == "function" else kind
    plain = isinstance(name, str) and name.isidentifier()
    if kind == "function":
        plain = plain and OTHER_NAMES.get(str(name), name) in ACTIVATIONS
    else:
        plain = plain and str(name)[:1].isupper()
    if plain and _is_keras(module):
        return ""
    where = f" of the module {str(module)[:60]!r}" if module else ""
    return (
        f"names {str(name)[:60]!r}{where}, which is not created; supported: Keras' own layers, and "
        f"the activations {', '.join(ACTIVATIONS)}. Save the model without it."
    )


def _registered(entry: dict[str, Any]) -> bool:
    """Whether an object is of a class or function that this program has made known to Keras."""
    import keras

    names = (entry.get("registered_name"), entry.get("config"), entry.get("class_name"))
    return any(
        isinstance(name, str) and ">" in name and keras.saving.get_registered_object(name)
        for name in names
    )


def _is_keras(module: Any) -> bool:
    """Whether a module is one of those where Keras has its layers, operations and activations."""
    if module is None or module in _TOP:
        return True
    first, *parts = str(module).split(".")
    if parts[:1] == ["src"]:
        parts = parts[1:]
    return first == "keras" and bool(parts) and parts[0] in _PLACES


def _wrong_sizes(config: dict[str, Any]) -> Iterator[str]:
    """Find sizes that no layer can have."""
    for key in _SIZES:
        numbers = [n for n in _numbers(config.get(key)) if n is not None]
        lowest = 1 if key in _WINDOWS else -1
        product = math.prod(max(1, abs(n)) for n in numbers)
        if numbers and (min(numbers) < lowest or product > MOST_UNITS):
            yield (
                f"has {key} {str(config[key])[:60]}; supported: integers from {max(0, lowest)}, "
                f"{MOST_UNITS:,} in all. Change the layer and save the model again."
            )


def _numbers(value: Any) -> list[int]:
    if isinstance(value, list):
        return [n for item in value for n in _numbers(item)]
    return [value] if isinstance(value, int) and not isinstance(value, bool) else []
