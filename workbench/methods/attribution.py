"""Where accuracy is lost on the way from a network to its spiking form, layer by layer.

A neuron gets the mean drive z_S, in the units of its layer's activation, and its spikes stand for
a_S. The analog unit gives a = f(z_A), with f the layer's activation. For every neuron and sample,
the difference is an exact sum of terms::

    a_S - a = [a_S - Q(z_S)]       unevenness: spikes did not come evenly
            + [Q(z_S) - C(z_S)]    quantization: counts are integers
            + [C(z_S) - f(z_S)]    clipping: at most one spike per step
            + [f(z_S) - f(z_A)]    inherited from the layers before, and rounding of the weights

Q(z) is the same neuron's own answer to the constant drive z, with its reset, leak, sign and initial
potential; C(z) is f(z) within the neuron's range, from 0 to one spike per step. Where layers take
turns, a_S is Q(z_S): nothing is uneven, and in continuous time nothing is quantized. Max pooling
has one term beside what it inherits, a_S - max(inputs). Where a conversion has moved biases on
purpose, the term "calibration" is what that does to f(z_S); calibrated potentials are part of Q.

Large terms need not cost accuracy, so each gets its price: the layers are walked in order, and
f(z_S), C(z_S), Q(z_S) and a_S are fed, one after the other, into what remains of the *analog*
network. The changes of its accuracy add up exactly to that of the spiking network less that of the
analog one. Of a_S counts what arrives at the next layer within the run: spikes that a delay holds
back are part of the unevenness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import repeat

import numpy as np
import pandas as pd

from workbench.errors import DataError
from workbench.methods.neuron_terms import Stages, bias_shifts, neuron_stages
from workbench.methods.score import Score, score_of
from workbench.methods.values_in_turns import exact_inputs, values_sent
from workbench.network.activation import softmax_axis
from workbench.network.graph import Network, Node
from workbench.network.readout import gathered, predicted, values
from workbench.network.samples import INPUT_BITS, mean_frames
from workbench.network.schedule import read_steps, run_settings
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.simulation import Window, stream
from workbench.simulation.neuron_options import dynamics_of
from workbench.util.stored_samples import Samples, as_samples

BATCH = 50
"""Samples that are followed together."""

WINDOW_STEPS = 20

PRICED = (
    "encoding",
    "rounding",
    "calibration",
    "clipping",
    "quantization",
    "unevenness",
    "pooling",
    "readout",
)
"""What changes the score, in the order in which it is fed into the analog network."""

SIZED = ("calibration", "clipping", "quantization", "unevenness", "pooling", "inherited")
"""Terms whose size is added up."""

Counts = dict[str, np.ndarray]


@dataclass
class LayerTerms:
    """The terms of one layer, added up over samples."""

    points: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PRICED, 0.0))
    sizes: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SIZED, 0.0))
    magnitude: float = 0.0
    signed: float = 0.0
    unevenness_signed: float = 0.0
    saturated: float = 0.0
    silent: float = 0.0
    moments: np.ndarray = field(default_factory=lambda: np.zeros(6))

    def add(self, stages: Stages, analog: np.ndarray, scale: float, share: float) -> None:
        """Add the sizes of the terms of one batch, which is a share of all samples.

        Parameters
        ----------
        stages : dict of ndarray
            What the activation becomes by each term, in order; the first is what is inherited.
        analog : ndarray
            Activation of the analog network.
        scale : float
            Activation that counts as 1.
        """
        before = analog
        for number, (name, value) in enumerate(stages.items()):
            term = (value - before) / scale
            self.sizes[name if number else "inherited"] += share * float(np.abs(term).mean())
            if name == "unevenness":
                self.unevenness_signed += share * float(term.mean())
            before = value
        whole = (before - analog) / scale
        self.magnitude += share * float(np.abs(whole).mean())
        self.signed += share * float(whole.mean())
        # Means of both, of their squares and of their product, as shares of the scale.
        a, b = analog / scale, before / scale
        means = [float(each.mean()) for each in (a, b, a * a, b * b, a * b)]
        self.moments += share * np.array([1.0, *means])

    @property
    def correlation(self) -> float:
        """Pearson correlation of decoded and analog activations; NaN where one never varies."""
        _, a, b, aa, bb, ab = self.moments / (self.moments[0] or 1.0)
        spread = (aa - a * a) * (bb - b * b)
        return float((ab - a * b) / np.sqrt(spread)) if spread > 1e-24 else float("nan")


@dataclass
class Attribution:
    """The terms of every layer, and the scores that they lead from and to.

    Parameters
    ----------
    layers : dict of layer to LayerTerms
        "input" first and "readout" last.
    ann, snn : float
        Accuracy or agreement in percent, or mean squared error.
    unit : "points" or "mse"
    """

    layers: dict[str, LayerTerms]
    unit: str
    ann: float = 0.0
    snn: float = 0.0

    def table(self) -> pd.DataFrame:
        """Return one row per layer; see `workbench.methods.diagnosis.attribute`."""
        rows = []
        for name, terms in self.layers.items():
            row = {"layer": name, "points": sum(terms.points.values()), **terms.points}
            if name not in ("input", "readout"):
                row |= {"magnitude": terms.magnitude, "signed": terms.signed}
                row |= {f"{term}_size": size for term, size in terms.sizes.items()}
                row["unevenness_signed"] = terms.unevenness_signed
                row |= {"saturated": terms.saturated, "silent": terms.silent}
                row["correlation"] = terms.correlation
            rows.append(row)
        table = pd.DataFrame(rows)
        table.attrs = {"ann": self.ann, "snn": self.snn, "unit": self.unit}
        return table


def attributed(
    network: Network,
    rewritten: Network,
    spiking: SpikingNetwork,
    x: Samples,
    y: np.ndarray | None = None,
    settings: Simulation | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Attribution:
    """Follow samples through both networks.

    Parameters
    ----------
    network, rewritten : Network
        The analog network, and the same after the exact passes of the conversion.
    spiking : SpikingNetwork
    x : ndarray or StoredSamples, shape (samples, *input shape)
    y : ndarray, optional
        Labels, or targets of a regression; without them, agreement with the analog network counts.
    settings : Simulation, optional
    progress : callable, optional
        Called with (samples done, samples in all), at least once for each layer of a batch; what it
        raises ends the work.

    Raises
    ------
    DataError
        If the spiking network was not made from this one, or `y` does not fit.
    """
    if network.content_hash != spiking.source_hash:
        raise DataError(
            f"Network '{network.name}' is not the one that '{spiking.name}' was converted from, so "
            "losses cannot be traced. Give the analog network that was converted."
        )
    settings = run_settings(spiking, settings or Simulation())
    settings = replace(settings, record=(), record_potentials=(), batch_size=BATCH)
    x, analog_x = as_samples(x), as_samples(x)
    if settings.encoding == "events":
        analog_x = mean_frames(x, settings.steps, spiking.input_scale)
    score, unit = score_of(network, analog_x, y)
    layers = ("input", *spiking.layers, "readout")
    result = Attribution({name: LayerTerms() for name in layers}, unit)
    walk = _Walk(rewritten, spiking, settings, score, result)
    for end, arrived in _counted(spiking, x, settings):
        batch = slice(end.samples.start, end.samples.stop)
        analog_batch = rewritten.take_samples(analog_x[batch])[:]
        for share in walk.add(end, arrived, x[batch], analog_batch, len(x)):
            if progress is not None:
                progress(batch.start + round(share * (batch.stop - batch.start)), len(x))
    return result


def _ends(spiking: SpikingNetwork, x: Samples, settings: Simulation) -> Iterator[Window]:
    """Yield the last window of every batch, which has the spikes of all units."""
    for window in stream(spiking, x, settings, min(settings.steps, WINDOW_STEPS)):
        if window.stop == settings.steps:
            yield window


def _counted(
    spiking: SpikingNetwork, x: Samples, settings: Simulation
) -> Iterator[tuple[Window, Counts]]:
    """Yield the end of every batch, and what has arrived at the next layers by then."""
    if spiking.spike_code.in_turns:
        yield from values_sent(spiking, x, settings)
        return
    in_time = settings.steps - settings.delay_steps
    before: Iterator[Window | None] = repeat(None)
    if settings.delay_steps and in_time > 0:  # The same spikes, as far as they arrive.
        before = _ends(spiking, x, replace(settings, steps=in_time, readout_after=0))
    for end in _ends(spiking, x, settings):
        earlier = next(before)
        if not settings.delay_steps:
            arrived = end.counts
        elif earlier is not None:
            arrived = earlier.counts
        else:
            arrived = {name: np.zeros_like(counts) for name, counts in end.counts.items()}
        yield end, {**arrived, spiking.output.name: end.counts[spiking.output.name]}


class _Walk:
    """Walks batches of samples through the layers."""

    def __init__(
        self,
        network: Network,
        spiking: SpikingNetwork,
        settings: Simulation,
        score: Score,
        result: Attribution,
    ):
        self.network, self.spiking, self.settings = network, spiking, settings
        self.dynamics = dynamics_of(spiking, settings)
        self.score, self.result = score, result
        # Over which what layers send is averaged: values of codes with windows have levels.
        self.steps = settings.steps
        if spiking.spike_code.in_turns:
            self.steps = read_steps(spiking, settings, settings.steps)
        self.shifts = bias_shifts(network, spiking)

    def add(
        self, end: Window, arrived: Counts, x: np.ndarray, analog_x: np.ndarray, samples: int
    ) -> Iterator[float]:
        """Take in a batch of so many samples in all; yield the share of it that is done."""
        result, batch = self.result, slice(end.samples.start, end.samples.stop)
        analog = self.network.activations(np.asarray(analog_x, np.float64))
        known = {self.network.nodes[0].name: analog[self.network.nodes[0].name]}
        score = self._score_from(known, 0, batch)
        result.ann += score

        def price(layer: str, term: str, after: float) -> None:
            nonlocal score
            result.layers[layer].points[term] += after - score
            score = after

        inputs, drive = self._inputs(x, end)
        known = {self.network.nodes[0].name: inputs}
        price("input", "encoding", self._score_from(known, 0, batch))
        for place, node in enumerate(self.network.nodes[1:], start=1):
            yield place / len(self.network.nodes)
            if node.name not in self.spiking.layers:  # Part of the maps behind it.
                sources = [known[name] for name in node.inputs]
                known[node.name] = node.activation(node.layer.forward(*sources))
                continue
            expected = analog[node.name]
            if node is self.network.output:  # Ahead of its softmax, say, as stages are.
                expected = node.layer.forward(*(analog[name] for name in node.inputs))
            stages = self._stages(node, known, arrived, drive)
            for term, value in stages.items():
                known[node.name] = value
                if term in PRICED:
                    price(node.name, term, self._score_from(known, place, batch))
            axis = softmax_axis(self.spiking.population(node.name).output_activation)
            if axis is not None:
                # A softmax ignores what all classes have in common, to which conversion may add.
                expected = expected - expected.mean(axis, keepdims=True)
                stages = {k: v - v.mean(axis, keepdims=True) for k, v in stages.items()}
            share = len(x) / samples
            counts = (arrived if self.spiking.spike_code.in_turns else end.counts)[node.name]
            terms = result.layers[node.name]
            scale = float(np.mean(self.spiking.population(node.name).scale))
            terms.add(stages, expected, scale, share)
            most = self.spiking.population(node.name).most_sent(self.steps)
            terms.saturated += share * float((np.abs(counts) >= most).mean())
            terms.silent += share * float((counts == 0).mean())
        price("readout", "readout", self._score_of_run(end, batch))
        result.snn += score
        yield 1.0

    def _inputs(self, x: np.ndarray, end: Window) -> tuple[np.ndarray, Counts]:
        """Return what the input stands for, and the drive of the run that it causes."""
        spiking, steps = self.spiking, self.steps
        if spiking.spike_code.is_continuous:
            return exact_inputs(spiking, x, self.settings)
        if self.settings.encoding == "constant":
            encoded = spiking.encode(x)
            drive = {
                name: spiking.population(name).averaged_over(steps) * each
                for name, each in spiking.drive(encoded).items()
            }
            return encoded * (spiking.input_scale / 2**INPUT_BITS), drive
        amplitude = round(2**INPUT_BITS / self.settings.input_probability)
        counts = end.counts[spiking.input.name].reshape(-1, *spiking.input_shape)
        encoded = counts.astype(np.int64) * amplitude
        per_unit = spiking.input_scale / 2**INPUT_BITS / steps
        return encoded * per_unit, spiking.drive(encoded)

    def _stages(self, node: Node, known: Counts, arrived: Counts, drive: Counts) -> Stages:
        """Return what a layer's activation becomes, term by term."""
        spiking, steps = self.spiking, self.steps
        population, counts = spiking.population(node.name), arrived[node.name]
        if population.kind == "max_pool":
            exact = node.layer.forward(*(known[name] for name in node.inputs))
            return {"inherited": exact, "pooling": spiking.decode(node.name, counts, steps)}
        total = population.bias * population.averaged_over(steps) + drive.get(node.name, 0)
        for projection in spiking.incoming(node.name):
            if projection.source != spiking.input.name:
                sent = arrived[projection.source]
                brought = projection.forward(sent).reshape(len(sent), -1)
                # Of integers, floats are exact; those of continuous time are none.
                total = total + (brought if sent.dtype.kind == "f" else brought.astype(np.int64))
        total = np.broadcast_to(total, counts.shape)
        dynamics = self.dynamics[node.name]
        shift = self.shifts.get(node.name)
        return neuron_stages(spiking, population, node, dynamics, total, counts, steps, shift)

    def _score_from(self, known: Counts, place: int, batch: slice) -> float:
        """Score of the analog network behind a node, with the values up to it as they are known."""
        values = dict(known)
        for node in self.network.nodes[place + 1 :]:
            sums = node.layer.forward(*(values[name] for name in node.inputs))
            values[node.name] = node.activation(sums)
        output = self.network.output
        outputs = values[output.name]
        if place == len(self.network.nodes) - 1:
            outputs = output.activation(outputs)
        return self.score(outputs, batch)

    def _score_of_run(self, end: Window, batch: slice) -> float:
        """Score of the spiking network itself."""
        state = end.output_counts[:, -1], end.output_potentials[:, -1]
        readout = self.settings.readout
        if self.result.unit == "points":
            return self.score(predicted(self.spiking, *state, readout), batch)
        total = gathered(self.spiking, *state, readout)
        steps = read_steps(self.spiking, self.settings, self.settings.steps)
        return self.score(values(self.spiking, total, steps), batch)
