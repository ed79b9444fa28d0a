"""Search for the cheapest settings that keep the accuracy, by successive halving.

A *point* is settings and a number of steps. All points begin on few samples; each round doubles the
samples, and what remains gets dearer to measure as it gets fewer (Jamieson and Talwalkar 2016):

1. A point is dropped if its loss is clearly above the accepted one, by the interval of
   `workbench.methods.paired_loss`. Nothing is dropped for a difference within the noise.
2. Of what remains, the cheaper half goes on, and four at least. The others wait: they return where
   all that was cheaper has failed with all samples.
3. With all samples, the cheapest point is chosen whose loss is accepted with confidence: the upper
   bound of the loss, not the loss that was measured, is within the accepted one. The cheapest of
   many points is one whose samples were kind to it; the bound makes up for that. Where so few
   samples prove nothing, even of a point that loses nothing, a bound as low as that one's counts.
   Of several with equal cost, that with the least loss is chosen.

Settings whose conversion does not depend on the steps are simulated once for all numbers of steps.
Those that are calibrated for a number of steps are converted for each, fewer steps first, and only
until two numbers of steps reach the accepted loss; what is near a preset is tried where the preset
itself is not clearly worse.

References
----------
.. [1] K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and hyperparameter
   optimization", AISTATS 2016.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import Any

from workbench.datasets.dataset import Dataset
from workbench.errors import SettingsError
from workbench.methods.candidates import candidates, runs
from workbench.methods.clusters import measurer_of
from workbench.methods.paired_loss import PairedLoss
from workbench.methods.presets import preset
from workbench.methods.trial_data import check_given, trial_task
from workbench.methods.tuning_measures import Measures, Point
from workbench.methods.tuning_result import COSTS, Tuning
from workbench.network.graph import Network
from workbench.settings import Simulation
from workbench.simulation.session import Cancelled, never
from workbench.util.progress import progress_line

STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)
SAMPLES = 2000
FEWEST = 50
"""Samples of the first round, at least; an eighth of all else."""

LEAST = 4
"""Points that go on in every round, at least."""

EXPECTED = 20
"""Settings of the first round that the second one has, about; for the time that is left."""

MOST_CALIBRATED = 32
"""Steps for which settings are calibrated, at most: it takes long, and then brings little."""


def tune(
    network: Network,
    data: Dataset,
    max_loss: float = 0.5,
    minimise: str = "steps",
    *,
    samples: int = SAMPLES,
    steps: Sequence[int] = STEPS,
    simulation: Simulation | None = None,
    target: str | None = None,
    cluster: Any = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Cancelled = never,
) -> Tuning:
    """Find the cheapest settings that lose few points of accuracy.

    Presets and settings near them are converted with ``data.calibration`` and tried on the first
    validation samples; on training samples where there are none. Test samples are never looked at.
    Without labels, the agreement with the analog network counts as accuracy.

    Parameters
    ----------
    network : Network
        Of classes; a regression is refused.
    data : Dataset
    max_loss : float
        Percentage points of accuracy that may be lost, compared with the analog network on the
        same samples: the upper bound of the loss, with 95 % confidence, is to be below it.
    minimise : "steps", "synops" or "energy"
        What is cheap: few time steps, few synaptic operations, or little energy, memory
        included; see `Run.energy`.
    samples : int
        Samples of the last round, at most. With 1,000, a loss is known to about 0.2 points: of
        settings that lose nothing on them, the bound is 0.2 to 0.5 points.
    steps : sequence of int
        Numbers of time steps that are tried.
    simulation : Simulation, optional
        What all runs share, such as the encoding, the delay and the seed; its steps do not count,
        and a preset decides the readout.
    target : str, optional
        An export target that has to express the settings, as "nest"; see `preset`.
    cluster : str or dask.distributed.Client, optional
        Where settings are measured: the address of a Dask scheduler, or its client. This process
        if not given. It finds the same.
    progress : callable, optional
        Called with (samples done, samples in all), a sample counting once for each of the settings
        that it is tried with. The second is an estimate, since what is tried depends on what was
        found. Without it, a line with the time left shows them in a notebook or a terminal.
    cancelled : callable, optional
        Called often; once it returns True, the search ends. Ctrl-C ends it, too. What has been
        tried by then is returned.

    Returns
    -------
    Tuning
        `conversion` and `simulation`, the settings that were found; `table`, everything that was
        tried; `met`, whether the measured loss is accepted; `proven`, whether its upper bound is,
        too. Where so few samples prove nothing, the settings are the cheapest whose bound is no
        higher than that of a point that loses nothing; else those with the lowest bound, of those
        within `max_loss` first.

    Raises
    ------
    DataError
        If samples or labels do not fit the network, or it is a regression.
    SettingsError
        If an argument has a value that is not accepted.
    WorkbenchError
        If none of the settings can be tried, as where the network has layers without spikes.
    KeyboardInterrupt
        If Ctrl-C is pressed before anything has been tried.

    Notes
    -----
    The same call tries the same and finds the same. `workbench.methods.tuning` describes the
    search.
    """
    base, steps = _checked(network, data, max_loss, minimise, samples, steps, simulation, target)
    task = trial_task(network, data, samples, "tuned")
    progress = progress or progress_line(time_left=True)
    stopped = False
    with measurer_of(cluster) as measurer:
        measures = Measures(task, progress, cancelled, measurer)
        search = _Search(measures, max_loss, minimise, steps, base, target)
        try:
            stopped = not search.run()
        except KeyboardInterrupt:
            stopped = True
            if not search.points:
                raise
    return search.result(stopped)


def _checked(
    network: Network,
    data: Dataset,
    max_loss: float,
    minimise: str,
    samples: int,
    steps: Sequence[int],
    simulation: Simulation | None,
    target: str | None,
) -> tuple[Simulation, tuple[int, ...]]:
    """Check the arguments of `tune`; return what all runs share, and the steps in order."""
    check_given(network, data, samples, "tuned")
    number = isinstance(max_loss, (int, float)) and not isinstance(max_loss, bool)
    if not number or not 0 <= max_loss <= 100:
        raise SettingsError(f"max_loss is {max_loss!r}; accepted: percentage points from 0 to 100.")
    if minimise not in COSTS:
        raise SettingsError(f"minimise is {minimise!r}; accepted: {', '.join(map(repr, COSTS))}.")
    base = simulation or Simulation()
    if base.encoding == "events":
        raise SettingsError(
            "Simulation.encoding is 'events'; tune accepts 'constant' and 'poisson', because "
            "recordings are divided into a fixed number of steps. Convert and compare with "
            "wb.simulate for each number of frames."
        )
    base = replace(base, record=(), record_potentials=())
    order = tuple(sorted({replace(base, readout_after=0, steps=each).steps for each in steps}))
    if not order:
        raise SettingsError("steps is empty; accepted: numbers of time steps, such as (2, 4, 8).")
    if order[0] <= base.readout_after:
        raise SettingsError(
            f"steps holds {order[0]} with Simulation.readout_after {base.readout_after}, after "
            "which nothing is left to read; accepted: more steps than that."
        )
    preset("default", target=target)  # which knows the targets
    return base, order


class _Search:
    """One search; the parameters are those of `tune`."""

    def __init__(
        self,
        measures: Measures,
        max_loss: float,
        minimise: str,
        steps: tuple[int, ...],
        base: Simulation,
        target: str | None,
    ):
        self.measures, self.max_loss, self.minimise = measures, max_loss, minimise
        self.steps, self.base, self.target = steps, base, target
        whole = len(measures.task.x)
        self.sizes = sorted({min(whole, max(FEWEST, whole // part)) for part in (8, 4, 2, 1)})

    @property
    def points(self) -> list[Point]:
        """All that was measured."""
        return self.measures.points

    def run(self) -> bool:
        """Search to the end; return False where it was cancelled."""
        ladder = self._ladder()
        more = True
        while more and not self.measures.is_over:
            more = self._climb(ladder)
            if self._halve():
                break
        if not self.measures.is_over and not self._accepted(self.points):
            nearest = sorted(self.points, key=self._nearness)[:LEAST]
            self.measures.extend(nearest, self.sizes[-1], len(self.sizes))
        errors = [e for e in self.measures.refusals if e.error is not None]
        if not self.points and errors and errors[0].error is not None:
            raise errors[0].error
        self.measures.end()
        return not self.measures.is_over

    def _ladder(self) -> Iterator[int]:
        """Measure settings on the first samples, and yield numbers of steps that are done."""
        size = self.sizes[0]
        every = [(t, c) for t in self.steps for _, c in candidates(t, self.base, self.target)]
        of_all = [(c, stops) for c, stops in runs(every) if c.serves_all_steps]
        self.measures.plan(len(of_all) * size)
        self._expect(EXPECTED, 1)
        self.measures.begin(of_all, size)
        for steps in self.steps:
            if steps <= MOST_CALIBRATED:
                found = candidates(steps, self.base, self.target)
                own = [(is_preset, c) for is_preset, c in found if not c.serves_all_steps]
                presets = [c for is_preset, c in own if is_preset]
                self.measures.plan(len(presets) * size)
                points = self.measures.begin([(c, (steps,)) for c in presets], size)
                if not all(p.loss.is_clearly_above(self.max_loss) for p in points):
                    near = [c for is_preset, c in own if not is_preset]
                    self.measures.plan(len(near) * size)
                    self.measures.begin([(c, (steps,)) for c in near], size)
            yield steps

    def _climb(self, ladder: Iterator[int]) -> bool:
        """Go on to more steps until two numbers of them seem enough; False at the end."""
        enough = 0
        for steps in ladder:
            if self.measures.is_over:
                return False
            enough += any(self._seems_enough(p) for p in self.points if p.steps == steps)
            if enough == 2:
                return True
        return False

    def _halve(self) -> bool:
        """Give ever fewer points ever more samples; True once one of them is accepted."""
        waiting = sorted(filter(self._is_possible, self.points), key=self._cost)
        while waiting and not self.measures.is_over:
            active, waiting = self._halved(waiting)
            for number, size in enumerate(self.sizes[1:], start=2):
                self._expect(len({p.number for p in active}), number)
                self.measures.extend(active, size, number)
                active = sorted(filter(self._is_possible, active), key=self._cost)
                if size != self.sizes[-1]:
                    active, later = self._halved(active)
                    waiting = later + waiting
            if self._accepted(active):
                return True
        return False

    def _expect(self, settings: int, number: int) -> None:
        """Say what rounds after that of a number may take, if half of the settings go on."""
        later = 0
        for before, size in pairwise(self.sizes[number - 1 :]):
            settings = max(LEAST, settings // 2)
            later += settings * (size - before)
        self.measures.later = later

    def _halved(self, points: list[Point]) -> tuple[list[Point], list[Point]]:
        keep = max(LEAST, -(-len(points) // 2))
        return points[:keep], points[keep:]

    def _cost(self, point: Point) -> tuple[float, ...]:
        """Key by which points are sorted, the cheapest first."""
        cost = getattr(point, self.minimise)
        return (cost, point.loss.points, point.steps, point.synops, point.number)

    def _seems_enough(self, point: Point) -> bool:
        return point.loss.points <= self.max_loss

    def _is_possible(self, point: Point) -> bool:
        """Whether a point is not clearly worse, and with all samples is accepted."""
        if point.loss.samples == self.sizes[-1]:
            return self._is_accepted(point)
        return not point.loss.is_clearly_above(self.max_loss)

    def _is_accepted(self, point: Point) -> bool:
        """Whether the loss is surely within the accepted one, as far as its samples can tell."""
        lossless = PairedLoss(point.loss.samples)
        return point.loss.bound <= max(self.max_loss, lossless.bound)

    def _accepted(self, points: list[Point]) -> list[Point]:
        whole = self.sizes[-1]
        return [p for p in points if p.loss.samples == whole and self._is_accepted(p)]

    def result(self, stopped: bool) -> Tuning:
        """Choose, of what was tried with most samples."""
        most = max((p.loss.samples for p in self.points), default=0)
        known = [p for p in self.points if p.loss.samples == most]
        accepted = [p for p in known if self._is_accepted(p)]
        chosen = None
        with suppress(ValueError):
            chosen = min(accepted, key=self._cost) if accepted else min(known, key=self._nearness)
        return Tuning.of(self.measures, chosen, self.max_loss, self.minimise, stopped)

    def _nearness(self, point: Point) -> tuple[float, ...]:
        return (point.loss.points > self.max_loss, point.loss.bound, *self._cost(point))
