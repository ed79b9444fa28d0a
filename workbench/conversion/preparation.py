"""The part of a conversion that does not depend on the settings a user tunes live.

Exact passes are run and checked on calibration data, and activation statistics are
collected, once per network and calibration set; the result is cached by content hash, and
statistics are kept on disk.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from threading import Lock

import numpy as np

from workbench.conversion import statistics_store
from workbench.conversion.passes.attach_activations import attach_activations
from workbench.conversion.passes.average_max_pooling import average_max_pooling
from workbench.conversion.passes.feed_max_pooling import feed_max_pooling
from workbench.conversion.passes.fold_affine import fold_affine
from workbench.conversion.passes.fold_padding import fold_padding
from workbench.conversion.passes.fold_permute import fold_permute
from workbench.conversion.passes.give_pools_neurons import give_pools_neurons
from workbench.conversion.passes.lift_sequences import lift_sequences
from workbench.conversion.passes.shift_logits import logit_shift, shift_logits
from workbench.conversion.passes.sink_max_pooling import sink_max_pooling
from workbench.conversion.passes.sink_output_activation import sink_output_activation
from workbench.conversion.passes.split_signed import split_signed
from workbench.conversion.passes.write_max_pooling_as_relu import (
    write_max_pooling_as_relu,
    write_signed_max_pooling_as_relu,
)
from workbench.conversion.refusals import check_weights
from workbench.conversion.statistics import OutputSums, Statistics, collect, with_channels
from workbench.errors import ConversionError, DataError
from workbench.network.graph import Network
from workbench.network.spiking import INPUT_BITS
from workbench.settings import Conversion
from workbench.util.stored_samples import Samples

TraceRow = tuple[str, str, float, str]
Pass = Callable[[Network], Network]

TOLERANCE = 1e-4
"""Largest relative deviation of an exact pass that float32 rounding explains."""

CHECKED_SAMPLES = 100
"""Calibration samples on which passes are compared."""

ROUNDING_SAMPLES = 8
"""Calibration samples on which the cost of rounding is measured."""

ARRANGING: tuple[Pass, ...] = (
    # Ahead of all others, which know images.
    lift_sequences,
    # Ahead of max pooling, so that it reads spikes themselves, not spikes with zeros around them.
    fold_padding,
    # Ahead of folding: what max pooling is moved behind can then go into the map before.
    sink_max_pooling,
    write_signed_max_pooling_as_relu,
    feed_max_pooling,
)
"""Passes that decide which units become neurons; none of them touches a weight."""

FOLDING: tuple[Pass, ...] = (
    fold_affine,
    attach_activations,
    sink_output_activation,
    fold_permute,
    split_signed,
)
"""Passes that join layers, and say in which populations the neurons stand."""


def passes(max_pool: str = "exact", *, spiking_pools: bool = False) -> tuple[Pass, ...]:
    """Return what a conversion runs, in order; parameters are settings of `Conversion`."""
    arranging = list(ARRANGING)
    if max_pool == "average_pooling":
        arranging.insert(0, average_max_pooling)
    if max_pool == "relu":
        place = arranging.index(write_signed_max_pooling_as_relu)
        arranging[place] = write_max_pooling_as_relu
    return (*arranging, *FOLDING, *([give_pools_neurons] if spiking_pools else []))


_CACHED = 8


@dataclass(frozen=True)
class Prepared:
    """A network after its exact passes, with what is known of its activations.

    Parameters
    ----------
    network : Network
        Ready to be lowered to populations and projections.
    stages : tuple of (pass name, Network)
        The network after every pass.
    trace : tuple of (step, "exact" or "approximate", deviation, remark)
    statistics : Statistics
    input_rounding : float
        Share of the outputs' range by which rounding the inputs moves them.
    samples_hash : str
        Of the values of the calibration samples.
    """

    network: Network
    stages: tuple[tuple[str, Network], ...]
    trace: tuple[TraceRow, ...]
    statistics: Statistics
    input_rounding: float
    samples_hash: str = ""


def prepare(
    network: Network,
    calibration: Samples,
    *,
    max_pool: str = "exact",
    spiking_pools: bool = False,
    per_channel: bool = False,
) -> Prepared:
    """Run the passes and collect statistics, or return them from the cache.

    Parameters
    ----------
    network : Network
    calibration : ndarray or StoredSamples, shape (samples, *input shape)
    max_pool, spiking_pools
        As in `Conversion`.
    per_channel : bool
        Whether statistics of single channels are needed, too.

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
            f"All {len(x):,} calibration samples are 0, which does not tell how large activations "
            "become. Give samples of the data that the network was trained with."
        )
    chosen = passes(max_pool, spiking_pools=spiking_pools)
    told = samples.hexdigest()
    key = (network.content_hash, told, chosen)
    with _lock:
        known = _cache.get(key)
    prepared = known or _prepare(network, x, told, chosen)
    if per_channel and not prepared.statistics.channels:
        plain, ready = prepared.statistics, prepared.network
        statistics = statistics_store.kept(
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


@lru_cache(maxsize=_CACHED)
def rewritten(network: Network, max_pool: str = "exact", *, spiking_pools: bool = False) -> Network:
    """Return a network after its exact passes: its layers are what conversion makes neurons of.

    Parameters
    ----------
    max_pool, spiking_pools
        As in `Conversion`; "average_pooling", which is not exact, leaves max pooling as it is.
    """
    for run in passes(max_pool, spiking_pools=spiking_pools):
        network = network if run is average_max_pooling else run(network)
    return network


def rewritten_for(network: Network, conversion: Conversion) -> Network:
    """Return `rewritten` as a conversion has it."""
    return rewritten(network, conversion.max_pool, spiking_pools=conversion.spiking_pools)


def arranged(network: Network) -> Network:
    """Return a network whose neural nodes are those that conversion by default makes neurons of.

    Weights stay where they are, so that this is cheap for networks of any size.
    """
    for run in ARRANGING:
        network = run(network)
    return network


# Values that float32 does not hold are found, and told by the layer, when statistics are collected.
@np.errstate(over="ignore", invalid="ignore")
def _prepare(network: Network, x: Samples, samples: str, chosen: tuple[Pass, ...]) -> Prepared:
    """Run the passes; `samples` is the hash of the values of `x`."""

    def statistics_of(network: Network) -> Statistics:
        return statistics_store.kept(network, samples, lambda: collect(network, x))

    check_weights(network)
    probe = x[:CHECKED_SAMPLES]
    before = network.forward(probe)
    stages = [("source", network)]
    compared = ("compare with the source", "measured", network.source_deviation)
    trace: list[TraceRow] = [(*compared, network.verification)]
    for run in chosen:
        exact = run is not average_max_pooling
        name = run.__name__.replace("_", " ")
        after_pass = run(network)
        # Layers compare by identity: where all are the same, so are the outputs.
        after = before if after_pass.nodes == network.nodes else after_pass.forward(probe)
        deviation = after_pass.deviation(after, before)
        if exact and deviation > TOLERANCE:
            raise ConversionError(
                f"The pass '{name}' changed the outputs of network '{network.name}' by "
                f"{deviation:.1e} of their range; {TOLERANCE:.0e} is accepted. "
                "Please report this network."
            )
        remark = _remark(network, after_pass)
        if not exact:
            remark = _cost(after_pass, after, before)
        trace.append((name, "exact" if exact else "approximate", deviation, remark))
        stages.append((name, after_pass))
        network, before = after_pass, after
    statistics = statistics_of(network)
    if shift := logit_shift(statistics.output):
        network = shift_logits(network, shift)
        deviation = network.deviation(network.forward(probe), before)
        stages.append(("shift logits", network))
        trace.append(("shift logits", "exact", deviation, _shift_remark(shift, statistics.output)))
        statistics = statistics_of(network)
    moved = _input_rounding(network, x[:ROUNDING_SAMPLES], statistics.input_maximum or 1.0)
    return Prepared(network, tuple(stages), tuple(trace), statistics, moved, samples)


def _input_rounding(network: Network, x: np.ndarray, full_scale: float) -> float:
    """Measure how far outputs move when inputs are rounded as spiking networks round them."""
    if len(network.nodes) == 1:
        return 0.0  # There are no outputs but the inputs; conversion refuses it.
    unit = full_scale / 2**INPUT_BITS
    # In float64, where units of the smallest float32 inputs are numbers too.
    rounded = (np.rint(x.astype(np.float64) / unit) * unit).astype(np.float32)
    return network.deviation(output_sums(network, rounded), output_sums(network, x))


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
        f"{shift:.4g} added to all sums ahead of the softmax, which makes no difference to it: "
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
