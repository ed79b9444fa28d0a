"""Firing rates per layer and step."""

from __future__ import annotations

import pandas as pd

from workbench.network.recording import Recording


def active_layers(recording: Recording) -> tuple[str, ...]:
    """Layers that spike in this run: the input only where it is encoded in spikes."""
    network = recording.network
    constant = recording.settings.encoding == "constant"
    return network.layers if constant else (network.input.name, *network.layers)


def rates(recording: Recording) -> pd.DataFrame:
    """Mean firing rate of every layer at every step.

    Returns
    -------
    DataFrame
        layer, step (from 1), mean_rate (spikes per unit and step), rate_hz.
    """
    per_second = 1000 / recording.settings.dt_ms
    tables = []
    for name in active_layers(recording):
        units = recording.network.population(name).size * recording.samples
        mean = recording.step_totals[name] / units
        steps = range(1, recording.steps + 1)
        tables.append(
            pd.DataFrame(
                {"layer": name, "step": steps, "mean_rate": mean, "rate_hz": mean * per_second}
            )
        )
    return pd.concat(tables, ignore_index=True)
