"""Where Keras itself answers otherwise than its layers say."""

from __future__ import annotations

from typing import Any

import numpy as np


def bias_along_columns(layer: Any, shape: tuple[int, ...]) -> str:
    """Name a layer whose bias Keras adds to columns instead of channels.

    Channels stand first there, and are as many as there are columns: Keras 3.15 then takes the
    last axis for that of the bias, wherever the layer runs. Only of a plain convolution TensorFlow
    makes one operation together with its bias where a model predicts or is trained, and that adds
    it along the channels.

    Parameters
    ----------
    layer : keras.Layer
        Which reads channels first.
    shape : tuple of int
        Of its output, samples included.

    Returns
    -------
    str
        The refusal; "" where Keras adds the bias along the channels, or where there is none, or
        where it makes no difference.
    """
    import keras

    bias = getattr(layer, "bias", None)
    if bias is None or np.ptp(np.asarray(bias)) == 0 or shape[1] != shape[-1]:
        return ""
    if _is_plain(layer) or not _adds_along_columns(keras.ops):
        return ""
    return (
        f"{layer.name} ({type(layer).__name__}) has channels first and as many channels as "
        f"columns, so that Keras {keras.__version__} adds its bias along the columns; supported: "
        "along the channels. Train with channels last, or without this bias."
    )


def _is_plain(layer: Any) -> bool:
    options = (getattr(layer, "groups", 1), *np.atleast_1d(getattr(layer, "dilation_rate", 1)))
    return type(layer).__name__ in ("Conv1D", "Conv2D") and set(options) == {1}


def _adds_along_columns(ops: Any) -> bool:
    """Try it on an image of two channels and two columns."""
    bias = np.array([0, 1], np.float32).reshape(1, 2, 1, 1)
    return bool(np.asarray(ops.add(np.zeros((1, 2, 1, 2), np.float32), bias))[0, 0, 0, 1])
