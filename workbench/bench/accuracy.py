"""The results table: accuracy and cost of all bundled networks by presets, steps and peers.

Rows are measured in groups, each a conversion with all numbers of steps that one run serves, and
are appended to a CSV file as soon as they are known. A row that is there already, measured with the
same settings and as many samples, is not measured again: what was interrupted goes on.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from workbench import datasets
from workbench.bench.accuracy_file import Known, appended
from workbench.bench.converters import CONVERTERS, Converter
from workbench.bench.peers import absence, version
from workbench.bench.processor import processor_name
from workbench.errors import SettingsError, WorkbenchError
from workbench.methods.calibration import calibrated
from workbench.methods.candidates import Candidate, runs
from workbench.methods.measuring import CHUNK, Shares, Tally, Task
from workbench.methods.paired_loss import PairedLoss
from workbench.methods.presets import PRESETS, preset
from workbench.network.graph import Network
from workbench.settings import Conversion, Simulation
from workbench.util.stored_samples import first
from workbench.workflow import load

STEPS = (1, 2, 4, 8, 16, 32, 100)
SAMPLES = 2000
TOOLBOX = "snn_toolbox defaults"
"""The method of the usual settings of snn_toolbox, run by this simulator."""

ROUNDED = ("maxpool", "resnet", "counting")
"""Bundled networks that were trained with activations rounded as spike counts are."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Subject:
    """A bundled network with its test samples.

    Parameters
    ----------
    name : str
    network : Network
    task : Task
        With calibration samples, test samples and labels.
    """

    name: str
    network: Network
    task: Task

    @classmethod
    def of(cls, name: str, samples: int) -> Subject:
        """Load a network and its first test samples."""
        network = cast(Network, load(name))
        data = datasets.for_network(network)
        x = network.take_samples(first(data.x_test, samples))
        labels = cast(np.ndarray, data.test_labels(network.classes))[: len(x)]
        calibration = network.take_samples(data.calibration)
        task = Task(network, calibration, x, network.predictions(x), labels)
        return cls(name, network, task)

    def row(self, method: str, steps: int, settings: str, **more: Any) -> dict[str, Any]:
        """Return what all rows have."""
        training = "count-like rounding" if self.name in ROUNDED else "plain ReLU"
        right = self.task.predictions == self.task.classes
        told = {"network": self.name, "training": training, "method": method, "steps": steps}
        told |= {"samples": len(self.task.x), "ann": float(right.mean()), "settings": settings}
        told |= {"macs": float(self.network.totals.macs)}
        return {**told, "processor": processor_name(), "date": _today(), **more}


def accuracy_table(
    path: Path,
    names: Sequence[str] | None = None,
    presets: Sequence[str] | None = None,
    *,
    steps: Sequence[int] = STEPS,
    samples: int = SAMPLES,
    with_peers: bool = True,
    notify: Callable[[str], None] = lambda line: None,
    progress: Progress | None = None,
) -> Known:
    """Measure what a CSV file lacks, and return what it holds then.

    Parameters
    ----------
    path : Path
        Of the file; it is made if it is missing.
    names : sequence of str, optional
        Bundled networks, all by default.
    presets : sequence of str, optional
        All by default.
    steps : sequence of int
    samples : int
        Test samples, at most. Settings are calibrated by calibration samples alone.
    with_peers : bool
        Whether other packages' own conversions are measured, too, and snn_toolbox's defaults.
    notify : callable
        Gets a line for each conversion.
    progress : callable, optional
        Called with (simulated steps done, in all); steps of one sample.

    Returns
    -------
    Known
        The rows of these networks, methods, steps and samples.

    Raises
    ------
    SettingsError
        If there is no such network or preset, or a number is not accepted.
    DataError
        If the file is not one of these tables.
    """
    names = tuple(names or datasets.model_names())
    presets = tuple(presets or PRESETS)
    _check(names, datasets.model_names(), "network")
    _check(presets, tuple(PRESETS), "preset")
    steps = tuple(sorted(set(steps)))
    if not steps or steps[0] < 1 or samples < 1:
        raise SettingsError(f"steps {steps}, samples {samples}; accepted: integers from 1.")
    known = Known.read(path)
    wanted = [(name, job) for name in names for job in _jobs(presets, steps, with_peers)]
    there = {name: _samples_of(name, samples) for name in names}
    lacking = [(name, job) for name, job in wanted if not job.is_known(known, name, there[name])]
    count = _Count(sum(job.steps[-1] * there[name] for name, job in lacking), progress)
    subject: Subject | None = None
    for name, job in lacking:
        if subject is None or subject.name != name:
            subject = Subject.of(name, samples)
        notify(f"{name}: {job.method}, T = {', '.join(map(str, job.steps))}")
        rows = list(job.rows(subject, count))
        known = appended(path, known, rows)
        count.finish(job.steps[-1] * there[name])
    methods: dict[str, tuple[int, ...]] = {}
    for _, job in wanted:
        methods[job.method] = (*methods.get(job.method, ()), *job.steps)
    return known.only(names, methods, there)


