"""The activations that scales are chosen by, and where a layer's are clipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from workbench.conversion.preparation import prepare
from workbench.conversion.statistics import Histogram
from workbench.network.graph import Network
from workbench.settings import Conversion
from workbench.util.stored_samples import Samples

BARS = 48
"""Bars of a histogram on a page."""


@dataclass(frozen=True, eq=False)
class Activations:
    """Activations above zero on the calibration samples.

    Parameters
    ----------
    layers : mapping of layer to Histogram
        Of layers with neurons, by the names of their populations.
    """

    layers: Mapping[str, Histogram] = field(default_factory=dict)

    @classmethod
    def of(cls, network: Network, calibration: Samples, conversion: Conversion) -> Activations:
        """Return those of a network; they are known once it was converted."""
        prepared = prepare(
            network,
            calibration,
            max_pool=conversion.max_pool,
            spiking_pools=conversion.spiking_pools,
        )
        return cls(prepared.statistics.layers)


def bars(histogram: Histogram) -> tuple[np.ndarray, float]:
    """Return the heights of a histogram's bars, and the activation at which the last one ends.

    Returns
    -------
    heights : ndarray of float64, shape (`BARS`,)
        Shares of the highest; square roots, because few activations are large.
    top : float
        The largest activation.
    """
    top = float(histogram.maximum[0])
    if top <= 0:
        return np.zeros(BARS), 1.0
    centres = (np.arange(histogram.bins) + 0.5) * (histogram.top[0] / histogram.bins)
    place = np.minimum((centres / top * BARS).astype(int), BARS - 1)
    counts = np.bincount(place, weights=histogram.counts[0], minlength=BARS)
    return np.sqrt(counts / max(1.0, counts.max())), top


def percentile_at(histogram: Histogram, activation: float) -> float:
    """Return which percentile of the positive values an activation is."""
    counts, top = histogram.counts[0], float(histogram.top[0])
    if activation >= histogram.maximum[0] or top <= 0:
        return 100.0
    place = max(0.0, activation) / top * histogram.bins
    whole = int(place)
    below = counts[:whole].sum() + counts[whole] * (place - whole)
    return 100.0 * float(below / max(1, counts.sum()))
