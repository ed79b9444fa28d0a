"""Max pooling in the event engine: what each pooling remembers of its inputs."""

from __future__ import annotations

import numpy as np

from workbench.network.max_pool_rules import FORGOTTEN_BITS, RECENT_STEPS, SPIKE_SCORE
from workbench.network.population import Population
from workbench.simulation.kernels import max_pool as kernels
from workbench.simulation.propagate import events_of
from workbench.simulation.sparse_links import Links
from workbench.simulation.spike_window import SpikeWindow
from workbench.simulation.workspace import Workspace

RULES = {
    "fir": kernels.RULE_FIR,
    "exact": kernels.RULE_EXACT,
    "exp": kernels.RULE_EXP,
    "recent": kernels.RULE_RECENT,
}
BY_EVENTS = ("fir", "exact")
"""Rules whose scores change with spikes alone, so that spikes can be followed as events."""


class Pool:
    """A max pooling, with the scores of its inputs for every sample.

    Parameters
    ----------
    population : Population
    windows : Links
    samples : int
    """

    def __init__(self, population: Population, windows: Links, samples: int):
        self._name, self._size = population.name, population.size
        self._windows = windows
        self._rule = population.max_pool
        self._by_events = self._rule in BY_EVENTS and not population.signed
        kept = RECENT_STEPS if self._rule == "recent" else 0
        exact = self._rule == "exact"
        # Windows whose inputs lie in blocks of neighbours are followed in vectors.
        self._blocks = windows.blocks if exact and not self._by_events else None
        # The counts that a pooling sees are those of its input one event at a time, or of spikes
        # that arrive late, so it keeps its own.
        dtype = np.int64 if self._rule == "exp" else np.int32
        self._score = np.zeros((samples, windows.inputs), dtype)
        self._recent = np.zeros((samples, kept, windows.inputs), np.int16)
        self._highest = np.zeros((samples, population.size if exact else 0), np.int32)

    def run(self, sample: int, step: int, source: SpikeWindow, space: Workspace) -> np.ndarray:
        """Return the plane of what passes.

        Parameters
        ----------
        step : int
            First step of the window, counted from the start of the run.
        """
        span, table, sent = len(source.plane), self._windows, source.plane
        plane = space.plane(self._name, self._size, span, sent.dtype)
        score, highest = self._score[sample], self._highest[sample]
        if self._by_events:
            spikes = int(source.per_step.sum())
            start, index, _ = events_of(sent, self._name, table.inputs, spikes, space)
            both_ways = table.first, table.target, table.begin, table.member
            rule = RULES[self._rule]
            kernels.max_pool_of_events(start, index, *both_ways, rule, score, highest, plane)
        elif self._blocks is not None:
            kernels.exact_max_pool_of_blocks(
                sent, source.per_step, *self._blocks, score, highest, plane
            )
        else:
            numbers = RULES[self._rule], FORGOTTEN_BITS, SPIKE_SCORE
            kept = score, self._recent[sample], highest
            kernels.max_pool_of_planes(
                sent, step, table.begin, table.member, *numbers, *kept, plane
            )
        return plane