def _samples_of(name: str, most: int) -> int:
    """Test samples that there are of a network, up to so many."""
    return min(most, len(datasets.for_network(load(name)).x_test))


def _check(given: Sequence[str], accepted: Sequence[str], what: str) -> None:
    for name in given:
        if name not in accepted:
            raise SettingsError(
                f"There is no {what} '{name}' to measure; accepted: {', '.join(accepted)}."
            )


class _Count:
    """What has been done, in steps of single samples."""

    def __init__(self, total: int, progress: Progress | None):
        self.done = self.sure = 0
        self.total, self._progress = total, progress

    def add(self, steps: int) -> None:
        """Say that so many steps more were simulated."""
        self.done = min(self.done + steps, self.total)
        if self._progress is not None:
            self._progress(self.done, self.total)

    def finish(self, steps: int) -> None:
        """Say that a job is done of which so many steps were expected."""
        self.sure += steps
        self.add(self.sure - self.done)


def settings_text(conversion: Conversion, simulation: Simulation) -> str:
    """Say what is not the default, besides the steps: rows of other settings are measured anew."""
    told = [
        f"{name}={value!r}"
        for part in (conversion, simulation)
        for name, value in part.to_dict().items()
        if name != "steps" and value != type(part)().to_dict()[name]
    ]
    return ", ".join(told)


def method_names() -> tuple[str, ...]:
    """Return all methods in their order: presets, snn_toolbox's defaults, other packages."""
    return (*PRESETS, TOOLBOX, *(converter.title for converter in CONVERTERS))


@dataclass(frozen=True, eq=False)
class _Preset:
    """Settings to measure, at all steps that one run serves.

    Where layers take turns, the length of a run follows from the network: the only steps are those
    that the preset is made for.
    """

    candidate: Candidate
    steps: tuple[int, ...]

    @property
    def method(self) -> str:
        return self.candidate.settings

    @property
    def settings(self) -> str:
        return settings_text(self.candidate.conversion, self.candidate.simulation)

    def is_known(self, known: Known, name: str, samples: int) -> bool:
        """Whether a file has all of the rows."""
        asked = samples, self.settings, self.candidate.refusal
        return all(known.has(name, self.method, t, *asked) for t in self.steps)

    def rows(self, subject: Subject, count: _Count) -> Iterator[dict[str, Any]]:
        """Measure, and yield a row for each number of steps."""
        candidate, task = self.candidate, subject.task
        try:
            if candidate.refusal:
                raise SettingsError(candidate.refusal)
            # Each preset is converted once: nothing is kept for another one.
            spiking = calibrated(subject.network, task.calibration, candidate.conversion)
            tally = Tally(spiking, candidate.simulation, self.steps[-1])
            for start in range(0, len(task.x), CHUNK):
                chunk = slice(start, min(start + CHUNK, len(task.x)))
                tally.add(task, chunk)
                count.add((chunk.stop - start) * self.steps[-1])
        except WorkbenchError as error:
            for t in self.steps:
                yield subject.row(self.method, t, self.settings, note=str(error))
            return
        neurons = sum(p.neurons for p in spiking.populations if p.kind == "if")
        for t in self.steps:
            told = _told(tally.shares(t), neurons)
            yield subject.row(self.method, t, self.settings, **told)


