"""Measuring settings on samples: one run gives the figures of every number of steps up to its own.

Predictions are known after each step. Operations are integers, added up for each step, so that
neither batches nor the place where they are computed make a difference.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from workbench.analysis.energy import energy_model
from workbench.analysis.operations import Steps, charged, layer_costs
from workbench.errors import WorkbenchError
from workbench.methods.calibration import converting
from workbench.methods.candidates import Candidate
from workbench.methods.paired_loss import PairedLoss
from workbench.network.graph import Network
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion, Simulation
from workbench.simulation import Recorder, Window, simulate, weighing
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
    """

    network: Network | SpikingNetwork
    calibration: Samples
    x: Samples
    predictions: np.ndarray
    labels: np.ndarray | None
    held_out: bool = False
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
        if (len(self._kept) + 1) * _bytes(known) <= free_memory() // KEPT_SHARE:
            self._kept[key] = known
        return known

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_kept": {}}  # each process converts for itself

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)


@dataclass(frozen=True)
class Shares:
    """What was measured with a number of steps: sums over samples.

    Parameters
    ----------
    samples, right, ann_right, agreeing, undecided : int
    lost : int
        Samples on which the analog network alone is right.
    synops, spikes : float
        Synaptic operations, and spikes of neurons.
    energy, energy_compute, energy_ann : float
        Picojoules: with memory, of the arithmetic alone, and of a quantized analog network.
    """

    samples: int = 0
    right: int = 0
    ann_right: int = 0
    agreeing: int = 0
    undecided: int = 0
    lost: int = 0
    synops: float = 0.0
    spikes: float = 0.0
    energy: float = 0.0
    energy_compute: float = 0.0
    energy_ann: float = 0.0

    def __add__(self, other: Shares) -> Shares:
        return Shares(*(vars(self)[name] + vars(other)[name] for name in vars(self)))

    @property
    def loss(self) -> PairedLoss:
        """Accuracy below that of the analog network."""
        return PairedLoss(self.samples, self.lost, self.lost - self.ann_right + self.right)


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
            if not tally.add(task, chunk, cancelled):
                return None
            if told is not None:
                told(chunk.stop - chunk.start)
    except WorkbenchError as error:
        seconds = time.perf_counter() - began
        return Outcome({}, np.zeros(0, np.int64), seconds=seconds, error=error)
    shares = {steps: tally.shares(steps) for steps in job.stops}
    seconds = time.perf_counter() - began
    return Outcome(shares, tally.right, len(tally.right), spiking.content_hash, seconds)


