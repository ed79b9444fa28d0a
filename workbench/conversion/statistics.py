"""Activation statistics as streaming histograms, so that a new percentile costs no forward pass.

A histogram of equal bins covers ``[0, range]``; when a batch goes beyond, the range doubles and
neighbouring bins merge. Memory does not depend on the amount of data, and a percentile is off by
at most one bin, ``range / bins``, less than ``2 / bins`` of the largest activation: 1/2048 for
the `BINS` bins of a layer, at most 1/128 of the channel's own largest for a channel.

Every layer has one histogram. Those of single channels cost one more pass over the data, and are
collected when a conversion asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace

import numpy as np

from workbench.conversion.steps import MEASURE, ConversionStep
from workbench.errors import ConversionError
from workbench.network.activation import Activation, Step, softmax_axis
from workbench.network.graph import Network, Node
from workbench.util.stored_samples import Samples

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


@dataclass
class OutputSums:
    """What reaches the activation of the output, as far as its sign is concerned.

    Parameters
    ----------
    lowest, highest : float
        Smallest and largest sum.
    needs_sign : bool
        Whether sums below zero make a difference to the outputs: not behind a rectifier.
    winners, silent_winners : int
        How often one sum of a softmax was the largest; and how often it was not above zero then.
    lowest_winner, highest_winner : float
        Range of these largest sums.
    lead : float
        By how much they are above the mean of all sums of the softmax, on average.
    """

    lowest: float = np.inf
    highest: float = -np.inf
    needs_sign: bool = False
    winners: int = 0
    silent_winners: int = 0
    lowest_winner: float = np.inf
    highest_winner: float = -np.inf
    lead: float = 0.0

    def update(self, activation: Activation, sums: np.ndarray, outputs: np.ndarray) -> None:
        """Take in a batch of sums and of what the activation makes of them."""
        self.lowest = min(self.lowest, float(sums.min(initial=np.inf)))
        self.highest = max(self.highest, float(sums.max(initial=-np.inf)))
        axis = softmax_axis(activation)
        if axis is None:
            positive = activation(np.maximum(sums, 0))
            self.needs_sign = self.needs_sign or not np.array_equal(outputs, positive)
            return
        winners = sums.max(axis=axis)
        leads = winners - sums.mean(axis=axis, dtype=np.float64)
        winners, leads = winners[leads > 0], leads[leads > 0]
        self.winners += winners.size
        self.silent_winners += int((winners <= 0).sum())
        self.lowest_winner = min(self.lowest_winner, float(winners.min(initial=np.inf)))
        self.highest_winner = max(self.highest_winner, float(winners.max(initial=-np.inf)))
        self.lead += (float(leads.sum()) - self.lead * leads.size) / max(1, self.winners)


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
    output : OutputSums
    """

    layers: dict[str, Histogram]
    input_maximum: float
    samples: int
    channels: dict[str, Histogram] = field(default_factory=dict)
    output: OutputSums = field(default_factory=OutputSums)


Steps = Generator[ConversionStep, None, Statistics]
"""Yields samples done; returns statistics."""


def collect(network: Network, calibration: Samples) -> Steps:
    """Run calibration samples through a network and keep histograms of its activations.

    The output layer's histogram is of what reaches its softmax; that of a step function, whose
    values say nothing of its input, of the absolute sums that reach it.

    Raises
    ------
    ConversionError
        If a layer's values are NaN or infinite.
    """
    output = OutputSums()
    layers, maximum = yield from _histograms(network, calibration, lambda node: Histogram(), output)
    return Statistics(layers, maximum, len(calibration), output=output)


def with_channels(statistics: Statistics, network: Network, calibration: Samples) -> Steps:
    """Return statistics with histograms of single channels, from one more run of the samples."""
    channels, _ = yield from _histograms(
        network, calibration, lambda node: of_channels(node.layer.output_shape[-1]), OutputSums()
    )
    return replace(statistics, channels=channels)


def _histograms(
    network: Network, x: Samples, empty: Callable[[Node], Histogram], output: OutputSums
) -> Generator[ConversionStep, None, tuple[dict[str, Histogram], float]]:
    """Return a histogram of every neural layer, and the largest absolute input."""
    nodes = [node for node in network.nodes[1:] if network.is_neural(node)]
    histograms = {node.name: empty(node) for node in nodes}
    maximum, done = 0.0, 0
    for batch in network.input_batches(x):
        yield ConversionStep(MEASURE, done, len(x), "samples")
        maximum = max(maximum, float(np.abs(batch).max(initial=0)))
        _observe(network, batch, histograms, output)
        done += len(batch)
    return histograms, maximum


# Values that float32 does not hold are found, and told by the layer.
@np.errstate(over="ignore", invalid="ignore")
def _observe(
    network: Network, batch: np.ndarray, histograms: dict[str, Histogram], output: OutputSums
) -> None:
    """Add the activations of a batch to histograms."""
    for node, sums, value in network.walk(batch):
        if node.name in histograms:
            observed = _observed(network, node, sums, value)
            if not np.isfinite(observed.max(initial=0)):
                raise ConversionError(
                    f"{node.name} reaches values beyond float32 (3.4e38) on the calibration "
                    "samples. Scale the samples as the training data were, or train again: the "
                    "weights have diverged."
                )
            histograms[node.name].update(observed)
        if node is network.output:
            output.update(node.activation, sums, value)


def _observed(network: Network, node: Node, sums: np.ndarray, value: np.ndarray) -> np.ndarray:
    if isinstance(node.activation, Step):
        return np.abs(sums)
    return sums if node is network.output else value
