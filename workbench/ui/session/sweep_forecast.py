"""What a sweep would take: its points and runs, and the time by one point that was measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from workbench import workflow
from workbench.errors import WorkbenchError
from workbench.methods.candidates import run_key
from workbench.methods.trial_data import check_classes
from workbench.settings import Conversion
from workbench.sweeps.grid import axes_of, grid_points
from workbench.sweeps.store import Row
from workbench.ui.session.converting import Converter
from workbench.ui.session.results import Converted, Loaded
from workbench.ui.session.sweep_order import SweepOrder
from workbench.ui.session.unhurried import stand_back
from workbench.util.stored_samples import first

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
    """Makes forecasts; the time that a step takes is measured once for a network.

    Parameters
    ----------
    kept : callable
        Returns the points that are measured already.
    """

    def __init__(self, kept: Callable[[], Mapping[str, Row]]):
        self._kept = kept
        self._tried: tuple[Any, float, float | None] = (None, 0.0, None)

    def of(
        self,
        order: SweepOrder,
        loaded: Loaded | None,
        converted: Converted | None,
        measured: pd.DataFrame | None,
        converter: Converter,
        *,
        busy: bool,
    ) -> Forecast:
        """Return what a sweep would take.

        Parameters
        ----------
        order : SweepOrder
        loaded, converted : Loaded, Converted or None
            What is open, and its present conversion.
        measured : DataFrame or None
            Points of an earlier sweep of the same network.
        converter : Converter
            Which knows how long the last conversion took.
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
        try:
            check_classes(loaded.network, dataset)
            order.check()
            axes = axes_of(order.grid)
            points = list(grid_points(axes, *order.base))
        except WorkbenchError as error:
            return Forecast(problem=str(error))
        kept = {
            (row["settings"], row["steps"], row["samples"]) for row in list(self._kept().values())
        }
        lengths: dict[str, int] = {}
        conversions: dict[str, Conversion] = {}
        refused = known = 0
        for point in points:
            own = point.candidate
            if own.refusal:
                refused += 1
            elif (own.settings, point.steps, samples) in kept:
                known += 1
            else:
                key = run_key(own)
                lengths[key] = max(lengths.get(key, 0), point.steps)
                conversions[repr(own.conversion)] = own.conversion
        convert_s, step_s = 0.0, _measured_rate(measured)
        if step_s is None and not busy:
            convert_s, step_s = self._tried_rates(order, loaded, converted, x, converter)
        seconds = None
        if step_s is not None:
            layers = 1 if converted is None else len(converted.spiking.populations)
            simulated = layers * sum(_calibration(each) for each in conversions.values())
            simulated += samples * sum(lengths.values())
            seconds = convert_s * len(conversions) + step_s * simulated
        words = "training" if part == "train" else part
        return Forecast(len(points), refused, known, len(lengths), samples, words, seconds)

    def _tried_rates(
        self,
        order: SweepOrder,
        loaded: Loaded,
        converted: Converted | None,
        x: Any,
        converter: Converter,
    ) -> tuple[float, float | None]:
        """Return the seconds of a conversion, and of a step of a sample, by one point."""
        network = loaded.network
        if converted is None or converted.spiking.source_hash != network.content_hash:
            return 0.0, None
        key = (network.content_hash, id(loaded.dataset))
        if self._tried[0] != key:
            convert_s = converter.took_s
            if convert_s < QUICK_S:  # statistics, which it collected first, are there by now
                convert_s = _conversion_s(loaded, converted.spiking.conversion)
            self._tried = (key, convert_s, _step_s(order, converted, x))
        return self._tried[1:]


def _conversion_s(loaded: Loaded, conversion: Conversion) -> float:
    began = time.perf_counter()
    plain = replace(conversion, calibrate="none")
    workflow.convert(loaded.network, loaded.dataset.calibration, plain)
    return time.perf_counter() - began


def _step_s(order: SweepOrder, converted: Converted, x: Any) -> float | None:
    spiking = converted.spiking
    run = replace(order.request.simulation, record=(), record_potentials=(), batch_size=None)
    tried = first(x, TRIED_SAMPLES)
    rates: list[float] = []
    began = told = time.perf_counter()
    try:
        with closing(workflow.stream(spiking, tried, run, window_steps=8)) as windows:
            for window in windows:
                now = time.perf_counter()
                rates.append((now - told) / ((window.stop - window.start) * len(tried)))
                told = now
                if now - began > TRIED_S:
                    break
    except WorkbenchError:
        return None  # the sweep says why
    # The first window arranges the weights, which is no part of what a step takes.
    return sum(rates[1:]) / len(rates[1:]) if len(rates) > 1 else rates[0] if rates else None


def _measured_rate(table: pd.DataFrame | None) -> float | None:
    """Return the seconds that a step of a sample took, the conversion included."""
    rows = None if table is None else table[table["accuracy"].notna()]
    if rows is None or rows.empty:
        return None
    runs = rows.drop_duplicates(["spiking_hash", "run_steps", "seconds"])
    return float(runs["seconds"].sum() / (runs["samples"] * runs["run_steps"]).sum())


def _calibration(conversion: Conversion) -> int:
    """Return the steps of samples that a conversion simulates for each layer, about."""
    if not conversion.simulates:
        return 0
    rounds = max(1, conversion.calibrate_rounds)
    return conversion.calibrate_samples * conversion.calibrate_steps * rounds
