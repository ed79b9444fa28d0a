"""A spiking network whose numbers are integers of a few bits, as chips store them.

Per layer one step Δ: ``w = k Δ`` with integers ``|k| <= 2^(bits - 1) - 1``. Thresholds, biases
and initial potentials are multiples of Δ, too. As Δ is a multiple of the network's own grid, the
result is a network as any other, and every engine simulates it exactly.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from workbench.network.layer import Layer
from workbench.network.population import Population
from workbench.network.spiking import SpikingNetwork

FEWEST, MOST = 2, 12
"""Bits that can be asked for."""


def largest_integer(bits: int) -> int:
    """Return the largest integer of a signed number without the lowest one, such as 127."""
    return int(2 ** (bits - 1) - 1)


def rounded(network: SpikingNetwork, bits: int, *, common: bool = False) -> SpikingNetwork:
    """Round weights, biases, thresholds and initial potentials to integers times a step.

    Parameters
    ----------
    network : SpikingNetwork
    bits : int
        Of a weight, its sign among them.
    common : bool
        Take one step for all layers, that of the largest weight of the network, instead of one
        for each layer.

    Returns
    -------
    SpikingNetwork
    """
    steps = {name: step_of(network, name, bits) for name in network.layers}
    if common:
        steps = dict.fromkeys(steps, max(steps.values()))
    populations = tuple(
        _population(population, steps[population.name]) if population.name in steps else population
        for population in network.populations
    )
    projections = tuple(
        replace(each, maps=tuple(_map(layer, steps[each.target]) for layer in each.maps))
        for each in network.projections
    )
    return replace(network, populations=populations, projections=projections)


def step_of(network: SpikingNetwork, name: str, bits: int) -> int:
    """Return a layer's step Δ in grid units, with which its largest weight is just stored."""
    largest = int(np.abs(weights_of(network, name)).max(initial=0))
    return max(1, -(-largest // largest_integer(bits)))


def weights_of(network: SpikingNetwork, name: str) -> np.ndarray:
    """Return all weights of the layers that end at a population, in grid units; int64, flat."""
    parts = [
        np.asarray(getattr(layer, field)).reshape(-1)
        for projection in network.incoming(name)
        for layer in projection.maps
        if (field := _field(layer))
    ]
    return np.concatenate(parts).astype(np.int64)


def _field(layer: Layer) -> str:
    """Where a layer has its weights; "" where it has none."""
    names = ("kernel", "factor") if layer.weighted else ()
    return next((name for name in names if hasattr(layer, name)), "")


def _nearest(values: Any, step: int) -> np.ndarray:
    return (np.rint(np.asarray(values, np.float64) / step) * step).astype(np.int64)


def _map(layer: Layer, step: int) -> Layer:
    if not (field := _field(layer)):
        return layer
    found = np.asarray(getattr(layer, field))
    changed: Layer = layer.replace(**{field: _nearest(found, step).astype(found.dtype)})
    return changed


def _population(population: Population, step: int) -> Population:
    return replace(
        population,
        threshold=max(step, int(_nearest(population.threshold, step))),
        bias=_nearest(population.bias, step),
        initial_potential=_nearest(population.starts, step),
    )
