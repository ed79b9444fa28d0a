"""Where Keras itself answers otherwise than its layers say."""

from __future__ import annotations

from typing import Any


def biases_along_columns(model: Any, version: str) -> list[str]:
    """Name the layers whose biases Keras may add to columns instead of channels.

    Channels stand first there, and are as many as there are columns: Keras 3.15 then takes the
    last axis for that of the bias, in a plain convolution where the model is called, in all others
    where it predicts, too.

    Parameters
    ----------
    model : keras.Model
    version : str
        Of Keras.

    Returns
    -------
    list of str
        A refusal for each such layer.
    """
    found = []
    for layer in model._flatten_layers(include_self=False, recursive=True):
        first = getattr(layer, "data_format", None) == "channels_first"
        if not first or getattr(layer, "bias", None) is None:
            continue
        shapes = [tensor.shape for call in layer._inbound_nodes for tensor in call.outputs]
        if any(shape[1] == shape[-1] for shape in shapes):
            found.append(
                f"{layer.name} ({type(layer).__name__}) has as many channels, which stand first, "
                f"as columns, and Keras {version} adds its bias along the columns; supported: "
                "along the channels. Train with channels last, or without this bias."
            )
    return found
