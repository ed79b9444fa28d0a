"""Measuring settings on ever more samples: each conversion once, each sample once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from workbench.errors import WorkbenchError
from workbench.methods.candidates import Candidate
from workbench.methods.measuring import Job, Measurer, Outcome, Shares, Task, measured_here
from workbench.methods.paired_loss import PairedLoss
from workbench.simulation.session import Cancelled


@dataclass(eq=False)
class Point:
    """Settings with a number of steps, and what was measured with them so far."""

    number: int
    candidate: Candidate
    steps: int
    measured: Shares = field(default_factory=Shares)
    round: int = 0
    seconds: float = 0.0

    @property
    def loss(self) -> PairedLoss:
        """Accuracy below that of the analog network."""
        return self.measured.loss

    @property
    def synops(self) -> float:
        """Synaptic operations per sample."""
        return self.measured.synops / self.measured.samples

    @property
    def energy(self) -> float:
        """Picojoules per sample, with memory."""
        return self.measured.energy / self.measured.samples

    def add(self, outcome: Outcome) -> None:
        """Take in further samples; at once, so that an interrupt leaves whole measures."""
        self.measured = self.measured + outcome.shares[self.steps]


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
    measurer : Measurer
        Where it is computed.
    """

    task: Task
    progress: Callable[[int, int], None] | None
    cancelled: Cancelled
    measurer: Measurer = measured_here
    points: list[Point] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    is_over: bool = False
    later: int = 0
    """Samples that may be simulated after those that are planned."""

    def __post_init__(self) -> None:
        self._done = self._planned = self._count = 0
        self._refused: set[str] = set()

    def plan(self, samples: int) -> None:
        """Say that so many samples more will be simulated, about."""
        self._planned += samples

    def begin(
        self, tried: Sequence[tuple[Candidate, tuple[int, ...]]], samples: int
    ) -> list[Point]:
        """Measure settings on the first samples; return their points, without those refused."""
        groups = []
        for candidate, steps in tried:
            self._count += 1
            number = self._count
            if not candidate.refusal:
                groups.append([Point(number, candidate, each) for each in steps])
            elif candidate.refusal not in self._refused:  # said once, not for all steps
                self._refused.add(candidate.refusal)
                self._refuse(number, candidate, None, candidate.refusal)
        return self._measure(groups, samples, 1)

    def extend(self, points: list[Point], samples: int, number: int) -> None:
        """Measure points on so many samples in all, in the round of a number."""
        lacking = [p for p in points if p.loss.samples < samples]
        groups: dict[tuple[int, int], list[Point]] = {}
        for point in lacking:
            groups.setdefault((point.number, point.loss.samples), []).append(point)
        self.plan(sum(samples - before for _, before in groups))
        self._measure(list(groups.values()), samples, number)

    def _measure(self, groups: list[list[Point]], samples: int, number: int) -> list[Point]:
        """Simulate the samples that points lack, once for all of a group's steps."""
        if self.is_over or self.cancelled():
            self.is_over = True
            return []
        jobs = [
            Job(
                points[0].candidate,
                tuple(point.steps for point in points),
                slice(points[0].loss.samples, samples),
            )
            for points in groups
        ]
        found: list[Point] = []
        finished = 0
        for place, outcome in self.measurer(self.task, jobs, self._tell, self.cancelled):
            points, finished = groups[place], finished + 1
            if outcome.error is not None:
                told, error = str(outcome.error), outcome.error
                self._refuse(points[0].number, points[0].candidate, points[0].steps, told, error)
                continue
            for point in points:
                point.add(outcome)
                point.round = number
                point.seconds += outcome.seconds
                if number == 1:
                    self.points.append(point)
                found.append(point)
        self.is_over = finished < len(jobs)
        return sorted(found, key=lambda point: (point.number, point.steps))

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
