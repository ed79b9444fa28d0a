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
        # The counts that a pooling sees are those of its input one event at a time, or of spikes
        # that arrive late, so it keeps its own.
        dtype = np.int64 if self._rule == "exp" else np.int32
        self._score = np.zeros((samples, windows.inputs), dtype)
        self._recent = np.zeros((samples, kept, windows.inputs), np.int16)
        self._highest = np.zeros((samples, population.size if exact else 0), np.int32)

    def run(
        self, sample: int, step: int, source: SpikeWindow, space: Workspace
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the planes of spikes that pass, and of those below 0 if there are any.

        Parameters
        ----------
        step : int
            First step of the window, counted from the start of the run.
        """
        span, table = len(source.plane), self._windows
        plane = space.plane(self._name, self._size, span)
        score, highest = self._score[sample], self._highest[sample]
        if self._by_events:
            spikes = int(source.per_step.sum())
            start, index, _ = events_of(source.plane, self._name, table.inputs, spikes, space)
            both_ways = table.first, table.target, table.begin, table.member
            rule = RULES[self._rule]
            kernels.max_pool_of_events(start, index, *both_ways, rule, score, highest, plane)
            return plane, None
        no_plane = space.no_plane
        back = None if source.back is None else space.plane(f"{self._name}/back", self._size, span)
        kernels.max_pool_of_planes(
            source.plane,
            no_plane if source.back is None else source.back,
            step,
            table.begin,
            table.member,
            RULES[self._rule],
            FORGOTTEN_BITS,
            SPIKE_SCORE,
            score,
            self._recent[sample],
            highest,
            plane,
            no_plane if back is None else back,
        )
        return plane, back
