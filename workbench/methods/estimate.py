"""Quantization and clipping of settings, estimated from histograms of activations alone.

What a layer's neurons make of an activation a is known without simulating them: C(a), what is left
within their range, and Q(a), what the count of their spikes stands for at a constant drive (see
`workbench.methods.attribution`)::

    C(a) = min(a, lambda)        Q(a) = lambda / T clip(floor(T a / lambda + v0), 0, T)

with lambda the activation that a spike at every step stands for, T steps, and v0 the initial
potential as a share of the threshold. Means over the activations of the analog network stand for
those over the activations in a run. That is good for quantization, and for clipping in layers that
the input reaches directly. Deeper, clipping in a run is up to seven times less, so that it is not
estimated; neither is accuracy, which does not follow from either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.conversion.grid_lowering import Lowering
from workbench.conversion.preparation import Prepared, prepare
from workbench.conversion.statistics import Histogram
from workbench.network.activation import QuantizedReLU, ReLU
from workbench.network.graph import Network, Node
from workbench.network.samples import given_samples
from workbench.neuron_rules import KEEPING_SUM
from workbench.settings import Conversion, Simulation
from workbench.util.stored_samples import Samples

NAN = float("nan")
PLAIN = ("if", "signed")
"""Neurons whose spikes stand for one threshold each."""
NO_SAMPLES = np.zeros((0, 0))


@dataclass(frozen=True)
class LayerEstimate:
    """Mean absolute terms of a layer, as shares of its scale; NaN where there is no estimate."""

    quantization: float
    clipping: float


@dataclass(frozen=True)
class Estimate:
    """What some settings leave of the activations.

    Parameters
    ----------
    layers : dict of layer to LayerEstimate
        Hidden layers of neurons that add up what they get.
    notes : tuple of str
        Why there is no estimate where one is missing; a sentence each.
    """

    layers: dict[str, LayerEstimate]
    notes: tuple[str, ...] = ()


def estimate(
    network: Network,
    calibration: Samples,
    conversion: Conversion | None = None,
    simulation: Simulation | None = None,
) -> pd.DataFrame:
    """Estimate quantization and clipping of settings, without simulating anything.

    Parameters
    ----------
    network : Network
        The analog network.
    calibration : ndarray or StoredSamples, shape (samples, *input shape)
        Histograms of the activations on these samples are collected once, and kept.
    conversion : Conversion, optional
    simulation : Simulation, optional
        Of its settings, the steps count; and those with which there is no estimate.

    Returns
    -------
    DataFrame
        A row for each hidden layer of neurons:

        - quantization: estimated mean absolute difference that arises because counts of spikes are
          integers, as a share of the layer's scale; it compares with the quantization_size of
          `wb.attribute`. With the initial potential 0.5, it was within 8 % of it.
        - clipping: the same of activations beyond one spike per step, as clipping_size, for layers
          that the input reaches directly. It was within 9 %; NaN in deeper layers, where it would
          come out up to seven times too high.

        ``attrs["notes"]`` tells why an estimate is missing. Accuracy does not follow from these
        numbers; `wb.attribute` measures what they cost.

    Raises
    ------
    ConversionError, DataError, SettingsError, UnsupportedLayerError
        As `wb.convert` does.
    """
    conversion = conversion or Conversion()
    prepared = prepare(
        network,
        given_samples(calibration, "calibration", network),
        max_pool=conversion.max_pool,
        spiking_pools=conversion.spiking_pools,
        per_channel=conversion.per_channel,
    )
    found = Estimator(prepared).of(conversion, simulation or Simulation())
    rows = [{"layer": name, **vars(each)} for name, each in found.layers.items()]
    table = pd.DataFrame(rows, columns=["layer", "quantization", "clipping"])
    table.attrs = {"notes": found.notes}
    return table


class Estimator:
    """Estimates of one network with ever other settings, each within milliseconds.

    Parameters
    ----------
    prepared : Prepared
        With statistics of single channels, if settings with scales per channel are asked for.
    """

    def __init__(self, prepared: Prepared):
        self.prepared = prepared
        network = prepared.network
        self._layers = [
            node
            for node in network.nodes[1:]
            if network.is_neural(node)
            and node is not network.output
            and isinstance(node.activation, (ReLU, QuantizedReLU))
        ]
        self._values: dict[tuple[str, bool], _Values] = {}
        self._lowering: tuple[Conversion, Lowering] | None = None

    def of(self, conversion: Conversion, simulation: Simulation) -> Estimate:
        """Estimate what these settings leave of every layer.

        Raises
        ------
        ConversionError, SettingsError
            As a conversion does.
        """
        if conversion.normalization == "search":
            return Estimate({}, ("Scales that are searched are known once layers are simulated.",))
        # Scales take longer than all else; while the steps change, they stay.
        known = self._lowering
        if known is None or known[0] != conversion:
            known = self._lowering = conversion, Lowering(self.prepared, conversion, NO_SAMPLES)
        lowering = known[1]
        counted, notes = _countable(conversion, simulation)
        layers = {}
        for node in self._layers:
            neuron = lowering.neuron(node, conversion.resolution_bits)
            scale = lowering.lambdas[node.name]
            values = self._values_of(node, single=scale.size > 1)
            # The threshold of graded neurons is that of a payload of 1.
            graded = neuron.rule == "multi_threshold"
            parts = neuron.largest if graded else max(1, neuron.most)
            top = scale * (neuron.threshold * parts / 2**conversion.resolution_bits)
            start = neuron.initial_potential / neuron.threshold
            quantization = clipping = NAN
            if counted and not simulation.clamp_steps.get(node.name, 0):
                quantization = values.quantized(top, simulation.steps, start) / float(scale.mean())
            if self._is_first(node):
                clipping = values.clipped(top) / float(scale.mean())
            layers[node.name] = LayerEstimate(quantization, clipping)
        return Estimate(layers, notes)

    def serves(self, conversion: Conversion) -> bool:
        """Whether all that these settings need has been collected."""
        return not conversion.per_channel or bool(self.prepared.statistics.channels)

    def _values_of(self, node: Node, *, single: bool) -> _Values:
        """Return a layer's activations; of single channels where each has its own scale."""
        key = node.name, single
        if key not in self._values:
            statistics = self.prepared.statistics
            histogram = (statistics.channels if single else statistics.layers)[node.name]
            self._values[key] = _Values(histogram, statistics.samples * node.layer.output_size)
        return self._values[key]

    def _is_first(self, node: Node) -> bool:
        """Whether no neurons stand between the input and a layer."""
        network = self.prepared.network
        sources = [network[name] for name in node.inputs]
        return not any(network.is_neural(s) or not self._is_first(s) for s in sources)