class Tally:
    """Figures of a run, after each of its steps.

    Parameters
    ----------
    spiking : SpikingNetwork
    simulation : Simulation
        Its number of steps does not count.
    steps : int
        Of the run, unless the network decides its length.

    Attributes
    ----------
    right : ndarray of int64, shape (steps,)
        Samples that are right after each step.
    """

    def __init__(self, spiking: SpikingNetwork, simulation: Simulation, steps: int):
        self.spiking = spiking
        self.in_turns = spiking.spike_code.in_turns
        steps = simulation.steps if self.in_turns else steps
        self.simulation = replace(simulation, steps=steps, record=(), record_potentials=())
        self.constant = simulation.encoding == "constant"
        self._charged = list(charged(spiking, constant=self.constant))
        # Where all units reach as many synapses, numbers of spikes say all.
        self._reach = [projection.fan_out() for projection in self._charged]
        self._uneven = [n for n, reach in enumerate(self._reach) if reach.min() < reach.max()]
        self.samples = self.ann_right = 0
        self.right = np.zeros(0, np.int64)
        self._begin(steps)

    def _begin(self, steps: int) -> None:
        """Make room for so many steps."""
        self.right, self.agreeing, self.undecided, self.lost = np.zeros((4, steps), np.int64)
        names = [population.name for population in self.spiking.populations]
        self._spikes = {name: np.zeros(steps, np.int64) for name in names}
        self._synops = {p.target: np.zeros(steps, np.int64) for p in self._charged}

    def add(self, task: Task, chunk: slice, cancelled: Cancelled = never) -> bool:
        """Simulate some samples and take them in whole; False where it was cancelled."""
        x = task.x[chunk]
        add = self._add_in_turns if self.in_turns else self._add_windows
        if not add(x, chunk.start, task.predictions[chunk], task.classes[chunk], cancelled):
            return False
        self.samples += len(x)
        self.ann_right += int((task.predictions[chunk] == task.classes[chunk]).sum())
        return True

    def _add_windows(
        self,
        x: Samples,
        first: int,
        predictions: np.ndarray,
        classes: np.ndarray,
        cancelled: Cancelled,
    ) -> bool:
        weighed = tuple((self._charged[n].source, self._reach[n]) for n in self._uneven)
        nothing = np.zeros(0, np.int64)
        recorder = Recorder(
            self.spiking, self.simulation, len(x), keep_predictions=False, output_steps=nothing
        )
        windows = weighing(
            self.spiking, x, self.simulation, weighed, first_sample=first, cancelled=cancelled
        )
        for window in windows:
            recorder.add(window)
            rows = slice(window.samples.start, window.samples.stop)
            steps = slice(window.start, window.stop)
            self._add_chosen(recorder.chosen, predictions[rows], classes[rows], steps)
            self._add_synops(window, steps)
        if cancelled():
            return False
        for name, totals in recorder.step_totals.items():
            self._spikes[name] += totals
        return True

    def _add_synops(self, window: Window, steps: slice) -> None:
        uneven = dict(zip(self._uneven, window.weighed, strict=True))
        for number, projection in enumerate(self._charged):
            if number in uneven:
                sums = uneven[number].sum(axis=0)
            else:
                spikes = window.spike_counts[projection.source].sum(axis=0, dtype=np.int64)
                sums = spikes * self._reach[number][0]
            self._synops[projection.target][steps] += sums

    def _add_in_turns(
        self,
        x: Samples,
        first: int,
        predictions: np.ndarray,
        classes: np.ndarray,
        cancelled: Cancelled,
    ) -> bool:
        """Take in a run whose length the network decides; operations are known at its end."""
        recording = simulate(self.spiking, x, self.simulation)
        if len(self.right) != recording.steps:
            self._begin(recording.steps)
        self._add_chosen(recording.predictions, predictions, classes, slice(None))
        for name, totals in recording.step_totals.items():
            self._spikes[name] += totals
        for projection, reach in zip(self._charged, self._reach, strict=True):
            reached = int(recording.unit_totals[projection.source] @ reach)
            self._synops[projection.target][-1] += reached
        return not cancelled()

    def _add_chosen(
        self, chosen: np.ndarray, predictions: np.ndarray, classes: np.ndarray, steps: slice
    ) -> None:
        """Compare classes, shape (samples, steps), with what they should be."""
        right = chosen == classes[:, None]
        self.right[steps] += right.sum(axis=0)
        self.agreeing[steps] += (chosen == predictions[:, None]).sum(axis=0)
        self.undecided[steps] += (chosen < 0).sum(axis=0)
        self.lost[steps] += (~right & (predictions == classes)[:, None]).sum(axis=0)

    def shares(self, steps: int) -> Shares:
        """Return the figures after a number of steps."""
        steps = len(self.right) if self.in_turns else steps
        spikes = {name: int(each[:steps].sum()) for name, each in self._spikes.items()}
        synops = {name: int(each[:steps].sum()) for name, each in self._synops.items()}
        run = Steps(self.spiking, steps)
        rows = layer_costs(
            run, spikes, synops, self.samples, energy_model(None), constant=self.constant
        )
        neural = [p.name for p in self.spiking.populations if p.kind == "if"]
        return Shares(
            self.samples,
            int(self.right[steps - 1]),
            self.ann_right,
            int(self.agreeing[steps - 1]),
            int(self.undecided[steps - 1]),
            int(self.lost[steps - 1]),
            float(sum(synops.values())),
            float(sum(spikes[name] for name in neural)),
            self.samples * sum(row["energy_memory_pj"] for row in rows),
            self.samples * sum(row["energy_pj"] for row in rows),
            self.samples * sum(row["energy_ann_pj"] for row in rows),
        )


def _bytes(spiking: SpikingNetwork) -> int:
    """Memory that a network takes, about; all that one network is converted to take as much."""
    weights = sum(layer.parameter_count for p in spiking.projections for layer in p.maps)
    units = sum(population.size for population in spiking.populations)
    return 8 * (ARRANGED * weights + ARRANGED * units)
