"""How well a layer's spikes carry the analog activations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.errors import DataError
from workbench.network.graph import Network
from workbench.network.recording import Recording
from workbench.network.schedule import sent_values
from workbench.util.stored_samples import Samples


def correlations(
    recording: Recording, network: Network, rewritten: Network, x: Samples
) -> pd.DataFrame:
    """Compare decoded spike counts with analog activations, layer by layer.

    Parameters
    ----------
    recording : Recording
        Of the samples `x`; its recorded layers are compared.
    network : Network
        The analog network that was converted.
    rewritten : Network
        The same after the exact passes of conversion, where each population is a layer.
    x : ndarray, shape (samples, *input shape)

    Returns
    -------
    DataFrame
        layer, correlation (Pearson, over all units and samples; NaN where one side is
        constant), mean_error (mean absolute, in units of the layer's scale), saturated (share
        of units that sent all they can; plain ones fired at every step, or sent the largest value
        where layers take turns). Outputs are compared as `Run.outputs` decodes them, with their
        sign; those of a softmax, sigmoid or tanh behind it, where the scale is 1. Random input
        spikes are no layer and not compared.

    Raises
    ------
    DataError
        If the recording is not of this network's spiking form.
    """
    analog = analog_activations(recording, network, rewritten, x, recording.layers)
    rows = []
    for name in recording.layers:
        if name not in analog:
            continue
        population = recording.network.population(name)
        scale = float(np.mean(population.scale))
        decoded = decoded_activations(recording, name)
        if population is recording.network.output:
            scale = scale if population.output_activation.hidden else 1.0
        expected = analog[name].reshape(decoded.shape)
        rows.append(
            {
                "layer": name,
                "correlation": _pearson(decoded.reshape(-1), expected.reshape(-1)),
                "mean_error": float(np.abs(decoded - expected).mean() / scale),
                "saturated": _saturated(recording, name),
            }
        )
    return pd.DataFrame(rows, columns=["layer", "correlation", "mean_error", "saturated"])


def decoded_activations(recording: Recording, layer: str) -> np.ndarray:
    """Activations that a recorded layer's spikes represent after the last step.

    Returns
    -------
    ndarray of float64, shape (samples, *layer shape)
        In the units of the analog network; outputs as `Run.outputs` decodes them.
    """
    if recording.network.population(layer) is recording.network.output:
        return recording.outputs()
    network = recording.network
    if not network.spike_code.in_turns:
        return network.decode(layer, recording.counts[layer], recording.steps)
    population = network.population(layer)
    shaped = _sent(recording, layer).reshape(-1, *population.shape)
    return shaped * network.theta(population) * population.scale


def _sent(recording: Recording, layer: str) -> np.ndarray:
    """Values that a layer whose turn came has sent, from 0 to 1; shape (samples, units)."""
    events, times = recording.events[layer], recording.times.get(layer)
    return sent_values(recording.network, layer, events, times, recording.samples)


def _saturated(recording: Recording, layer: str) -> float:
    """Share of units, over all samples, that sent all they can."""
    network, population = recording.network, recording.network.population(layer)
    if network.spike_code.in_turns and population is not network.output:
        return float((_sent(recording, layer) >= 1).mean())
    return float((recording.counts[layer] == population.most_sent(recording.steps)).mean())


def analog_activations(
    recording: Recording, network: Network, rewritten: Network, x: Samples, layers: Sequence[str]
) -> dict[str, np.ndarray]:
    """Activations of the analog network that populations represent.

    Parameters
    ----------
    recording, network, rewritten, x
        As of `correlations`.
    layers : sequence of str
        Names of populations; those that represent no activation are left out.

    Returns
    -------
    dict of layer to ndarray, shape (samples, *layer shape)

    Raises
    ------
    DataError
        If the recording is not of this network's spiking form.
    """
    if network.content_hash != recording.network.source_hash:
        raise DataError(
            f"Network '{network.name}' is not the one that '{recording.network.name}' was "
            "converted from, so their layers cannot be compared. Give the analog network that "
            "was converted."
        )
    parts: dict[str, list[np.ndarray]] = {}
    known = {node.name for node in rewritten.nodes}
    spiking = recording.network.layers
    compared = [name for name in layers if name in spiking and name in known]
    for activations in rewritten.batches(x):
        for name in compared:
            parts.setdefault(name, []).append(activations[name])
    return {name: np.concatenate(batches) for name, batches in parts.items()}


def _pearson(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum() / size) if size > 0 else float("nan")
