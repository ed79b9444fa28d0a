"""Measuring: this simulator, the analog network and other simulators, side by side in one run."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

from workbench.errors import SettingsError

SUBJECT_NAMES = ("lenet", "vgg")
QUICK_STEPS = 10
WARM_NETWORKS = ("mlp", "lenet", "maxpool", "resnet")
WARM_SETTINGS: tuple[dict[str, Any], ...] = ({}, {"encoding": "poisson"}, {"refractory_steps": 1})


def bench(
    names: Sequence[str] | None = None,
    *,
    steps: int | None = None,
    repeats: int = 5,
    quick: bool = False,
    notify: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Measure networks with every simulator that can be imported.

    Parameters
    ----------
    names : sequence of str, optional
        "lenet", "vgg" or both, which is the default.
    steps : int, optional
        In place of the networks' own 100 and 50.
    repeats : int
    quick : bool
        Few steps, small batches and the smaller network alone, unless others are asked for: tells
        whether all of it runs, and no more.
    notify : callable
        Gets a line a measurement.

    Returns
    -------
    dict
        Plain values, as JSON takes them: machine, repeats, and for each of networks what
        `workbench.bench.measure.measure` returns.

    Raises
    ------
    SettingsError
        If there is no such network, or a number is not accepted.
    """
    names = tuple(names or (SUBJECT_NAMES[:1] if quick else SUBJECT_NAMES))
    unknown = [name for name in names if name not in SUBJECT_NAMES]
    if unknown:
        raise SettingsError(
            f"There is no network '{unknown[0]}' to measure; accepted: {', '.join(SUBJECT_NAMES)}."
        )
    for what, value in (("steps", steps), ("repeats", repeats)):
        if value is not None and value < 1:
            raise SettingsError(f"{what} is {value}; accepted: 1 or more.")
    from workbench.bench.measure import machine, measure
    from workbench.bench.networks import SUBJECTS

    results = []
    for name in names:
        notify(f"{name}: loading")
        subject = SUBJECTS[name]()
        if quick:
            steps = steps or QUICK_STEPS
            subject = dataclasses.replace(subject, batches=(2,))
        results.append(measure(subject, steps, repeats, notify))
    return {"machine": machine(), "repeats": repeats, "networks": results}


def warm(notify: Callable[[str], None] = lambda line: None) -> tuple[float, bool]:
    """Compile the event engine's kernels and keep them on disk.

    Returns
    -------
    seconds : float
        How long it took.
    kept : bool
        False where no folder can be written, so that every session compiles them again.
    """
    from workbench.datasets.bundled import load as load_samples
    from workbench.network.graph import Network
    from workbench.settings import Conversion, Simulation
    from workbench.simulation.kernels import KEPT
    from workbench.workflow import convert, load, stream

    began = time.perf_counter()
    digits = load_samples("mnist")
    x = digits.x_test[:2]
    for name in WARM_NETWORKS:
        notify(f"{name}: compiling its kernels")
        network = cast(Network, load(name))
        spiking = convert(network, digits.calibration[:20], Conversion())
        for changed in WARM_SETTINGS:
            # The long run may leave the range of 32 bits, and takes kernels of 64.
            for steps in (5, 1_000_000):
                settings = Simulation(steps=steps, engine="event", **changed)
                next(stream(spiking, x, settings, window_steps=5))
    return time.perf_counter() - began, KEPT
