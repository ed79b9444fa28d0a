"""Jobs of measuring: settings, and the samples of a task that they are tried on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench.errors import WorkbenchError
from workbench.methods.calibration import converting
from workbench.methods.candidates import Candidate
from workbench.methods.tally import Shares, Tally
from workbench.network.graph import Network
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion
from workbench.simulation.session import Cancelled, never
from workbench.util.memory_budget import free_memory
from workbench.util.stored_samples import Samples

CHUNK = 250
"""Samples between two calls of a progress function, and that are read from disk at once."""

KEPT_SHARE = 4
"""Converted networks that are kept for later take at most this part of free memory, the weights
that engines arrange included; others are converted again."""

ARRANGED = 4
"""Copies of the weights that a network that has been simulated holds, about."""

Told = Callable[[int], None]
"""Called with the number of samples that were simulated since the last call."""


@dataclass(frozen=True, eq=False)
class Task:
    """What settings are tried on.

    Parameters
    ----------
    network : Network or SpikingNetwork
        The analog network; or a converted one, which is measured as it is.
    calibration : ndarray or StoredSamples, shape (samples, *input shape)
        Samples to convert with.
    x : ndarray or StoredSamples, shape (samples, *input shape)
        Samples to measure on.
    predictions : ndarray of int, shape (samples,)
        Classes of `x` by the analog network.
    labels : ndarray of int, shape (samples,), or None
        Its true classes; those of the analog network count where they are not known.
    held_out : bool
        Whether `x` are validation samples, which did not train the network.
    most_kept : int or None
        Converted networks that are kept for later, at most; None for what memory allows.
    """

    network: Network | SpikingNetwork
    calibration: Samples
    x: Samples
    predictions: np.ndarray
    labels: np.ndarray | None
    held_out: bool = False
    most_kept: int | None = None
    _kept: dict[str, SpikingNetwork] = field(default_factory=dict, repr=False)

    @property
    def classes(self) -> np.ndarray:
        """Classes that count as right."""
        return self.predictions if self.labels is None else self.labels

    def converted(
        self, conversion: Conversion, cancelled: Cancelled = never
    ) -> SpikingNetwork | None:
        """Convert, unless that is kept from before; None where it was cancelled."""
        if isinstance(self.network, SpikingNetwork):
            return self.network
        key = repr(conversion)
        known = self._kept.get(key)
        steps = converting(self.network, self.calibration, conversion)
        while known is None:
            try:
                next(steps)
            except StopIteration as finished:
                known = finished.value
            if cancelled():
                return None
        if self.most_kept is not None and key not in self._kept:
            for old in list(self._kept)[: max(0, len(self._kept) + 1 - self.most_kept)]:
                self._kept.pop(old, None)
        if (len(self._kept) + 1) * _bytes(known) <= free_memory() // KEPT_SHARE:
            self._kept[key] = known
        return known

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_kept": {}}  # each process converts for itself

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)


@dataclass(frozen=True, eq=False)
class Job:
    """Settings to measure, with all the numbers of steps that one run serves.

    Parameters
    ----------
    candidate : Candidate
    stops : tuple of int
        Numbers of steps.
    samples : slice
        Which of the task's.
    """

    candidate: Candidate
    stops: tuple[int, ...]
    samples: slice


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a job gave.

    Parameters
    ----------
    shares : dict of int to Shares
        By the number of steps; empty where the settings were refused.
    right : ndarray of int64, shape (steps of the longest run,)
        Samples that are right after each step.
    steps : int
        Of the run: the longest that was asked for, unless the network decides its length.
    spiking_hash : str
        Content hash of the converted network.
    seconds : float
        Of converting and simulating.
    error : WorkbenchError or None
        Why the settings were refused.
    """

    shares: dict[int, Shares]
    right: np.ndarray
    steps: int = 0
    spiking_hash: str = ""
    seconds: float = 0.0
    error: WorkbenchError | None = None


Measurer = Callable[[Task, Sequence[Job], Told, Cancelled], Iterator[tuple[int, Outcome]]]
"""Measures jobs and yields each one's number and outcome, in any order; ends where cancelled."""


def measured_here(
    task: Task, jobs: Sequence[Job], told: Told, cancelled: Cancelled = never
) -> Iterator[tuple[int, Outcome]]:
    """Measure jobs in this process, one after the other; see `Measurer`."""
    for number, job in enumerate(jobs):
        if cancelled():
            return
        done = 0

        def tell(samples: int) -> None:
            nonlocal done
            done += samples
            told(samples)

        outcome = outcome_of(task, job, tell, cancelled)
        if outcome is None:
            return
        told(job.samples.stop - job.samples.start - done)  # of settings that were refused
        yield number, outcome


def outcome_of(
    task: Task, job: Job, told: Told | None = None, cancelled: Cancelled = never
) -> Outcome | None:
    """Convert and simulate; None where it was cancelled."""
    began = time.perf_counter()
    try:
        spiking = task.converted(job.candidate.conversion, cancelled)
        if spiking is None:
            return None
        tally = Tally(spiking, job.candidate.simulation, max(job.stops))
        for start in range(job.samples.start, job.samples.stop, CHUNK):
            chunk = slice(start, min(start + CHUNK, job.samples.stop))
            classes = task.predictions[chunk], task.classes[chunk]
            if not tally.add(task.x[chunk], start, *classes, cancelled):
                return None
            if told is not None:
                told(chunk.stop - chunk.start)
    except WorkbenchError as error:
        seconds = time.perf_counter() - began
        return Outcome({}, np.zeros(0, np.int64), seconds=seconds, error=error)
    shares = {steps: tally.shares(steps) for steps in job.stops}
    seconds = time.perf_counter() - began
    return Outcome(shares, tally.right, len(tally.right), spiking.content_hash, seconds)


def _bytes(spiking: SpikingNetwork) -> int:
    """Memory that a network takes, about; all that one network is converted to take as much."""
    weights = sum(layer.parameter_count for p in spiking.projections for layer in p.maps)
    units = sum(population.size for population in spiking.populations)
    return 8 * (ARRANGED * weights + ARRANGED * units)