def _countable(conversion: Conversion, simulation: Simulation) -> tuple[bool, tuple[str, ...]]:
    """Whether counts follow from the drive by the formula; and if not, why."""
    why = ""
    if conversion.reset not in KEEPING_SUM:
        why = f"the reset {conversion.reset!r}, which drops what is above the threshold"
    elif conversion.neurons not in PLAIN:
        why = f"{conversion.neurons!r} neurons, whose spikes are of several sizes"
    elif conversion.spike_code.in_turns:
        why = f"the code {conversion.code!r}, whose layers take turns"
    elif simulation.leak:
        why = "a leak"
    elif simulation.refractory_steps:
        why = "refractory steps"
    elif conversion.calibrate == "potential":
        why = "initial potentials that are calibrated by simulating"
    return not why, (f"Quantization is not estimated with {why}.",) if why else ()


class _Values:
    """Activations as a histogram has them: evenly spread within each bin.

    Parameters
    ----------
    histogram : Histogram
        Of positive activations.
    total : int
        How many activations there are, with those that are not positive.
    """

    def __init__(self, histogram: Histogram, total: int):
        self.channel, bins = np.nonzero(histogram.counts)
        width = histogram.top[self.channel] / histogram.bins
        self.low, self.high = bins * width, (bins + 1) * width
        self.share = histogram.counts[self.channel, bins] / total

    def clipped(self, top: np.ndarray) -> float:
        """Mean of what is above the highest value, one of each channel or of all."""
        top = self._of_bins(top)
        above = np.maximum(self.high - top, 0) ** 2 - np.maximum(self.low - top, 0) ** 2
        return float(self.share @ (above / 2 / (self.high - self.low)))

    def quantized(self, top: np.ndarray, steps: int, start: float) -> float:
        """Mean distance from what counts stand for; parameters as in the module's formulas."""
        spike = self._of_bins(top) / steps
        low, high = self.low / spike, self.high / spike
        distance = _distance_up_to(high, steps, start) - _distance_up_to(low, steps, start)
        return float(self.share @ (distance * spike / (high - low)))

    def _of_bins(self, of_channels: np.ndarray) -> np.ndarray:
        return of_channels[self.channel] if of_channels.size > 1 else of_channels


def _distance_up_to(y: np.ndarray, steps: int, start: float) -> np.ndarray:
    """Integral from 0 to y of ``|min(u, steps) - clip(floor(u + start), 0, steps)|``."""
    counts = np.arange(steps + 1)
    edges = np.maximum(counts - start, 0.0)  # from which there are so many spikes
    edges[0] = 0.0

    def within(count: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        a, b = np.minimum(begin, steps) - count, np.minimum(end, steps) - count
        beyond = np.maximum(end, steps) - np.maximum(begin, steps)
        return (b * np.abs(b) - a * np.abs(a)) / 2 + beyond * (steps - count)

    whole = np.concatenate(([0.0], np.cumsum(within(counts[:-1], edges[:-1], edges[1:]))))
    count = np.clip(np.floor(y + start), 0, steps).astype(np.int64)
    return whole[count] + within(count, edges[count], y)
