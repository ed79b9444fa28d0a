"""Timing side by side: everybody in turn, repeat by repeat, so that all meet the same machine."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench.bench.contenders import KERAS, Contender, contenders
from workbench.bench.networks import Subject
from workbench.bench.peers import Ran
from workbench.bench.processor import processor_name
from workbench.errors import WorkbenchError
from workbench.simulation.kernels.target import vectors_sentence
from workbench.util.cores import usable_cores

Notify = Callable[[str], None]

ALIKE = 0.05
"""Spikes may differ by this share before the table says that a peer ran something else."""


@dataclass(eq=False)
class Timing:
    """Milliseconds an image of one contender with one batch size.

    Parameters
    ----------
    batch : int
    milliseconds : list of float
        One a repeat; of an analog forward pass, already times T.
    """

    batch: int
    milliseconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return float(np.median(self.milliseconds))

    def row(self, forwards: float) -> dict[str, Any]:
        """Return the figures, with their ratio to T forwards of the best batch."""
        return {
            "batch": self.batch,
            "median_ms": self.median,
            "lowest_ms": min(self.milliseconds),
            "highest_ms": max(self.milliseconds),
            "of_forwards": self.median / forwards,
        }


@dataclass(eq=False)
class Entry:
    """A contender with what is known of it."""

    contender: Contender
    first_call_s: float
    one: Timing
    best: Timing
    ran: Ran

    def is_due(self, kind: str, repeat: int) -> bool:
        """Whether to measure again; those that take one sample after the other run once."""
        return not self.contender.is_slow or (kind == "one" and repeat == 0)

    def time(self, kind: str, x: np.ndarray) -> float:
        """Measure once with one image or the best batch; return milliseconds an image."""
        timing: Timing = getattr(self, kind)
        spent, _ = _timed(self.contender, x[: timing.batch])
        timing.milliseconds.append(spent)
        return spent

    def told(self, kind: str) -> str:
        """Return whom and what is measured."""
        return f"{self.contender.title}, batch {getattr(self, kind).batch}"


def measure(subject: Subject, steps: int | None, repeats: int, notify: Notify) -> dict[str, Any]:
    """Measure all contenders on one network.

    Parameters
    ----------
    subject : Subject
    steps : int or None
        The network's own number by default.
    repeats : int
    notify : callable
        Gets a line a measurement.

    Returns
    -------
    dict
        Plain values: network, steps, neurons, mean_activity, rows and absent.
    """
    steps = steps or subject.steps
    found, absent = contenders(subject, steps)
    entries = []
    for contender in found:
        try:
            entries.append(_prepared(contender, subject, notify))
        except WorkbenchError as error:
            absent[contender.title] = str(error)
    for repeat in range(repeats):
        for kind in ("one", "best"):
            for entry in entries:
                if entry.is_due(kind, repeat):
                    spent = entry.time(kind, subject.x)
                    progress = f"{subject.name}, {repeat + 1} of {repeats}, {entry.told(kind)}"
                    notify(f"{progress}: {spent:.2f} ms per image")
    for contender in found:
        contender.close()
    return _result(subject, steps, entries, absent)


def _prepared(contender: Contender, subject: Subject, notify: Notify) -> Entry:
    """Run once with each batch size, compile what is compiled, and find the best size."""
    began = time.perf_counter()
    ran = contender.run(subject.x[:1])
    first = time.perf_counter() - began
    notify(f"{subject.name}: {contender.title}, first call: {first:.1f} s")
    one = Timing(1)
    if contender.is_slow:
        return Entry(contender, first, one, one, ran)
    spent: dict[int, float] = {}
    for batch in subject.batches:
        contender.run(subject.x[:batch])
        spent[batch], ran = _timed(contender, subject.x[:batch])
        notify(f"{subject.name}: {contender.title}, batch {batch}: {spent[batch]:.2f} ms per image")
    return Entry(contender, first, one, Timing(min(spent, key=lambda size: spent[size])), ran)


def _timed(contender: Contender, x: np.ndarray) -> tuple[float, Ran]:
    """Return the milliseconds an image, and what was done."""
    began = time.perf_counter()
    ran = contender.run(x)
    seconds = time.perf_counter() - began if ran.seconds is None else ran.seconds
    return 1000 * seconds * contender.forwards / len(x), ran


def _result(
    subject: Subject, steps: int, entries: list[Entry], absent: dict[str, str]
) -> dict[str, Any]:
    forwards = next(entry.best.median for entry in entries if entry.contender.title == KERAS)
    ours = next(entry for entry in entries if entry.contender.title != KERAS)
    spikes = ours.ran.spikes / len(ours.ran.counts)
    neurons = sum(population.neurons for population in subject.spiking.populations)
    return {
        "network": subject.name,
        "remark": subject.remark,
        "steps": steps,
        "neurons": neurons,
        "mean_activity": spikes / (neurons * steps),
        "forwards_ms": forwards,
        "rows": [_row(entry, ours.ran, forwards) for entry in entries],
        "absent": absent,
    }


def _row(entry: Entry, ours: Ran, forwards: float) -> dict[str, Any]:
    contender, ran = entry.contender, entry.ran
    row = {
        "simulator": contender.title,
        "version": contender.version,
        "first_call_s": entry.first_call_s,
        "one_image": entry.one.row(forwards),
        "best_batch": entry.best.row(forwards),
        "spikes_per_image": None,
        "spikes_of_ours": None,
        "count_difference": None,
    }
    if contender.title == KERAS:
        return row
    shared = min(len(ran.counts), len(ours.counts))
    per_image, our_own = ran.spikes / len(ran.counts), ours.spikes / len(ours.counts)
    difference = np.abs(ran.counts[:shared] - ours.counts[:shared]).mean()
    row["spikes_per_image"] = per_image
    row["spikes_of_ours"] = per_image / our_own
    row["count_difference"] = float(difference)
    return row


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "system": platform.system(),
        "processor": processor_name(),
        "architecture": platform.machine(),
        "vectors": vectors_sentence(),
        "cores": usable_cores(),
        "python": platform.python_version(),
    }
