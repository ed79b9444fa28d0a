"""What the architecture in a Keras file says of its layers, where Keras cannot make them.

Keras refuses a Lambda, or a class or a function that it does not know, without naming the layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.ingest.keras_layers import KERAS_LAYERS, KERAS_OPERATIONS
from workbench.ingest.keras_layers.activations import ACTIVATIONS, refused
from workbench.ingest.keras_older import MODELS


def refused_in_config(architecture: Any) -> list[str]:
    """Name the layers of an architecture that are not supported.

    Parameters
    ----------
    architecture : dict
        ``{"class_name": "Sequential", "config": ...}``, of any version from Keras 2.

    Returns
    -------
    list of str
        Nothing where it is no sequential or functional model, or holds none that is unsupported.
    """
    try:
        return list(_refused(architecture["config"]["layers"], ""))
    except (KeyError, TypeError, AttributeError, RecursionError):
        return []  # Not an architecture: whoever makes the model says so.


def _refused(layers: list[Any], prefix: str) -> Iterator[str]:
    for layer in layers:
        # Keras 2 and 3 put the package of a registered class ahead of its name.
        kind, config = layer["class_name"].rpartition(">")[2], layer["config"]
        name = prefix + config["name"]
        if ".ops." in str(layer.get("module")):
            if KERAS_OPERATIONS.get(kind) is None:
                yield KERAS_OPERATIONS.refusal(name, kind)
        elif kind in MODELS:
            yield from _refused(config["layers"], f"{name}/")
        elif kind != "InputLayer" and KERAS_LAYERS.get(kind) is None:
            yield KERAS_LAYERS.refusal(name, kind)
        elif function := _unknown_function(config.get("activation")):
            yield f"{name} ({kind}) {refused(repr(function))}"
        elif isinstance(config.get("layer"), dict):
            yield from _refused([config["layer"]], f"{name}/")


def _unknown_function(activation: Any) -> str:
    """Return the name of an activation function that is not read; "" for others."""
    if isinstance(activation, dict) and activation.get("class_name") == "function":
        activation = activation["config"]
    if not isinstance(activation, str):
        return ""  # none, or a layer in its place
    name = activation.rpartition(">")[2]
    return "" if name in ACTIVATIONS else name
