"""A sweep: every point of a grid of settings, each run once for all the steps that it serves.

Points whose settings differ in the number of steps alone share one run, and settings that differ in
the simulation alone share one conversion. What a file holds from earlier is not measured again.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Generator, Iterable, Mapping, MutableMapping
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench import __version__
from workbench.analysis.accuracy import stays_from, wilson
from workbench.datasets.dataset import Dataset
from workbench.methods.candidates import run_key
from workbench.methods.clusters import measurer_of
from workbench.methods.measuring import Job, Outcome
from workbench.methods.trial_data import check_given, trial_task
from workbench.network.graph import Network
from workbench.settings import Conversion, Simulation
from workbench.simulation.session import Cancelled, never
from workbench.sweeps.content_key import ContentKeys
from workbench.sweeps.grid import Grid, GridPoint, axes_of, grid_points, plain_value
from workbench.sweeps.result import Sweep
from workbench.sweeps.store import FIELDS, Row, add_to_store, check_place, check_texts, read_store
from workbench.util.progress import progress_line

SAMPLES = 1000

WITHIN = 0.01
"""Accuracy below the analog network's from which latency counts; one point."""

KEPT_EVERY = 10
"""The file is written when this many times as long has passed as writing it took."""

Progress = Callable[[int, int], None]
Store = str | os.PathLike[str] | MutableMapping[str, Row]
"""Where measured points are kept, for a later sweep."""


def sweep(
    network: Network,
    data: Dataset,
    grid: Grid,
    *,
    samples: int | None = SAMPLES,
    part: str | None = None,
    conversion: Conversion | None = None,
    simulation: Simulation | Mapping[str, Any] | None = None,
    store: Store | None = None,
    cluster: Any = None,
    progress: Progress | None = None,
    arrived: Callable[[Sweep], None] | None = None,
    cancelled: Cancelled = never,
) -> Sweep:
    """Measure every point of a grid of settings.

    Parameters
    ----------
    network : Network
        Of classes; a regression is refused.
    data : Dataset
    grid : mapping of str to sequence
        Axes by name: any setting of the conversion or the simulation, or "preset", whose settings
        the other axes change; with their values. All numbers of steps that settings do not depend
        on come from one run.
    samples : int or None
        Samples on which points are measured, at most; None for all of the part.
    part : "validation", "train" or "test", optional
        Validation samples by default, training samples where there are none. Settings that are
        chosen on test samples look better than they are.
    conversion : Conversion, optional
        The settings that are not an axis; the defaults if not given.
    simulation : Simulation or dict, optional
        Likewise. A dict, as ``{"threads": 1}``, changes what it names and leaves the rest to each
        preset of the grid, its number of steps included.
    store : str, path or dict, optional
        A Parquet file for the points that are measured, known by the content of network, samples
        and settings. A later sweep computes what it lacks. Needs pyarrow: the extra "sweep". A
        dict keeps them in memory instead.
    cluster : str or dask.distributed.Client, optional
        Where it is computed: the address of a Dask scheduler, or its client. This process if not
        given. The figures are the same.
    progress : callable, optional
        Called with (samples done, samples in all), a sample counting once for each run. Without it,
        a line with the time left shows them in a notebook or a terminal.
    arrived : callable, optional
        Called with the rows of every run as it ends; see `iter_sweep`.
    cancelled : callable, optional
        Called often; once it returns True, the sweep ends. Ctrl-C ends it, too. What has been
        measured by then is returned, and kept in `store`.

    Returns
    -------
    Sweep
        A DataFrame with a row for each point; `Sweep.front` and `Sweep.best` choose from it. Points
        that cannot be combined have no figures, and a note that says why. Without labels, what the
        analog network says is right: accuracy is then the agreement with it, and ann is 1.

    Raises
    ------
    DataError
        If samples or labels do not fit the network, it is a regression, or `store` is damaged or
        another file.
    SettingsError
        If an axis is no setting, or has a value that is not accepted.
    KeyboardInterrupt
        If Ctrl-C is pressed before anything has been measured.

    Examples
    --------
    >>> import workbench as wb
    >>> data, grid = wb.datasets.load("mnist14"), {"percentile": [99, 99.9], "steps": [2, 8]}
    >>> table = wb.sweep(wb.load("counting"), data, grid, samples=20)
    >>> table[["percentile", "steps", "samples"]].to_numpy().tolist()
    [[99.0, 2, 20], [99.0, 8, 20], [99.9, 2, 20], [99.9, 8, 20]]
    """
    plan = _Plan(network, data, grid, samples, part, conversion, simulation, store, cancelled)
    progress = progress or progress_line(time_left=True)
    try:
        for rows in plan.run(cluster, progress, cancelled):
            if arrived is not None:
                arrived(rows)
    except KeyboardInterrupt:
        if not plan.measured:
            raise
    return plan.table()


