"""What a run costs: synaptic operations, multiply-accumulates, neuron updates and energy."""

from __future__ import annotations

import pandas as pd

from workbench.analysis.energy import (
    Energy,
    energy_model,
    layer_energy,
    neuron_updates,
    with_total,
)
from workbench.network.recording import Recording


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


def _operations(recording: Recording, energy: Energy) -> pd.DataFrame:
    network, samples = recording.network, recording.samples
    constant = recording.settings.encoding == "constant"
    rows = []
    for population in network.populations:
        if population is network.input and constant:
            continue
        synops, macs = 0, 0
        for projection in network.incoming(population.name):
            if population.kind != "if":
                continue  # Windows of a maximum choose; they do not add.
            if projection.source == network.input.name and constant:
                macs += projection.macs
            else:
                synops += int(recording.unit_totals[projection.source] @ projection.fan_out())
        counted = {
            "spikes": recording.unit_totals[population.name].sum() / samples,
            "synops": synops / samples,
            "macs": macs,
        }
        rows.append(
            {
                "layer": population.name,
                **counted,
                "neuron_updates": neuron_updates(recording, population, counted["synops"]),
                **layer_energy(recording, population, energy=energy, **counted),
            }
        )
    return pd.DataFrame(rows)
