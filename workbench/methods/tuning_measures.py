"""Measuring settings on ever more samples: each conversion once, each sample once."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np

from workbench.analysis.operations import operations
from workbench.errors import WorkbenchError
from workbench.methods.calibration import converting
from workbench.methods.candidates import Candidate
from workbench.methods.paired_loss import PairedLoss
from workbench.network.graph import Network
from workbench.network.recording import Recording
from workbench.network.spiking import SpikingNetwork
from workbench.simulation import simulate_at
from workbench.simulation.session import Cancelled
from workbench.util.memory_budget import free_memory
from workbench.util.stored_samples import Samples

KEPT_SHARE = 4
"""Converted networks that are kept for the next round take at most this part of free memory, the
weights that engines arrange included; others are converted again."""

ARRANGED = 4
"""Copies of the weights that a network that has been simulated holds, about."""


@dataclass(frozen=True, eq=False)
class Task:
    """What settings are tried on.

    Parameters
    ----------
    network : Network
    calibration, x : ndarray or StoredSamples, shape (samples, *input shape)
        Samples to convert with, and to measure on.
    predictions : ndarray of int, shape (samples,)
        Classes of `x` by the analog network.
    labels : ndarray of int, shape (samples,), or None
        Its true classes; those of the analog network count where they are not known.
    held_out : bool
        Whether `x` are validation samples, which did not train the network.
    """

    network: Network
    calibration: Samples
    x: Samples
    predictions: np.ndarray
    labels: np.ndarray | None
    held_out: bool = False

    @property
    def classes(self) -> np.ndarray:
        """Classes that count as right."""
        return self.predictions if self.labels is None else self.labels


@dataclass(frozen=True)
class Shares:
    """Sums over samples, but for the loss.

    Parameters
    ----------
    right, ann_right, agreeing, undecided : int
        Samples.
    synops, energy : float
        Operations, and picojoules with memory, of all samples together.
    spikes, energy_compute, energy_ann : float
        Spikes of neurons; picojoules of the arithmetic alone, and of a quantized analog network.
    """

    right: int = 0
    ann_right: int = 0
    agreeing: int = 0
    undecided: int = 0
    synops: float = 0.0
    energy: float = 0.0
    spikes: float = 0.0
    energy_compute: float = 0.0
    energy_ann: float = 0.0

    def __add__(self, other: Shares) -> Shares:
        return Shares(*(vars(self)[name] + vars(other)[name] for name in vars(self)))


@dataclass(eq=False)
class Point:
    """Settings with a number of steps, and what was measured with them so far."""

    number: int
    candidate: Candidate
    steps: int
    measured: tuple[PairedLoss, Shares] = (PairedLoss(), Shares())
    round: int = 0
    seconds: float = 0.0

    @property
    def loss(self) -> PairedLoss:
        """Accuracy below that of the analog network."""
        return self.measured[0]

    @property
    def synops(self) -> float:
        """Synaptic operations per sample."""
        return self.measured[1].synops / self.loss.samples

    @property
    def energy(self) -> float:
        """Picojoules per sample, with memory."""
        return self.measured[1].energy / self.loss.samples

    def add(self, recording: Recording, task: Task, chunk: slice) -> None:
        """Take in the next samples; at once, so that an interrupt leaves whole measures."""
        predictions, classes = task.predictions[chunk], task.classes[chunk]
        chosen = recording.predictions[:, -1]
        right, ann_right = chosen == classes, predictions == classes
        table = operations(recording).set_index("layer")
        cost = table.sum() * len(chosen)
        neural = [p.name for p in recording.network.populations if p.kind == "if"]
        shares = Shares(
            int(right.sum()),
            int(ann_right.sum()),
            int((chosen == predictions).sum()),
            int((chosen < 0).sum()),
            float(cost["synops"]),
            float(cost["energy_memory_pj"]),
            float(table["spikes"][neural].sum()) * len(chosen),
            float(cost["energy_pj"]),
            float(cost["energy_ann_pj"]),
        )
        loss, before = self.measured
        self.measured = loss + PairedLoss.of(ann_right, right), before + shares


@dataclass(frozen=True)
class Refusal:
    """Settings that could not be tried, and why.

    Parameters
    ----------
    number : int
        Place among all that was tried.
    error : WorkbenchError or None
        None where the settings contradict themselves.
    """

    number: int
    candidate: Candidate
    steps: int | None
    reason: str
    error: WorkbenchError | None = None


@dataclass(eq=False)
class Measures:
    """Everything that was measured.

    Parameters
    ----------
    task : Task
    progress : callable or None
        Called with (samples done, samples in all).
    cancelled : callable
    """

    task: Task
    progress: Callable[[int, int], None] | None
    cancelled: Cancelled
    points: list[Point] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    is_over: bool = False
    later: int = 0
    """Samples that may be simulated after those that are planned."""

    def __post_init__(self) -> None:
        self._room = free_memory() // KEPT_SHARE
        self._networks: dict[str, SpikingNetwork] = {}
        self._done = self._planned = self._count = 0
        self._refused: set[str] = set()

    def plan(self, samples: int) -> None:
        """Say that so many samples more will be simulated, about."""
        self._planned += samples

    def begin(self, candidate: Candidate, steps: Collection[int], samples: int) -> list[Point]:
        """Measure settings on the first samples; return their points, none where refused."""
        self._count += 1
        number = self._count
        if candidate.refusal:
            if candidate.refusal not in self._refused:  # said once, not for all steps
                self._refused.add(candidate.refusal)
                self._refuse(number, candidate, None, candidate.refusal)
            return []
        points = [Point(number, candidate, each) for each in steps]
        return self._measure(candidate, points, samples, 1)

    def extend(self, points: list[Point], samples: int, number: int) -> None:
        """Measure points on so many samples in all, in the round of a number."""
        lacking = [p for p in points if p.loss.samples < samples]
        groups: dict[tuple[int, int], list[Point]] = {}
        for point in lacking:
            groups.setdefault((point.number, point.loss.samples), []).append(point)
        self.plan(sum(samples - before for _, before in groups))
        for group in groups.values():
            self._measure(group[0].candidate, group, samples, number)

    def _measure(
        self, candidate: Candidate, points: list[Point], samples: int, number: int
    ) -> list[Point]:
        """Simulate the samples that points lack, once for all of their steps."""
        if self.is_over or self.cancelled():
            self.is_over = True
            return []
        began = time.perf_counter()
        chunk = slice(points[0].loss.samples, samples)
        try:
            spiking = self._converted(candidate)
            if spiking is None:
                return []
            found = simulate_at(
                spiking,
                self.task.x[chunk],
                candidate.simulation,
                [point.steps for point in points],
                first_sample=chunk.start,
                cancelled=self.cancelled,
            )
        except WorkbenchError as error:
            self._refuse(points[0].number, candidate, points[0].steps, str(error), error)
            self._tell(samples - chunk.start)
            return []
        if not found:
            self.is_over = True
            return []
        seconds = time.perf_counter() - began
        for point in points:
            point.add(found[point.steps], self.task, chunk)
            point.round = number
            point.seconds += seconds
            if number == 1:
                self.points.append(point)
        self._tell(samples - chunk.start)
        return points

    def _converted(self, candidate: Candidate) -> SpikingNetwork | None:
        """Convert, unless that is kept; None where it was cancelled."""
        key = repr(candidate.conversion)
        known = self._networks.get(key)
        steps = converting(self.task.network, self.task.calibration, candidate.conversion)
        while known is None:
            try:
                next(steps)
            except StopIteration as finished:
                known = finished.value
            if self.cancelled():
                self.is_over = True
                return None
        self._networks[key] = known
        if len(self._networks) * _bytes(known) > self._room:
            del self._networks[key]
        return known

    def _refuse(
        self,
        number: int,
        candidate: Candidate,
        steps: int | None,
        reason: str,
        error: WorkbenchError | None = None,
    ) -> None:
        self.refusals.append(Refusal(number, candidate, steps, reason, error))

    def _tell(self, samples: int) -> None:
        self._done += samples
        if self.progress is not None:  # complete only once the search has ended
            self.progress(self._done, max(self._planned + self.later, self._done + 1))

    def end(self) -> None:
        """Say that nothing more is going to be measured."""
        if self.progress is not None and not self.is_over:
            self.progress(self._done, self._done)


def _bytes(spiking: SpikingNetwork) -> int:
    """Memory that a network takes, about; all that one network is converted to take as much."""
    weights = sum(layer.parameter_count for p in spiking.projections for layer in p.maps)
    units = sum(population.size for population in spiking.populations)
    return 8 * (ARRANGED * weights + ARRANGED * units)