def iter_sweep(
    network: Network,
    data: Dataset,
    grid: Grid,
    *,
    samples: int | None = SAMPLES,
    part: str | None = None,
    conversion: Conversion | None = None,
    simulation: Simulation | Mapping[str, Any] | None = None,
    store: Store | None = None,
    cluster: Any = None,
    progress: Progress | None = None,
    cancelled: Cancelled = never,
) -> Generator[Sweep, None, None]:
    """Measure a grid as `sweep` does, and yield the rows of every run as it ends.

    Closing the generator stops the work; what has been measured is kept in `store`.

    Parameters
    ----------
    network, data, grid, samples, part, conversion, simulation, store, cluster, cancelled
        As of `sweep`.
    progress : callable, optional
        Called with (samples done, samples in all).

    Yields
    ------
    Sweep
        Rows in the order in which they come; their index is that of the whole table. First those
        that need no run: points that cannot be combined, and those of `store`.

    Raises
    ------
    DataError, SettingsError
        As `sweep` does.
    """
    plan = _Plan(network, data, grid, samples, part, conversion, simulation, store, cancelled)
    yield from plan.run(cluster, progress, cancelled)


class _Plan:
    """One sweep; the parameters are those of `sweep`."""

    def __init__(
        self,
        network: Network,
        data: Dataset,
        grid: Grid,
        samples: int | None,
        part: str | None,
        conversion: Conversion | None,
        simulation: Simulation | Mapping[str, Any] | None,
        store: Store | None,
        cancelled: Cancelled,
    ):
        self.axes = axes_of(grid)
        check_given(network, data, samples, "swept")
        self.is_kept = store is not None
        self.file = None if store is None or isinstance(store, MutableMapping) else Path(store)
        # What is wrong with the file is told before anything takes time.
        self.known = store if isinstance(store, MutableMapping) else {}
        if self.file is not None:
            self.known = read_store(self.file)
            check_place(self.file)
        self.points: list[GridPoint] = []
        for point in grid_points(self.axes, conversion, simulation):
            if cancelled():
                break
            if self.file is not None:
                texts = {"settings": point.candidate.settings, "network": network.name}
                check_texts(texts, self.file)
            self.points.append(point)
        self.task = trial_task(network, data, samples, "swept", part)
        self.part = part or ("train" if data.x_validation is None else "validation")
        self.rows: dict[int, Row] = {}
        self.measured = False
        self._unsaved: list[Row] = []
        self._saved_s = self._saving_s = 0.0
        self._shared = {
            "part": self.part,
            "network": network.name,
            "network_hash": network.content_hash,
            "versions": versions(),
        }

    def run(
        self, cluster: Any, progress: Progress | None, cancelled: Cancelled
    ) -> Generator[Sweep, None, None]:
        """Measure what is missing, and yield rows as they come."""
        keys = self._keys(cancelled) if self.is_kept else {}
        groups: dict[str, list[int]] = {}
        for number, point in enumerate(self.points):
            if cancelled():
                break
            if point.candidate.refusal:
                self._take(number, {"note": point.candidate.refusal})
            elif (found := self.known.get(keys.get(number, ""))) is not None:
                self._take(number, found)
                self.measured = True
            else:
                groups.setdefault(run_key(point.candidate), []).append(number)
        if self.rows:
            yield self.table(self.rows)
        runs = _together(groups.values(), self.points)
        jobs = [self._job(numbers) for numbers in runs]
        total = len(jobs) * len(self.task.x)
        done = 0

        def told(samples: int) -> None:
            nonlocal done
            done += samples
            if progress is not None and samples:
                progress(done, total)

        try:
            with measurer_of(cluster) as measurer:
                # Runs of one conversion follow each other here; workers make them at once.
                task = replace(self.task, most_kept=1) if cluster is None else self.task
                for place, outcome in measurer(task, jobs, told, cancelled):
                    self._add(runs[place], outcome, keys)
                    yield self.table(runs[place])
        finally:
            self._save(now=True)

    def _keys(self, cancelled: Cancelled) -> dict[int, str]:
        keys, found = ContentKeys(self.task, self.axes), {}
        for number, point in enumerate(self.points):
            if cancelled():
                break
            if not point.candidate.refusal:
                own = point.candidate
                found[number] = keys.of(own.conversion, own.simulation, point.steps)
        return found

    def _job(self, numbers: list[int]) -> Job:
        steps = tuple(sorted({self.points[number].steps for number in numbers}))
        return Job(self.points[numbers[0]].candidate, steps, slice(0, len(self.task.x)))

    def _add(self, numbers: list[int], outcome: Outcome, keys: Mapping[int, str]) -> None:
        """Take in what a run gave."""
        for number in numbers:
            if outcome.error is not None:
                self._take(number, {"note": str(outcome.error)})
                continue
            point = self.points[number]
            in_turns = point.candidate.conversion.spike_code.in_turns
            row = {**_figures(point.steps, outcome, in_turns=in_turns), **self._shared}
            row["settings"] = point.candidate.settings
            self._take(number, row)
            self.measured = True
            if self.is_kept:
                self._unsaved.append({**row, "key": keys[number]})
        self._save()

    def _take(self, number: int, row: Row) -> None:
        point = self.points[number]
        values = {name: _cell(value) for name, value in point.choice.items()}
        own = {name: value for name, value in row.items() if name != "key"}
        # A row of a file may come from other settings of the machine, or an older version's text.
        own |= {"settings": point.candidate.settings, "steps": point.steps, "length": point.steps}
        own["labelled"] = self.task.labels is not None
        code = point.candidate.conversion.spike_code
        several = len(self.axes.get("steps", ())) > 1
        if code.in_turns and "run_steps" in row:
            own["length"] = row["run_steps"]
            if several or row["run_steps"] != point.steps:
                told = f"The code {point.candidate.conversion.code!r} decides the length of the run"
                own["note"] = f"{told}: {row['run_steps']} steps."
            if several:
                own["note"] += " Rows that differ in steps alone are equal."
        self.rows[number] = {**own, **values}

    def _save(self, *, now: bool = False) -> None:
        """Keep what is new; the file is not written where that was done shortly before."""
        began = time.monotonic()
        soon = began - self._saved_s < KEPT_EVERY * self._saving_s
        if not self._unsaved or (soon and not now):
            return
        if self.file is None:
            self.known.update({row["key"]: row for row in self._unsaved})
        else:
            add_to_store(self.file, self._unsaved)
        self._unsaved = []
        self._saved_s = time.monotonic()
        self._saving_s = self._saved_s - began

    def table(self, numbers: Iterable[int] | None = None) -> Sweep:
        """Return the rows of some points, or of all that there are."""
        chosen = sorted(self.rows if numbers is None else numbers)
        columns = [*dict.fromkeys([*self.axes, *FIELDS, "length", "labelled", "note"])]
        columns.remove("key")
        rows = [{"note": "", **self.rows[number]} for number in chosen]
        table = Sweep(rows, columns=columns, index=pd.Index(chosen))
        integers = {name: "Int64" for name, kind in FIELDS.items() if kind is int}
        floats = {name: "float64" for name, kind in FIELDS.items() if kind is float}
        table = table.astype({**integers, "length": "Int64", **floats})
        table.grid_axes = tuple(self.axes)
        table.stopped = len(self.rows) < math.prod(map(len, self.axes.values()))
        return table


