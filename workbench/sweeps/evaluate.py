"""The figures of a spiking network on a whole test set, however large, here or on a cluster."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.accuracy import wilson
from workbench.datasets.dataset import Dataset
from workbench.errors import DataError, SettingsError
from workbench.methods.clusters import measurer_of
from workbench.methods.measuring import Job, Outcome, Task
from workbench.methods.tally import Shares
from workbench.methods.trial_data import PARTS, check_samples
from workbench.network.graph import Network
from workbench.network.samples import given_samples, mean_frames
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.simulation.session import never
from workbench.sweeps.grid import check_settings, made
from workbench.sweeps.sweep import Progress, latency_of
from workbench.util.labels import class_numbers
from workbench.util.progress import progress_line
from workbench.util.stored_samples import Samples, first

JOB_SAMPLES, JOB_MACS = 1000, 1e12
"""Samples of the parts that are measured apart, at most; of large networks, samples with so many
multiply-accumulates in all steps together, so that each worker has some."""


def evaluate(
    network: SpikingNetwork,
    data: Dataset,
    simulation: Simulation | None = None,
    *,
    ann: Network | None = None,
    samples: int | None = None,
    part: str = "test",
    cluster: Any = None,
    progress: Progress | None = None,
) -> pd.Series:
    """Measure accuracy and cost on a whole test set; memory holds a batch at a time.

    Parameters
    ----------
    network : SpikingNetwork
        Of classes; a regression is refused.
    data : Dataset
    simulation : Simulation, optional
        100 steps of constant input by default. No spikes are recorded.
    ann : Network, optional
        The analog network, for the agreement with it.
    samples : int, optional
        All by default.
    part : "test", "validation" or "train"
    cluster : str or dask.distributed.Client, optional
        Where it is computed; see `sweep`. The figures are the same.
    progress : callable, optional
        Called with (samples done, samples in all). Without it, a line with the time left shows them
        in a notebook or a terminal.

    Returns
    -------
    Series
        samples; accuracy, with accuracy_low and accuracy_high, its interval of 95 % by Wilson;
        undecided: shares from 0 to 1. Without labels, what the analog network says is right:
        accuracy is then the agreement with it, and ann is 1. latency, spikes, synops, energy,
        energy_compute, energy_ann as of `Sweep`; ann, agreement and loss, NaN without the analog
        network.

    Raises
    ------
    DataError
        If samples or labels do not fit the network, or it is a regression.
    SettingsError
        If an argument has a value that is not accepted.
    SimulationError
        If a batch takes more memory than is free, or no cluster answers.
    """
    check_settings(simulation, "simulation", Simulation)
    run = simulation or Simulation()
    task = _task(network, data, ann, samples, part, run)
    candidate = made(network.conversion, run)
    total, found = len(task.x), dict[int, Outcome]()
    # The same without a cluster and with any: figures are the same to the last bit.
    size = int(np.clip(JOB_MACS // max(1, network.macs * run.steps), 1, JOB_SAMPLES))
    jobs = [
        Job(candidate, (run.steps,), slice(start, min(start + size, total)))
        for start in range(0, total, size)
    ]
    progress = progress or progress_line(time_left=True)
    done = 0

    def told(more: int) -> None:
        nonlocal done
        done += more
        if progress is not None and more:
            progress(done, total)

    with measurer_of(cluster) as measurer:
        for number, outcome in measurer(task, jobs, told, never):
            if outcome.error is not None:
                raise outcome.error
            found[number] = outcome
    ordered = [found[number] for number in range(len(jobs))]
    shares = sum((outcome.shares[run.steps] for outcome in ordered), Shares())
    right = np.sum([outcome.right for outcome in ordered], axis=0)
    return _scores(shares, right, has_ann=ann is not None)


def _task(
    network: SpikingNetwork,
    data: Dataset,
    ann: Network | None,
    samples: int | None,
    part: str,
    run: Simulation,
) -> Task:
    """Check what was given, and return the samples with what they should be."""
    if not isinstance(network, SpikingNetwork):
        raise DataError(
            f"A {type(network).__name__} cannot be evaluated; accepted: a spiking network, as "
            "wb.convert(network, data.calibration) returns it."
        )
    if not isinstance(data, Dataset):
        raise DataError(
            f"data is a {type(data).__name__}; accepted: a data set. Make one: "
            "wb.datasets.from_arrays(x, y)."
        )
    if ann is not None and not isinstance(ann, Network):
        raise DataError(f"ann is a {type(ann).__name__}; accepted: the analog network.")
    if part not in PARTS:
        raise SettingsError(f"part is {part!r}; accepted: {', '.join(map(repr, PARTS))}.")
    check_samples(samples)
    given, labels = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
    if given is None or len(given) == 0:
        raise DataError(f"{data.name}.x_{part} holds no samples; give a part that has some.")
    if data.has_targets(network.classes):
        raise DataError(
            f"Network '{network.name}' with data '{data.name}' is a regression; accepted: networks "
            "of classes. Measure its error: wb.simulate(...).error(targets)."
        )
    if labels is None and ann is None:
        raise DataError(
            f"{data.name}.y_{part} is missing; accepted: labels, or the analog network as ann."
        )
    x = given_samples(first(given, samples), f"x_{part}", network)
    if labels is not None:
        name = f"{data.name}.y_{part}"
        labels = class_numbers(labels[: len(x)], len(x), network.classes, name)
    predictions = np.full(len(x), -2) if ann is None else _predictions(ann, network, x, run)
    return Task(network, x[:0], x, predictions, labels, part != "train")


def _predictions(ann: Network, network: SpikingNetwork, x: Samples, run: Simulation) -> np.ndarray:
    if run.encoding == "events":
        x = mean_frames(x, run.steps, network.input_scale)
    return ann.predictions(x)


def _scores(shares: Shares, right: np.ndarray, *, has_ann: bool) -> pd.Series:
    samples, nan = shares.samples, float("nan")
    low, high = wilson(shares.right, samples)
    latency = latency_of(right, shares.ann_right, samples) if has_ann else None
    return pd.Series(
        {
            "samples": samples,
            "accuracy": shares.right / samples,
            "accuracy_low": low,
            "accuracy_high": high,
            "undecided": shares.undecided / samples,
            "ann": shares.ann_right / samples if has_ann else nan,
            "agreement": shares.agreeing / samples if has_ann else nan,
            "loss": shares.loss.points if has_ann else nan,
            "latency": nan if latency is None else latency,
            "spikes": shares.spikes / samples,
            "synops": shares.synops / samples,
            "energy": shares.energy / samples,
            "energy_compute": shares.energy_compute / samples,
            "energy_ann": shares.energy_ann / samples,
        },
        name="scores",
    )
