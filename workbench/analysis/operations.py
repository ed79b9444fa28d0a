"""What a run costs: synaptic operations, multiply-accumulates, neuron updates and energy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.analysis.energy import (
    Energy,
    Length,
    energy_model,
    layer_energy,
    neuron_updates,
    with_total,
)
from workbench.network.projection import Projection
from workbench.network.recording import Recording
from workbench.network.spiking import SpikingNetwork


@dataclass(frozen=True)
class Steps:
    """A network and a number of steps: what costs depend on besides spikes."""

    network: SpikingNetwork
    steps: int


def operations(recording: Recording, energy: Energy | str | None = None) -> pd.DataFrame:
    """Operations of each layer, mean per sample.

    A spike costs one operation per synapse that exists behind it; they are charged to the
    layer where the synapses end. A constant input current is computed once, as MACs, in the
    layers that the input reaches.

    Returns
    -------
    DataFrame
        layer, spikes, synops, macs, neuron_updates; energy_pj, energy_memory_pj and energy_ann_pj,
        as `workbench.analysis.energy` defines them. One row per layer, means per sample.
    """
    return _operations(recording, energy_model(energy)).drop(columns="event_pj")


def energy_table(recording: Recording, energy: Energy | str | None = None) -> pd.DataFrame:
    """Energy of each layer and of all; see `Run.energy`."""
    return with_total(_operations(recording, energy_model(energy)), recording)


def charged(network: SpikingNetwork, *, constant: bool) -> Iterator[Projection]:
    """Yield the projections whose spikes cost operations, in network order.

    Parameters
    ----------
    network : SpikingNetwork
    constant : bool
        Whether the input is a constant current, which is computed once instead.
    """
    for population in network.populations:
        if population.kind != "if":
            continue  # Windows of a maximum choose; they do not add.
        for projection in network.incoming(population.name):
            if not (constant and projection.source == network.input.name):
                yield projection


def layer_costs(
    run: Length,
    spikes: Mapping[str, int],
    synops: Mapping[str, int],
    samples: int,
    energy: Energy,
    *,
    constant: bool,
) -> list[dict[str, Any]]:
    """Return what each layer costs, as means per sample.

    Parameters
    ----------
    run : Recording or Length
    spikes, synops : mapping of layer to int
        Of all samples together; synaptic operations of the layer where synapses end.
    samples : int
    energy : Energy
    constant : bool
        Whether the input is a constant current.
    """
    network = run.network
    rows = []
    for population in network.populations:
        if population is network.input and constant:
            continue
        macs = 0
        if population.kind == "if" and constant:
            incoming = network.incoming(population.name)
            macs = sum(p.macs for p in incoming if p.source == network.input.name)
        counted: dict[str, Any] = {
            "spikes": spikes[population.name] / samples,
            "synops": synops.get(population.name, 0) / samples,
            "macs": macs,
        }
        rows.append(
            {
                "layer": population.name,
                **counted,
                "neuron_updates": neuron_updates(run, population, counted["synops"]),
                **layer_energy(run, population, energy=energy, **counted),
            }
        )
    return rows


def _operations(recording: Recording, energy: Energy) -> pd.DataFrame:
    constant = recording.settings.encoding == "constant"
    totals = recording.unit_totals
    synops: dict[str, int] = {}
    for projection in charged(recording.network, constant=constant):
        reached = int(totals[projection.source] @ projection.fan_out())
        synops[projection.target] = synops.get(projection.target, 0) + reached
    spikes = {name: int(units.sum()) for name, units in totals.items()}
    samples = recording.samples
    return pd.DataFrame(layer_costs(recording, spikes, synops, samples, energy, constant=constant))
