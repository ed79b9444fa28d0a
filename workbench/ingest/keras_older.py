"""Layers as Keras 2 wrote them into `.h5` files, in words that Keras 3 takes.

Keras 2 stored options that a layer inherited but never used, such as the groups of a depthwise
convolution; Keras 3 refuses them. What they said at their only value is left out here.
"""

from __future__ import annotations

from typing import Any

TRAINING = ("kernel_initializer", "kernel_regularizer", "kernel_constraint")
"""Options that say nothing once the weights are trained."""

_UNUSED = {"groups": 1, "noise_shape": None}
"""Options that layers have inherited, and that say nothing at these values."""

KINDS = (
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "SeparableConv1D",
    "SeparableConv2D",
    "Conv1DTranspose",
    "Conv2DTranspose",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "LeakyReLU",
    "BatchNormalization",
)
"""Layers whose options have changed."""


def older_layers(keras: Any) -> dict[str, Any]:
    """Return what makes Keras 3's layers from the options of Keras 2, by the layers' names.

    Parameters
    ----------
    keras : module

    Returns
    -------
    dict of str to object with a ``from_config``
        For `keras.saving.load_model`, as its custom objects.
    """
    makers = {kind: _maker(getattr(keras.layers, kind)) for kind in KINDS}
    return {**makers, "Policy": keras.DTypePolicy}  # which has been renamed


def _maker(cls: Any) -> Any:
    def from_config(config: dict[str, Any]) -> Any:
        return cls.from_config(renewed(cls.__name__, config))

    return type(cls.__name__, (), {"from_config": staticmethod(from_config)})


def renewed(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a layer of Keras 2 or 3 in those of Keras 3.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    config : dict
        As the file has it.
    """
    config = dict(config)
    if kind == "LeakyReLU" and "alpha" in config:
        config["negative_slope"] = config.pop("alpha")
    elif kind == "BatchNormalization" and isinstance(config.get("axis"), (list, tuple)):
        axes = config["axis"]
        config["axis"] = axes[0] if len(axes) == 1 else axes
    elif "Depthwise" in kind or "Separable" in kind:
        config = {name: value for name, value in config.items() if name not in TRAINING}
    unused = _UNUSED | ({"filters": None} if "Depthwise" in kind else {})
    return {
        name: value for name, value in config.items() if name not in unused or unused[name] != value
    }
