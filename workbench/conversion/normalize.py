"""Which activation one spike per step represents: lambda of every layer.

Data-based normalization (Rueckauer et al. 2017, Front. Neurosci. 11:682): lambda is the p-th
percentile of a layer's positive activations; weights become
``W lambda_source / lambda_target`` and biases ``b / lambda_target``.

For few steps, the scale of least squared error serves better (Li et al. 2021, "A free lunch from
ANN", ICML): of ``lambda = g max`` that which minimises the sum over all activations a of
``(a - lambda / L clip(floor(L a / lambda + 1/2), 0, L))^2``, L being `Conversion.levels`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from workbench.conversion.output_sign import output_read, signed_scale
from workbench.conversion.statistics import Histogram, Statistics
from workbench.errors import SettingsError
from workbench.network.activation import QuantizedReLU, ReLU, Step
from workbench.network.graph import Network
from workbench.settings import Conversion
from workbench.spike_codes import MARGIN

SMALLEST_CHANNEL = 1e-3
"""A channel's lambda is at least this fraction of its layer's, so that a channel that hardly
ever fires does not get huge weights."""

MMSE_SHARES = np.linspace(0.25, 1, 26)
"""Shares of the largest activation among which "mmse" chooses."""


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
    is_step = isinstance(activation, Step)
    code = conversion.spike_code
    percent = _percentile(conversion, name, whole=is_output or is_step)

    def scale_of(histogram: Histogram) -> np.ndarray:
        if percent is None:
            return least_error(histogram, conversion.levels)
        return histogram.percentile(percent)

    layer = scale_of(statistics.layers[name])
    if is_output and (read := output_read(conversion, statistics.output)):
        layer = np.array([signed_scale(float(layer[0]), statistics.output, read)])
    if layer[0] <= 0:
        layer = np.ones(1)  # A layer that is silent on all calibration data has no scale.
    if is_output:
        return layer
    if conversion.per_channel and not is_step:
        channels = scale_of(statistics.channels[name])
        reference = layer if percent is not None else statistics.layers[name].maximum
        smallest = SMALLEST_CHANNEL * reference
        layer = np.where(channels <= 0, layer, np.maximum(channels, smallest))
    if code.is_continuous and not is_step:
        layer = layer * MARGIN  # so that no neuron reaches its threshold before its window
    if isinstance(activation, ReLU) and activation.ceiling is not None:
        # Firing at every step must not mean more than the value at which the layer is clipped.
        theta = conversion.thresholds.get(name, conversion.threshold)
        ceiling = activation.ceiling / theta
        # In continuous time the window's start is the ceiling: what is above it comes then.
        layer = np.full(1, ceiling) if code.is_continuous else np.minimum(layer, ceiling)
    return layer


def _percentile(conversion: Conversion, name: str, *, whole: bool) -> float | None:
    """Percentile that a layer's scale is; None for the scale of least error."""
    if conversion.spike_code.is_continuous:
        return 100.0
    if name in conversion.percentiles:
        return conversion.percentiles[name]
    if whole or conversion.normalization == "max":
        return 100.0
    return None if conversion.normalization == "mmse" else conversion.percentile


def least_error(histogram: Histogram, levels: int) -> np.ndarray:
    """Scale at which equal steps stand for activations with the least squared error.

    Parameters
    ----------
    histogram : Histogram
        An activation counts as the centre of its bin.
    levels : int
        Steps from 0 to the scale, L.

    Returns
    -------
    ndarray of float64, shape (channels,)
        One of `MMSE_SHARES` of each channel's largest value, of equally good ones the smallest; 0
        where no value was positive.
    """
    # In units of the largest value, so that those of the tiniest activations have squares.
    largest = np.where(histogram.maximum > 0, histogram.maximum, 1.0)[:, None]
    centres = (np.arange(histogram.bins) + 0.5) * (histogram.top[:, None] / histogram.bins)
    centres = np.minimum(centres / largest, 1.0)
    best, least = np.zeros(histogram.channels), np.full(histogram.channels, np.inf)
    for share in MMSE_SHARES:
        steps = np.clip(np.floor(centres * (levels / share) + 0.5), 0, levels)
        error = np.einsum("cb,cb->c", histogram.counts, (centres - steps * (share / levels)) ** 2)
        better = error < least
        best, least = np.where(better, share, best), np.where(better, error, least)
    return best * histogram.maximum
