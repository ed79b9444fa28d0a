"""What infinitely many steps would decode to: the network's own weights as an analog network."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from workbench.network.population import Population
from workbench.network.readout import on_and_off
from workbench.network.samples import INPUT_BITS, batched

if TYPE_CHECKING:
    from workbench.network.spiking import SpikingNetwork


def limit_activations(
    network: SpikingNetwork, encoded: np.ndarray, wanted: Collection[str]
) -> dict[str, np.ndarray]:
    """Return what `SpikingNetwork.rate_limit` does, of encoded samples; one batch after the other.

    Parameters
    ----------
    network : SpikingNetwork
    encoded : ndarray of int64, shape (samples, *input shape)
        As `SpikingNetwork.encode` returns them.
    wanted : collection of str
        Names of populations.

    Returns
    -------
    dict of str to ndarray of float64, shape (samples, *population shape)
    """
    batches = list(batched(encoded, _numbers_at_once(network), np.int64)) or [encoded]
    parts = [_of_batch(network, batch, wanted) for batch in batches]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _numbers_at_once(network: SpikingNetwork) -> int:
    """Numbers that are held for one sample at once, roughly."""
    largest = max(layer.working_size for p in network.projections for layer in p.maps)
    return largest + max(p.size for p in network.populations)


def _of_batch(
    network: SpikingNetwork, encoded: np.ndarray, wanted: Collection[str]
) -> dict[str, np.ndarray]:
    """Run one batch as an analog network; rates that are not read any more are freed."""
    position = {population.name: i for i, population in enumerate(network.populations)}
    in_order = sorted(network.projections, key=lambda projection: position[projection.target])
    last = {p.source: p.target for p in in_order}
    rates_of = {network.input.name: encoded / 2.0**INPUT_BITS}
    result = {}
    for population in network.populations[1:]:
        incoming = network.incoming(population.name)
        total = sum((p.forward(rates_of[p.source]) for p in incoming), np.float64(0))
        rates, decoded = _rates_and_activations(network, population, np.asarray(total))
        rates_of[population.name] = rates
        if population.name in wanted and population.read == "on_off":
            # The second neuron of an output holds what the first one holds, with other sign.
            on, _ = on_and_off(population, decoded.reshape(len(decoded), -1))
            result[population.name] = on.reshape(-1, *network.output_shape)
        elif population.name in wanted:
            result[population.name] = decoded
        for name in [name for name in rates_of if last.get(name) == population.name]:
            del rates_of[name]
    return result


def _rates_and_activations(
    network: SpikingNetwork, population: Population, total: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Spikes per step that a constant sum leads to, and the activations they represent."""
    if population.kind == "max_pool":
        return total, total * population.scale
    drive = total + population.bias.reshape(population.shape)
    rates = _rates(population, drive, is_output=population is network.output)
    per_spike = network.theta(population) * population.scale
    decoded = rates * per_spike
    if population.ceiling and population is not network.output:
        decoded = _clipped(decoded, population)
        rates = decoded / per_spike
    return rates, decoded


def _rates(population: Population, drive: np.ndarray, *, is_output: bool) -> np.ndarray:
    """Spikes per step that a constant drive leads to; of the output, its plain sum."""
    if population.is_step:
        return (drive >= population.threshold).astype(np.float64)
    if is_output:
        return drive / population.threshold
    return np.maximum(drive, 0) / population.threshold


def _clipped(decoded: np.ndarray, population: Population) -> np.ndarray:
    """Apply a layer's own ceiling, and its staircase if it has one."""
    if population.levels:
        step = population.ceiling / population.levels
        decoded = np.floor(decoded / step + 0.5) * step
    return np.clip(decoded, 0, population.ceiling)