def _told(shares: Shares, neurons: int) -> dict[str, Any]:
    loss, samples = shares.loss, shares.samples
    return {
        "accuracy": shares.right / samples,
        "loss": loss.points,
        "loss_error": loss.error,
        "agreement": shares.agreeing / samples,
        "undecided": shares.undecided / samples,
        "spikes_per_neuron": shares.spikes / samples / neurons,
        "synops": shares.synops / samples,
        "energy_compute_nj": shares.energy_compute / samples / 1e3,
        "energy_memory_nj": shares.energy / samples / 1e3,
        "energy_ann_nj": shares.energy_ann / samples / 1e3,
    }


@dataclass(frozen=True, eq=False)
class _Peer:
    """Another package's own conversion."""

    converter: type[Converter]
    steps: tuple[int, ...]

    @property
    def method(self) -> str:
        return self.converter.title

    @property
    def version(self) -> str:
        return version(self.converter.package) if not absence(self.converter.package) else ""

    @property
    def refusal(self) -> str:
        """Why it cannot be measured here; empty where it can."""
        reason = absence(self.converter.package)
        return f"{self.converter.package} is {reason}" if reason else ""

    def is_known(self, known: Known, name: str, samples: int) -> bool:
        """Whether a file has all of the rows; of any version where there is none here."""
        asked = samples, self.version or None, self.refusal
        return all(known.has(name, self.method, t, *asked) for t in self.steps)

    def rows(self, subject: Subject, count: _Count) -> Iterator[dict[str, Any]]:
        """Measure, and yield a row for each number of steps; say so where it is not installed."""
        task = subject.task
        try:
            if self.refusal:
                raise SettingsError(self.refusal)
            converter = self.converter(subject.network, task.calibration)
            parts = []
            for start in range(0, len(task.x), CHUNK):
                parts.append(converter.run(task.x[start : start + CHUNK], self.steps))
                count.add(len(parts[-1].predictions) * self.steps[-1])
        except WorkbenchError as error:
            for t in self.steps:
                yield subject.row(self.method, t, self.version, note=str(error))
            return
        for place, t in enumerate(self.steps):
            chosen = np.concatenate([part.predictions[:, place] for part in parts])
            spikes = sum(float(part.spikes[place]) for part in parts)
            synops = sum(float(part.synops[place]) for part in parts)
            right, ann_right = chosen == task.classes, task.predictions == task.classes
            loss = PairedLoss.of(ann_right, right)
            yield subject.row(
                self.method,
                t,
                self.version,
                accuracy=float(right.mean()),
                loss=loss.points,
                loss_error=loss.error,
                agreement=float((chosen == task.predictions).mean()),
                undecided=float((chosen < 0).mean()),
                spikes_per_neuron=spikes / len(chosen) / converter.neurons,
                synops=synops / len(chosen),
            )


def _jobs(
    presets: Sequence[str], steps: tuple[int, ...], with_peers: bool
) -> Iterator[_Preset | _Peer]:
    """Yield what is measured of every network."""
    tried = [
        (t, Candidate(name, *preset(name, t)))
        for name in presets
        for t in ((PRESETS[name].steps,) if _in_turns(name) else steps)
    ]
    if with_peers:
        toolbox = Candidate(TOOLBOX, Conversion(max_pool="fir"), Simulation())
        tried += [(t, replace(toolbox, simulation=Simulation(steps=t))) for t in steps]
    yield from (_Preset(candidate, stops) for candidate, stops in runs(tried))
    if with_peers:
        yield from (_Peer(converter, steps) for converter in CONVERTERS)


def _in_turns(name: str) -> bool:
    """Whether layers take turns with a preset, so that runs have one length."""
    return preset(name)[0].spike_code.in_turns


def _today() -> str:
    return datetime.datetime.now(tz=datetime.UTC).date().isoformat()
