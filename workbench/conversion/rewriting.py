"""Which passes a conversion runs, and in which order."""

from __future__ import annotations

from functools import lru_cache

from workbench.conversion.passes.attach_activations import attach_activations
from workbench.conversion.passes.average_max_pooling import average_max_pooling
from workbench.conversion.passes.conversion_pass import Pass
from workbench.conversion.passes.feed_max_pooling import feed_max_pooling
from workbench.conversion.passes.fold_affine import fold_affine
from workbench.conversion.passes.fold_padding import fold_padding
from workbench.conversion.passes.fold_permute import fold_permute
from workbench.conversion.passes.give_pools_neurons import give_pools_neurons
from workbench.conversion.passes.lift_sequences import lift_sequences
from workbench.conversion.passes.shift_logits import shift_logits
from workbench.conversion.passes.sink_max_pooling import sink_max_pooling
from workbench.conversion.passes.sink_output_activation import sink_output_activation
from workbench.conversion.passes.split_signed import split_signed
from workbench.conversion.passes.write_max_pooling_as_relu import (
    write_max_pooling_as_relu,
    write_signed_max_pooling_as_relu,
)
from workbench.network.graph import Network
from workbench.settings import Conversion

ARRANGING: tuple[Pass, ...] = (
    average_max_pooling,
    # Ahead of all that know images.
    lift_sequences,
    # Ahead of max pooling, so that it reads spikes themselves, not spikes with zeros around them.
    fold_padding,
    # Ahead of folding: what max pooling is moved behind can then go into the map before.
    sink_max_pooling,
    write_max_pooling_as_relu,
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
    give_pools_neurons,
)
"""Passes that join layers, and say in which populations the neurons stand."""

WITH_STATISTICS: tuple[Pass, ...] = (shift_logits,)
"""Passes that also need the statistics of the calibration data, once the others have run."""

ALL = (*ARRANGING, *FOLDING, *WITH_STATISTICS)
"""All passes, in the order in which they run."""


def passes(max_pool: str = "exact", *, spiking_pools: bool = False) -> tuple[Pass, ...]:
    """Return what a conversion runs, in order; parameters are settings of `Conversion`."""
    settings = {"max_pool": max_pool, "spiking_pools": spiking_pools}
    return tuple(each for each in (*ARRANGING, *FOLDING) if each.runs_with(settings))


@lru_cache(maxsize=8)
def rewritten(network: Network, max_pool: str = "exact", *, spiking_pools: bool = False) -> Network:
    """Return a network after its exact passes: its layers are what conversion makes neurons of.

    Parameters
    ----------
    max_pool, spiking_pools
        As in `Conversion`; "average_pooling", which is not exact, leaves max pooling as it is.
    """
    for run in passes(max_pool, spiking_pools=spiking_pools):
        network = run(network) if run.exact else network
    return network


def rewritten_for(network: Network, conversion: Conversion) -> Network:
    """Return `rewritten` as a conversion has it."""
    return rewritten(network, conversion.max_pool, spiking_pools=conversion.spiking_pools)


def arranged(network: Network) -> Network:
    """Return a network whose neural nodes are those that conversion by default makes neurons of.

    Weights stay where they are, so that this is cheap for networks of any size.
    """
    for run in passes():
        network = run(network) if run in ARRANGING else network
    return network
