"""Runs in turns as their definition says, in plain NumPy: slot by slot, and spike by spike.

Slower than `workbench.simulation.turns.in_turns`, which must give the same: equal integers in
slots, and times that differ by rounding alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.network.population import Population
from workbench.simulation.session import Cancelled
from workbench.simulation.turns.first_spikes import FirstSpikes
from workbench.simulation.turns.in_turns import pooled


def reference_values(
    rule: Any, cancelled: Cancelled
) -> tuple[dict[str, np.ndarray], dict[str, int]] | None:
    """Values that all layers but the output send; as `solved_values` of the session."""
    solve = _in_time if isinstance(rule, FirstSpikes) else _in_slots
    values: dict[str, np.ndarray] = {}
    early: dict[str, int] = {}
    for population in rule.network.populations[1:-1]:
        if cancelled():
            return None
        name = population.name
        if population.kind == "max_pool":
            (projection,) = rule.network.incoming(name)
            values[name] = pooled(rule.network, population, values[projection.source])
        else:
            values[name], early[name] = solve(rule, population, values)
    return values, early


def _in_slots(
    rule: Any, population: Population, sources: dict[str, np.ndarray]
) -> tuple[np.ndarray, int]:
    """Add up what arrives slot by slot, then count for how many levels the potential is enough."""
    network, levels = rule.network, rule.levels
    code = network.spike_code
    incoming = [p for p in network.incoming(population.name) if p.source != network.input.name]
    v = np.zeros((rule.samples, population.size), np.int64) + population.starts
    for slot in range(levels):
        v += population.bias + rule.currents.get(population.name, 0)
        for projection in incoming:
            spikes = code.sends(sources[projection.source], slot, levels)
            brought = projection.forward(code.weight(slot, levels) * spikes)
            v += brought.reshape(v.shape).astype(np.int64)
    if population.is_step:
        return (levels * (v >= levels * population.threshold)).astype(np.int32), 0
    value = np.zeros(v.shape, np.int32)
    for _ in range(levels):
        enough = v >= population.threshold
        value += enough
        v -= population.threshold * enough
    return value, 0


def _in_time(
    rule: Any, population: Population, sources: dict[str, np.ndarray]
) -> tuple[np.ndarray, int]:
    """Sum currents from the times of single spikes, synapse by synapse, and wait for theta."""
    network, windows = rule.network, rule.network.send_windows
    t_min = windows[population.name]
    t_max = t_min + 1
    u = np.zeros((rule.samples, population.size)) + population.bias
    u += rule.currents.get(population.name, 0.0)
    for projection in network.incoming(population.name):
        if projection.source == network.input.name:
            continue
        value = sources[projection.source]
        sent = np.where(value > 0, windows[projection.source] + 1 - value, np.inf)
        # What came before the reader's window is delayed until then.
        arrives = sent + (t_min - 1 - windows[projection.source])
        for pre, post, weight in projection.synapses():
            lasts = np.where(np.isfinite(arrives[:, pre]), t_min - arrives[:, pre], 0.0)
            for sample in range(rule.samples):
                u[sample] += np.bincount(post, lasts[sample] * weight, population.size)
    if population.is_step:
        return (u >= population.threshold).astype(np.float64), 0
    time = t_min + (population.threshold - u) / population.threshold
    early = 0 if population.ceiling else int((time < t_min).sum())
    time = np.maximum(time, t_min)
    return np.where(time < t_max, t_max - time, 0.0), early
