"""What a Keras file says of its layers, for files that Keras itself cannot load.

Keras refuses a Lambda, or a class or a function that it does not know, without naming the layer.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.ingest.keras_layers import KERAS_LAYERS
from workbench.ingest.keras_layers.activations import ACTIVATIONS, refused

MODELS = ("Sequential", "Functional", "Model")
"""Classes of models that have layers."""


def refused_in_config(path: Path) -> list[str]:
    """Name the layers of a file that are not supported.

    Parameters
    ----------
    path : Path
        Of a `.keras` or `.h5` file.

    Returns
    -------
    list of str
        Nothing where the file is no sequential or functional model, or holds none that is
        unsupported.
    """
    try:
        return list(_refused(json.loads(_config(path))["config"]["layers"], ""))
    except Exception:
        return []  # Whatever a damaged file raises: Keras has said already that it is one.


def _config(path: Path) -> str | bytes:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return archive.read("config.json")
    import h5py

    with h5py.File(path) as file:
        return file.attrs["model_config"]


def _refused(layers: list[Any], prefix: str) -> Iterator[str]:
    for layer in layers:
        # Keras 2 and 3 put the package of a registered class ahead of its name.
        kind, config = layer["class_name"].rpartition(">")[2], layer["config"]
        name = prefix + config["name"]
        if kind in MODELS:
            yield from _refused(config["layers"], f"{name}/")
        elif kind != "InputLayer" and KERAS_LAYERS.get(kind) is None:
            yield KERAS_LAYERS.refusal(name, kind)
        elif function := _unknown_function(config.get("activation")):
            yield f"{name} ({kind}) {refused(repr(function))}"


def _unknown_function(activation: Any) -> str:
    """Return the name of an activation function that is not read; "" for others."""
    if isinstance(activation, dict) and activation.get("class_name") == "function":
        activation = activation["config"]
    if not isinstance(activation, str):
        return ""  # none, or a layer in its place
    name = activation.rpartition(">")[2]
    return "" if name in ACTIVATIONS else name
