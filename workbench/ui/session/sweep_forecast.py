"""What a sweep would take: its points and runs, and the time by a short run that was timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from workbench import workflow
from workbench.errors import WorkbenchError
from workbench.methods.candidates import run_key
from workbench.methods.trial_data import check_classes
from workbench.network.schedule import run_settings
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion, Simulation
from workbench.simulation.session import Cancelled, never
from workbench.sweeps.grid import axes_of, grid_points
from workbench.sweeps.store import Row
from workbench.ui.session.converting import Converter
from workbench.ui.session.results import Converted, Loaded
from workbench.ui.session.sweep_order import SweepOrder, windows_of
from workbench.ui.session.unhurried import stand_back
from workbench.util.stored_samples import Samples, first

TRIED_S = 0.3
"""The point that is measured for a forecast takes no longer, about."""

TRIED_SAMPLES = 100

QUICK_S = 3.0
"""A conversion that took less than this is timed once more, for the forecast."""


@dataclass(frozen=True)
class Forecast:
    """What is known of a sweep before it begins.

    Parameters
    ----------
    points, refused, known : int
        In all; those that cannot be combined; those that are measured already.
    runs : int
        That are still to be made.
    samples : int
    part : str
        Whose samples, as "validation" or "training".
    seconds : float or None
        Of these runs; None where nothing is known of their time.
    problem : str
        Why the sweep would be refused; "" where it would not.
    """

    points: int = 0
    refused: int = 0
    known: int = 0
    runs: int = 0
    samples: int = 0
    part: str = ""
    seconds: float | None = None
    problem: str = ""


class Forecasts:
    """Makes forecasts; what a conversion and a step take is timed once for a network and a code.

    The times of an earlier sweep are not used: they include conversions and compiling, which do
    not grow with samples and steps.

    Parameters
    ----------
    kept : callable
        Returns the points that are measured already.
    """

    def __init__(self, kept: Callable[[], Mapping[str, Row]]):
        self._kept = kept
        self._of: Any = None
        self._convert_s = 0.0
        self._step_s: dict[str, float] = {}

    def of(
        self,
        order: SweepOrder,
        loaded: Loaded | None,
        converted: Converted | None,
        converter: Converter,
        cancelled: Cancelled = never,
        *,
        busy: bool,
    ) -> Forecast | None:
        """Return what a sweep would take; None where it was cancelled.

        Parameters
        ----------
        order : SweepOrder
        loaded, converted : Loaded, Converted or None
            What is open, and its present conversion.
        converter : Converter
            Which knows how long the last conversion took.
        cancelled : callable
        busy : bool
            Whether a sweep goes on: then nothing is tried.
        """
        stand_back()
        if loaded is None:
            return Forecast()
        dataset = loaded.dataset
        part = "train" if dataset.x_validation is None else "validation"
        x = getattr(dataset, f"x_{part}")
        samples = min(order.samples, len(x))
        refused = known = count = 0
        runs: dict[str, tuple[Conversion, int]] = {}
        kept = {
            (row["settings"], row["steps"], row["samples"]) for row in list(self._kept().values())
        }
        try:
            check_classes(loaded.network, dataset)
            order.check()
            axes = axes_of(order.grid)
            order.check_lengths(loaded.network)
            windows = windows_of(loaded.network)
            for point in grid_points(axes, *order.base):
                if cancelled():
                    return None
                count += 1
                own = point.candidate
                if own.refusal:
                    refused += 1
                elif (own.settings, point.steps, samples) in kept:
                    known += 1
                else:
                    key = run_key(own)
                    steps = order.run_steps(own.conversion, point.steps, windows)
                    longest = runs[key][1] if key in runs else 0
                    runs[key] = own.conversion, max(longest, steps)
        except WorkbenchError as error:
            return Forecast(problem=str(error))
        conversions = {repr(each): each for each, _ in runs.values()}
        if not busy:
            self._try(order, loaded, converted, conversions.values(), x, converter, cancelled)
        if cancelled():
            return None
        seconds = None
        codes = {each.code for each in conversions.values()}
        if self._of == _key(loaded) and codes <= self._step_s.keys():
            layers = 1 if converted is None else len(converted.spiking.populations)
            seconds = self._convert_s * len(conversions) + sum(
                layers * _calibration(each) * self._step_s[each.code]
                for each in conversions.values()
            )
            seconds += sum(samples * steps * self._step_s[own.code] for own, steps in runs.values())
        words = "training" if part == "train" else part
        return Forecast(count, refused, known, len(runs), samples, words, seconds)

    def _try(
        self,
        order: SweepOrder,
        loaded: Loaded,
        converted: Converted | None,
        conversions: Iterable[Conversion],
        x: Samples,
        converter: Converter,
        cancelled: Cancelled,
    ) -> None:
        """Time a conversion, and a run for each code that is new."""
        network = loaded.network
        if converted is None or converted.spiking.source_hash != network.content_hash:
            return
        present = converted.spiking
        if self._of != _key(loaded):
            self._of, self._step_s, self._convert_s = _key(loaded), {}, converter.took_s
            if self._convert_s < QUICK_S:  # statistics, which it collected first, are there by now
                self._convert_s = _conversion_s(loaded, present.conversion)
        for conversion in conversions:
            code = conversion.code
            if code in self._step_s:
                continue
            spiking = present
            try:
                if code != present.conversion.code and self._convert_s < QUICK_S:
                    spiking = _converted(loaded, conversion)
                found = _step_s(spiking, order.request.simulation, x, cancelled)
            except WorkbenchError:
                continue  # the sweep says why
            if cancelled():
                return
            if found is not None:
                self._step_s[code] = found


def _key(loaded: Loaded) -> tuple[str, int]:
    return loaded.network.content_hash, id(loaded.dataset)


def _converted(loaded: Loaded, conversion: Conversion) -> SpikingNetwork:
    plain = replace(conversion, calibrate="none")
    return workflow.convert(loaded.network, loaded.dataset.calibration, plain)


def _conversion_s(loaded: Loaded, conversion: Conversion) -> float:
    began = time.perf_counter()
    _converted(loaded, conversion)
    return time.perf_counter() - began


def _step_s(
    spiking: SpikingNetwork, simulation: Simulation, x: Samples, cancelled: Cancelled
) -> float | None:
    """Return the seconds that a step of a sample takes, by some windows of a run."""
    run = replace(simulation, record=(), record_potentials=(), batch_size=None)
    in_turns = spiking.spike_code.in_turns
    tried = first(x, TRIED_SAMPLES)
    length = run_settings(spiking, run).steps
    windows: list[tuple[int, float]] = []
    began = told = time.perf_counter()
    with closing(workflow.stream(spiking, tried, run, 8, cancelled)) as stream:
        for window in stream:
            now = time.perf_counter()
            windows.append((window.stop - window.start, now - told))
            told = now
            if now - began > TRIED_S:
                break
    if not windows:
        return None
    # The first window arranges the weights, which is no part of what a step takes.
    # Of the others, the one in the middle: now and then, somebody else computes meanwhile.
    step_s = median(seconds / steps for steps, seconds in windows[1:] or windows)
    if in_turns:  # ... but it computes all layers there
        steps, seconds = windows[0]
        rest_s = step_s * (length - steps) if len(windows) > 1 else 0.0
        step_s = (seconds + rest_s) / length
    return step_s / len(tried)


def _calibration(conversion: Conversion) -> int:
    """Return the steps of samples that a conversion simulates for each layer, about."""
    if not conversion.simulates:
        return 0
    rounds = max(1, conversion.calibrate_rounds)
    return conversion.calibrate_samples * conversion.calibrate_steps * rounds
