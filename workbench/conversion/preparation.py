"""The part of a conversion that does not depend on the settings a user tunes live.

Exact passes are run and checked on calibration data, and activation statistics are
collected, once per network and calibration set; the result is cached by content hash, and
statistics are kept on disk.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Generator
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np

from workbench.conversion import statistics_store
from workbench.conversion.passes.conversion_pass import Pass, Stage
from workbench.conversion.passes.shift_logits import logit_shift, shift_logits
from workbench.conversion.refusals import check_weights
from workbench.conversion.rewriting import passes
from workbench.conversion.statistics import (
    OutputSums,
    Statistics,
    Steps,
    collect,
    with_channels,
)
from workbench.conversion.steps import ConversionStep
from workbench.errors import ConversionError, DataError
from workbench.network.graph import Network
from workbench.network.samples import INPUT_BITS
from workbench.util.generators import finished
from workbench.util.stored_samples import Samples

TraceRow = tuple[str, str, float, str]

TOLERANCE = 1e-4
"""Largest relative deviation of an exact pass that float32 rounding explains."""

CHECKED_SAMPLES = 100
"""Calibration samples on which passes are compared; fewer of large networks if all are exact."""

ROUNDING_SAMPLES = 8
"""Calibration samples on which the cost of rounding is measured; fewer of large networks."""

_CACHED = 8


@dataclass(frozen=True)
class Prepared:
    """A network after its exact passes, with what is known of its activations.

    Parameters
    ----------
    network : Network
        Ready to be lowered to populations and projections.
    stages : tuple of Stage
        The network as it was, and after every pass.
    statistics : Statistics
    input_rounding : float
        Share of the outputs' range by which rounding the inputs moves them.
    samples_hash : str
        Of the values of the calibration samples.
    outputs : ndarray, shape (ROUNDING_SAMPLES or fewer, *output shape)
        What the network gives for the first calibration samples, ahead of its activation: every
        conversion is compared with it.
    """

    network: Network
    stages: tuple[Stage, ...]
    statistics: Statistics
    input_rounding: float
    samples_hash: str
    outputs: np.ndarray

    @property
    def trace(self) -> tuple[TraceRow, ...]:
        """Name, kind, deviation and remark of every stage."""
        return tuple(stage[:4] for stage in self.stages)


def prepare(
    network: Network,
    calibration: Samples,
    *,
    max_pool: str = "exact",
    spiking_pools: bool = False,
    per_channel: bool = False,
) -> Prepared:
    """Return what `preparing` does, at once; parameters are the same."""
    return finished(
        preparing(
            network,
            calibration,
            max_pool=max_pool,
            spiking_pools=spiking_pools,
            per_channel=per_channel,
        )
    )


def preparing(
    network: Network,
    calibration: Samples,
    *,
    max_pool: str = "exact",
    spiking_pools: bool = False,
    per_channel: bool = False,
) -> Generator[ConversionStep, None, Prepared]:
    """Run the passes and collect statistics, or return them from the cache.

    Parameters
    ----------
    network : Network
    calibration : ndarray or StoredSamples, shape (samples, *input shape)
    max_pool, spiking_pools
        As in `Conversion`.
    per_channel : bool
        Whether statistics of single channels are needed, too.

    Yields
    ------
    ConversionStep
        The pass, or samples done.

    Raises
    ------
    DataError
        If the calibration samples do not fit the network, there are none, or all are 0.
    ConversionError
        If an exact pass changed the outputs by more than rounding explains, or the values of a
        layer are NaN or infinite.
    """
    x = network.take_samples(calibration)
    if len(x) == 0:
        raise DataError("There are no calibration samples; give at least one, better 500.")
    samples, is_silent = hashlib.sha256(), True
    for batch in network.input_batches(x):
        samples.update(np.ascontiguousarray(batch).data)
        is_silent = is_silent and not np.any(batch)
    if is_silent:
        raise DataError(
            f"All {len(x):,} calibration samples are 0, which does not show how large activations "
            "are. Give samples of the data that the network was trained with."
        )
    chosen = passes(max_pool, spiking_pools=spiking_pools)
    told = samples.hexdigest()
    key = (network.content_hash, told, chosen)
    with _lock:
        known = _cache.get(key)
    prepared = known or (yield from _prepare(network, x, told, chosen))
    if per_channel and not prepared.statistics.channels:
        plain, ready = prepared.statistics, prepared.network
        statistics = yield from statistics_store.kept(
            ready, told, lambda: with_channels(plain, ready, x), per_channel=True
        )
        prepared = replace(prepared, statistics=statistics)
    with _lock:
        _cache[key] = prepared
        _cache.move_to_end(key)
        while len(_cache) > _CACHED:
            _cache.popitem(last=False)
    return prepared


_cache: OrderedDict[tuple[str, str, tuple[Pass, ...]], Prepared] = OrderedDict()
_lock = Lock()


def _prepare(
    network: Network, x: Samples, samples: str, chosen: tuple[Pass, ...]
) -> Generator[ConversionStep, None, Prepared]:
    """Run the passes; `samples` is the hash of the values of `x`."""

    def statistics_of(network: Network) -> Steps:
        return statistics_store.kept(network, samples, lambda: collect(network, x))

    check_weights(network)
    exact = all(run.exact for run in chosen)
    probe = x[: network.affordable(CHECKED_SAMPLES) if exact else CHECKED_SAMPLES]
    yield ConversionStep("compute the analog outputs", 0, len(chosen), "pass")
    before = _outputs(network, probe)
    source = (network.source_deviation, network.verification, network)
    stages = [Stage("compare with the source", "measured", *source)]
    for number, run in enumerate(chosen, 1):
        yield ConversionStep(run.name, number, len(chosen), "pass")
        stage, before = _applied(run, network, probe, before)
        stages.append(stage)
        network = stage.network
    statistics = yield from statistics_of(network)
    if shift := logit_shift(statistics.output):
        network = shift_logits(network, shift=shift)
        deviation = network.deviation(_outputs(network, probe), before)
        remark = _shift_remark(shift, statistics.output)
        stages.append(Stage(shift_logits.name, "exact", deviation, remark, network))
        statistics = yield from statistics_of(network)
    if len(network.nodes) == 1:  # There are no outputs but the inputs; conversion refuses it.
        return Prepared(network, tuple(stages), statistics, 0.0, samples, probe[:0])
    some = x[: network.affordable(ROUNDING_SAMPLES)]
    outputs = output_sums(network, some)
    moved = _input_rounding(network, some, statistics.input_maximum or 1.0, outputs)
    return Prepared(network, tuple(stages), statistics, moved, samples, outputs)


# Values that float32 does not hold are found, and told by the layer, when statistics are collected.
_quietly = np.errstate(over="ignore", invalid="ignore")


@_quietly
def _outputs(network: Network, x: np.ndarray) -> np.ndarray:
    return network.forward(x)


@_quietly
def _applied(
    run: Pass, network: Network, probe: np.ndarray, before: np.ndarray
) -> tuple[Stage, np.ndarray]:
    """Run a pass and compare the outputs for some samples with those before it."""
    after_pass = run(network)
    # Layers compare by identity: where all are the same, so are the outputs.
    after = before if after_pass.nodes == network.nodes else after_pass.forward(probe)
    deviation = after_pass.deviation(after, before)
    if run.exact and deviation > TOLERANCE:
        raise ConversionError(
            f"The pass '{run.name}' changed the outputs of network '{network.name}' by "
            f"{deviation:.1e} of their range; {TOLERANCE:.0e} is accepted. "
            "Please report this network."
        )
    if run.exact:
        kind, remark = "exact", _remark(network, after_pass)
    else:
        kind, remark = "approximate", _cost(after_pass, after, before)
    return Stage(run.name, kind, deviation, remark, after_pass), after


@_quietly
def _input_rounding(
    network: Network, x: np.ndarray, full_scale: float, outputs: np.ndarray
) -> float:
    """Measure how far outputs move when inputs are rounded as spiking networks round them."""
    unit = full_scale / 2**INPUT_BITS
    # In float64, where units of the smallest float32 inputs are numbers too.
    rounded = (np.rint(x.astype(np.float64) / unit) * unit).astype(np.float32)
    return network.deviation(output_sums(network, rounded), outputs)


@_quietly
def output_sums(network: Network, x: np.ndarray) -> np.ndarray:
    """Values of the output ahead of its activation; shape (samples, *output shape)."""
    output = network.output.name
    return np.concatenate(
        [
            sums
            for batch in network.input_batches(x)
            for node, sums, _ in network.walk(batch)
            if node.name == output
        ]
    )


def _remark(before: Network, after: Network) -> str:
    """Say what a pass did, in numbers of layers."""
    removed = len(before.nodes) - len(after.nodes)
    if removed > 0:
        return f"{_layers(removed)} joined to others"
    if removed < 0:
        return f"{_layers(-removed)} added"
    kept = {node.name: (node.layer, node.activation, node.inputs) for node in before.nodes}
    changed = [n for n in after.nodes if kept.get(n.name) != (n.layer, n.activation, n.inputs)]
    return f"{_layers(len(changed))} changed" if changed else "nothing to do"


def _shift_remark(shift: float, output: OutputSums) -> str:
    return (
        f"{shift:.4g} added to all sums before the softmax, which does not change its result: "
        f"the largest was not above 0 in {output.silent_winners / output.winners:.0%} of the "
        "calibration samples"
    )


def _cost(network: Network, outputs: np.ndarray, expected: np.ndarray) -> str:
    """Say what a pass that is not exact costs on the calibration data."""
    cost = f"outputs differ by up to {network.deviation(outputs, expected):.1%} of their range"
    if network.classes == 1:
        return cost
    classes, wanted = (
        values.reshape(len(values), -1).argmax(axis=1) for values in (outputs, expected)
    )
    changed = float((classes != wanted).mean())
    return f"{cost}, {changed:.1%} of the predictions change (on {len(outputs)} samples)"


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"


def relative_deviation(value: np.ndarray, reference: np.ndarray) -> float:
    """Largest absolute difference, relative to the largest absolute reference."""
    largest = float(np.abs(reference).max(initial=0)) or 1.0
    return float(np.abs(value - reference).max(initial=0)) / largest
