"""Which activation one spike per step represents: lambda of every layer.

Data-based normalization (Rueckauer et al. 2017, Front. Neurosci. 11:682): lambda is the p-th
percentile of a layer's positive activations; weights become
``W lambda_source / lambda_target`` and biases ``b / lambda_target``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from workbench.conversion.output_sign import output_read, signed_scale
from workbench.conversion.statistics import Statistics
from workbench.errors import SettingsError
from workbench.network.activation import QuantizedReLU, ReLU, Step
from workbench.network.graph import Network
from workbench.settings import Conversion

SMALLEST_CHANNEL = 1e-3
"""A channel's lambda is at least this fraction of its layer's, so that a channel that hardly
ever fires does not get huge weights."""


def scales(
    network: Network, statistics: Statistics, conversion: Conversion
) -> dict[str, np.ndarray]:
    """Choose lambda of every neural layer.

    The output layer keeps one lambda, its largest value, unless a percentile is set
    for it by name: clipping it would let the largest outputs tie.

    Returns
    -------
    dict of layer name to ndarray of float64, shape (1,) or (channels,)

    Raises
    ------
    SettingsError
        If a setting names a layer that has no neurons.
    """
    for name, mapping in (
        ("percentiles", conversion.percentiles),
        ("thresholds", conversion.thresholds),
    ):
        unknown = sorted(set(mapping) - set(statistics.layers))
        if unknown:
            raise SettingsError(
                f"Conversion.{name} names {', '.join(unknown)}; layers with neurons are "
                f"{', '.join(statistics.layers)}."
            )
    return {name: _scale(network, statistics, conversion, name) for name in statistics.layers}


def own_values(
    values: Mapping[str, float], layers: Mapping[str, tuple[str, ...]]
) -> dict[str, float]:
    """Give what is set for a layer to each of the populations that it becomes.

    Parameters
    ----------
    values : mapping of layer or population name to float
        What is set for a population by its own name goes first.
    layers : mapping of population name to layer names
        Layers of the source that a population stands for: the map, and the activation behind it.
    """
    known = {layer for names in layers.values() for layer in names} - set(layers)
    own = {name: value for name, value in values.items() if name not in known}
    for name, names in layers.items():
        for layer in names:
            if layer in values:
                own.setdefault(name, values[layer])
    return own


def _scale(
    network: Network, statistics: Statistics, conversion: Conversion, name: str
) -> np.ndarray:
    activation = network[name].activation
    is_output = name == network.output.name
    if isinstance(activation, QuantizedReLU) and not is_output:
        return np.array([activation.ceiling])  # Its staircase has been trained with this scale.
    whole = conversion.normalization == "max" or is_output or isinstance(activation, Step)
    percent = 100.0 if whole else conversion.percentile
    percent = conversion.percentiles.get(name, percent)
    layer = statistics.layers[name].percentile(percent)
    if is_output and (read := output_read(conversion, statistics.output)):
        layer = np.array([signed_scale(float(layer[0]), statistics.output, read)])
    if layer[0] <= 0:
        layer = np.ones(1)  # A layer that is silent on all calibration data has no scale.
    if is_output:
        return layer
    if conversion.per_channel and not isinstance(activation, Step):
        channels = statistics.channels[name].percentile(percent)
        silent = channels <= 0
        layer = np.where(silent, layer, np.maximum(channels, SMALLEST_CHANNEL * layer))
    if isinstance(activation, ReLU) and activation.ceiling is not None:
        # Firing at every step must not mean more than the value at which the layer is clipped.
        theta = conversion.thresholds.get(name, conversion.threshold)
        layer = np.minimum(layer, activation.ceiling / theta)
    return layer
