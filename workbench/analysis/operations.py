"""What a run costs: synaptic operations, multiply-accumulates, neuron updates and energy."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.network.recording import Recording


@dataclass(frozen=True)
class Energy:
    """Energy per operation, without memory traffic.

    Defaults are 45 nm float32 (Horowitz 2014, ISSCC): a multiply-accumulate is 3.7 pJ + 0.9 pJ,
    an accumulate 0.9 pJ.

    Parameters
    ----------
    mac_pj, accumulate_pj : float
        Picojoules.
    """

    mac_pj: float = 4.6
    accumulate_pj: float = 0.9


def operations(recording: Recording, energy: Energy | None = None) -> pd.DataFrame:
    """Operations of each layer, mean per sample.

    A spike costs one operation per synapse that exists behind it; they are charged to the
    layer where the synapses end. A constant input current is computed once, as MACs, in the
    layers that the input reaches.

    Returns
    -------
    DataFrame
        layer, spikes, synops, macs, neuron_updates, energy_pj; a row a layer, means per sample.
    """
    energy = energy or Energy()
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
        rows.append(
            {
                "layer": population.name,
                "spikes": recording.unit_totals[population.name].sum() / samples,
                "synops": synops / samples,
                "macs": macs,
                "neuron_updates": population.neurons * recording.steps,
                "energy_pj": macs * energy.mac_pj + synops / samples * energy.accumulate_pj,
            }
        )
    return pd.DataFrame(rows)
