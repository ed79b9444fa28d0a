"""Activation statistics as streaming histograms, so that a new percentile costs no forward pass.

A histogram of equal bins covers ``[0, range]``; when a batch goes beyond, the range doubles and
neighbouring bins merge. Memory does not depend on the amount of data, and a percentile is off by
at most one bin, ``range / bins``, less than ``2 / bins`` of the largest activation: 1/2048 for
the `BINS` bins of a layer, at most 1/128 of the channel's own largest for a channel.

Every layer has one histogram. Those of single channels cost one more pass over the data, and are
collected when a conversion asks for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from workbench.network.activation import Step
from workbench.network.graph import Network, Node
from workbench.stored import Samples

BINS = 4096
"""Bins of a histogram, where there is room."""

FEWEST_BINS = 256
"""Bins of a channel in a layer of very many."""

CHANNEL_COUNTERS = 2**20
"""Counters (8 bytes each) that the channels of one layer share, as far as `FEWEST_BINS` allow."""


@dataclass
class Histogram:
    """Positive values of one or several channels, each with a range of its own.

    Parameters
    ----------
    channels : int
    bins : int
        Even.
    """

    channels: int = 1
    bins: int = BINS
    top: np.ndarray = field(init=False)
    counts: np.ndarray = field(init=False)
    maximum: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.counts = np.zeros((self.channels, self.bins), np.int64)
        self.maximum = np.zeros(self.channels)
        self.top = np.zeros(self.channels)

    def update(self, values: np.ndarray) -> None:
        """Add values, shape (..., channels); values at or below zero do not enter."""
        flat = values.reshape(-1, self.channels)
        self.maximum = np.maximum(self.maximum, flat.max(axis=0, initial=0))
        self._widen()
        row, channel = np.nonzero(flat > 0)
        # In float64, where the bins of the tiniest float32 activations have numbers too.
        positive = flat[row, channel].astype(np.float64)
        bins = (positive * (self.bins / np.where(self.top > 0, self.top, 1))[channel]).astype(int)
        index = channel * self.bins + np.minimum(bins, self.bins - 1)
        self.counts += np.bincount(index, minlength=self.counts.size).reshape(self.counts.shape)

    def _widen(self) -> None:
        """Double the ranges that the largest values go beyond."""
        self.top = np.where(self.top > 0, self.top, self.maximum)
        while (narrow := self.top < self.maximum).any():
            self.top[narrow] *= 2
            merged = self.counts[narrow].reshape(-1, self.bins // 2, 2).sum(axis=2)
            self.counts[narrow] = np.pad(merged, ((0, 0), (0, self.bins // 2)))

    def percentile(self, percent: float) -> np.ndarray:
        """Percentile of the positive values.

        Parameters
        ----------
        percent : float
            100 gives the exact maximum.

        Returns
        -------
        ndarray, shape (channels,)
            0 where no value was positive.
        """
        if percent >= 100:
            return self.maximum.copy()
        cumulative = self.counts.cumsum(axis=1)
        total = cumulative[:, -1:]
        wanted = total * (percent / 100)
        bin_index = (cumulative < wanted).sum(axis=1)
        below = np.take_along_axis(cumulative - self.counts, bin_index[:, None], axis=1)
        inside = np.take_along_axis(self.counts, bin_index[:, None], axis=1)
        fraction = (wanted - below) / np.maximum(inside, 1)
        value = (bin_index + fraction[:, 0]) * (self.top / self.bins)
        return np.where(total[:, 0] > 0, np.minimum(value, self.maximum), 0.0)


def of_channels(channels: int) -> Histogram:
    """Return an empty histogram of each channel, with as many bins as there is room for."""
    room = max(FEWEST_BINS, CHANNEL_COUNTERS // channels)
    return Histogram(channels, min(BINS, 2 ** (room.bit_length() - 1)))


@dataclass(frozen=True)
class Statistics:
    """Histograms of the neural layers of a network over calibration data.

    Parameters
    ----------
    layers : dict of layer name to Histogram
        Of one channel: all units of a layer together.
    input_maximum : float
        Largest absolute input.
    samples : int
    channels : dict of layer name to Histogram
        Of single channels; empty until they are asked for.
    """

    layers: dict[str, Histogram]
    input_maximum: float
    samples: int
    channels: dict[str, Histogram] = field(default_factory=dict)


def collect(network: Network, calibration: Samples) -> Statistics:
    """Run calibration samples through a network and keep histograms of its activations.

    The output layer's histogram is of what reaches its softmax; that of a step function, whose
    values say nothing of its input, of the absolute sums that reach it.
    """
    layers, maximum = _histograms(network, calibration, lambda node: Histogram())
    return Statistics(layers, maximum, len(calibration))


def with_channels(statistics: Statistics, network: Network, calibration: Samples) -> Statistics:
    """Return statistics with histograms of single channels, from one more run of the samples."""
    channels, _ = _histograms(
        network, calibration, lambda node: of_channels(node.layer.output_shape[-1])
    )
    return replace(statistics, channels=channels)


def _histograms(
    network: Network, x: Samples, empty: Callable[[Node], Histogram]
) -> tuple[dict[str, Histogram], float]:
    """Return a histogram of every neural layer, and the largest absolute input."""
    nodes = [node for node in network.nodes[1:] if network.is_neural(node)]
    histograms = {node.name: empty(node) for node in nodes}
    maximum = 0.0
    for batch in network.input_batches(x):
        maximum = max(maximum, float(np.abs(batch).max(initial=0)))
        for node, sums, value in network.walk(batch):
            if node.name in histograms:
                histograms[node.name].update(_observed(network, node, sums, value))
    return histograms, maximum


def _observed(network: Network, node: Node, sums: np.ndarray, value: np.ndarray) -> np.ndarray:
    if isinstance(node.activation, Step):
        return np.abs(sums)
    return sums if node is network.output else value