def _together(groups: Iterable[list[int]], points: list[GridPoint]) -> list[list[int]]:
    """Return runs in an order in which those of one conversion follow each other."""
    order: dict[str, list[list[int]]] = {}
    for numbers in groups:
        order.setdefault(repr(points[numbers[0]].candidate.conversion), []).append(numbers)
    return [numbers for runs in order.values() for numbers in runs]


def _figures(steps: int, outcome: Outcome, *, in_turns: bool) -> Row:
    """Return what was measured with a number of steps."""
    shares = outcome.shares[steps]
    samples = shares.samples
    low, high = wilson(shares.right, samples)
    length = outcome.steps if in_turns else steps
    return {
        "samples": samples,
        "accuracy": shares.right / samples,
        "accuracy_low": low,
        "accuracy_high": high,
        "ann": shares.ann_right / samples,
        "loss": shares.loss.points,
        "agreement": shares.agreeing / samples,
        "undecided": shares.undecided / samples,
        "latency": latency_of(outcome.right[:length], shares.ann_right, samples),
        "spikes": shares.spikes / samples,
        "synops": shares.synops / samples,
        "energy": shares.energy / samples,
        "energy_compute": shares.energy_compute / samples,
        "energy_ann": shares.energy_ann / samples,
        "run_steps": outcome.steps,
        "seconds": outcome.seconds,
        "spiking_hash": outcome.spiking_hash,
        "steps": steps,
    }


def latency_of(right: np.ndarray, ann_right: int, samples: int) -> int | None:
    """First step from which accuracy stays within a point of the analog network's; None if never.

    Parameters
    ----------
    right : ndarray of int, shape (steps,)
        Samples that are right after each step.
    ann_right, samples : int
    """
    place = stays_from(right >= ann_right - WITHIN * samples)
    return None if place is None else place + 1


def _cell(value: Any) -> Any:
    """Return a value of an axis for a table."""
    return repr(plain_value(value)) if isinstance(value, (Mapping, tuple)) else value


def versions() -> str:
    """Say which packages compute."""
    others = [f"{name} {metadata.version(name)}" for name in ("numpy", "numba")]
    return ", ".join([f"snn-workbench {__version__}", *others])
