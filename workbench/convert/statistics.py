"""Activation statistics as streaming histograms, so that a new percentile costs no forward pass.

A histogram of `BINS` equal bins covers ``[0, range]``; when a batch goes beyond, the range
doubles and neighbouring bins merge. Memory does not depend on the amount of data, and a
percentile is off by at most one bin, ``range / BINS``, less than 1/2048 of the largest
activation.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from workbench.network.activation import Step
from workbench.network.graph import Network, Node

BINS = 4096


@dataclass
class Histogram:
    """Positive values of one layer, per channel.

    Parameters
    ----------
    channels : int
    """

    channels: int
    top: float = 0.0
    counts: np.ndarray = field(init=False)
    maximum: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.counts = np.zeros((self.channels, BINS), np.int64)
        self.maximum = np.zeros(self.channels)

    def update(self, values: np.ndarray) -> None:
        """Add values, shape (..., channels); values at or below zero do not enter."""
        flat = values.reshape(-1, self.channels)
        self.maximum = np.maximum(self.maximum, flat.max(axis=0, initial=0))
        largest = float(self.maximum.max())
        if largest == 0:
            return
        if self.top == 0:
            self.top = largest
        while self.top < largest:
            self.top *= 2
            self.counts = np.pad(
                self.counts.reshape(self.channels, -1, 2).sum(axis=2), ((0, 0), (0, BINS // 2))
            )
        row, channel = np.nonzero(flat > 0)
        # In float64, where the bins of the tiniest float32 activations have numbers too.
        positive = flat[row, channel].astype(np.float64)
        bins = np.minimum((positive * (BINS / self.top)).astype(np.int64), BINS - 1)
        index = np.bincount(channel * BINS + bins, minlength=self.counts.size)
        self.counts += index.reshape(self.counts.shape)

    def percentile(self, percent: float, per_channel: bool = False) -> np.ndarray:
        """Percentile of the positive values.

        Parameters
        ----------
        percent : float
            100 gives the exact maximum.
        per_channel : bool

        Returns
        -------
        ndarray, shape (channels,) or (1,)
            0 where no value was positive.
        """
        counts = self.counts if per_channel else self.counts.sum(axis=0, keepdims=True)
        maximum = self.maximum if per_channel else self.maximum.max(keepdims=True)
        if percent >= 100:
            return maximum.copy()
        cumulative = counts.cumsum(axis=1)
        total = cumulative[:, -1:]
        wanted = total * (percent / 100)
        bin_index = (cumulative < wanted).sum(axis=1)
        below = np.take_along_axis(cumulative - counts, bin_index[:, None], axis=1)
        inside = np.take_along_axis(counts, bin_index[:, None], axis=1)
        fraction = (wanted - below) / np.maximum(inside, 1)
        value = (bin_index + fraction[:, 0]) * (self.top / BINS)
        return np.where(total[:, 0] > 0, np.minimum(value, maximum), 0.0)


@dataclass(frozen=True)
class Statistics:
    """Histograms of the neural layers of a network over calibration data.

    Parameters
    ----------
    histograms : dict of layer name to Histogram
    input_maximum : float
        Largest absolute input.
    samples : int
    """

    histograms: dict[str, Histogram]
    input_maximum: float
    samples: int


def collect(network: Network, calibration: np.ndarray) -> Statistics:
    """Run calibration samples through a network and keep histograms of its activations.

    The output layer's histogram is of what reaches its softmax; that of a step function, whose
    values say nothing of its input, of the absolute sums that reach it.
    """
    histograms = {
        node.name: Histogram(node.layer.output_shape[-1])
        for node in network.nodes
        if network.is_neural(node) and node.inputs
    }
    input_maximum = 0.0
    for values in network.batches(calibration):
        input_maximum = max(input_maximum, float(np.abs(values[network.nodes[0].name]).max()))
        for name, histogram in histograms.items():
            histogram.update(_observed(network, network[name], values))
    return Statistics(histograms, input_maximum, len(calibration))


def _observed(network: Network, node: Node, values: dict[str, np.ndarray]) -> np.ndarray:
    is_step = isinstance(node.activation, Step)
    if node is not network.output and not is_step:
        return values[node.name]
    sums = node.layer.forward(*(values[source] for source in node.inputs))
    return np.abs(sums) if is_step else sums
