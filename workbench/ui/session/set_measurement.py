"""Accuracy, or error, on many test samples, told while it is measured."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from workbench import workflow
from workbench.analysis import sample_units as units
from workbench.datasets import Dataset
from workbench.network.graph import Network
from workbench.network.samples import BATCH
from workbench.network.schedule import run_settings
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.ui.session.converting import PROGRESS_S, PUBLISH_S
from workbench.ui.session.measures import AccuracyMeasure, ErrorMeasure
from workbench.ui.session.messages import counted, duration, progress_status
from workbench.ui.session.request import Cancelled, Request, Result
from workbench.ui.session.results import Accuracy, Errors, Loaded, Status
from workbench.util.labels import target_values
from workbench.util.stored_samples import first

CHUNK_SAMPLE_STEPS = 2000
"""Sample-steps of one window of the accuracy run, about a tenth of a second: the curve still
grows, and a run that is superseded stops within a window, after one sample."""

LEAST_WINDOW_STEPS = 5
"""Shorter windows cost more in handing over than in simulating."""


@dataclass(frozen=True, eq=False)
class Measured:
    """A finished measurement, for requests that differ in nothing that it depends on."""

    spiking: SpikingNetwork
    dataset: Dataset
    simulation: Simulation
    samples: int
    found: Accuracy | Errors
    advice: str
    words: str

    def answers(
        self, spiking: SpikingNetwork, dataset: Dataset, simulation: Simulation, samples: int
    ) -> bool:
        """Whether measuring these again would give the same."""
        return (
            self.spiking is spiking
            and self.dataset is dataset
            and (self.simulation, self.samples) == (simulation, samples)
        )


class SetMeasurement:
    """Measures on the first test samples, and keeps what the next request can use again."""

    def __init__(self) -> None:
        self._analog: tuple[tuple[str, int], np.ndarray] = (("", 0), np.zeros(0, np.int64))
        self._kept: Measured | None = None

    def run(
        self,
        request: Request,
        loaded: Loaded,
        spiking: SpikingNetwork,
        cancelled: Cancelled,
        sentence: str,
    ) -> Generator[Result, None, None]:
        """Measure accuracy, or error, on the first test samples, step by step."""
        dataset = loaded.dataset
        samples = min(request.test_samples, len(dataset.x_test))
        if samples == 0 or dataset.y_test is None:
            yield "accuracy", None
            why = "" if dataset.y_test is not None else " The samples have no labels."
            yield "status", Status("done", sentence + why)
            return
        kept = self._kept
        if kept and kept.answers(spiking, dataset, request.simulation, samples):
            yield "accuracy", replace(kept.found, asked=request)
            yield "status", Status("done", f"{kept.advice} {sentence} {kept.words}".lstrip())
            return
        regression = dataset.has_targets(spiking.classes)
        what = "error" if regression else "accuracy"
        measuring = f"{sentence} Measuring {what} on {counted(samples, 'sample')}"
        yield "status", Status("busy", f"{measuring} …")
        began = told = time.perf_counter()
        found: Accuracy | Errors | None = None
        for found in self._measured(request, loaded, spiking, samples, cancelled):
            yield "accuracy", found
            if not found.done and (now := time.perf_counter()) - told > PROGRESS_S:
                told = now
                yield "status", progress_status(measuring, found, now - began)
        if found is None or cancelled():
            return
        took = duration(time.perf_counter() - began)
        wrong_units = ""
        if not regression:
            chosen = self._analog[1][:samples]
            labels = dataset.test_labels(spiking.classes)
            assert labels is not None
            wrong_units = units.accuracy_advice(
                loaded.network, first(dataset.x_test, samples), labels[:samples], chosen
            )
        words = f"{found.words}, on {counted(samples, 'sample')} in {took}."
        yield "status", Status("done", f"{wrong_units} {sentence} {words}".lstrip())
        if found.done:
            self._kept = Measured(
                spiking, dataset, request.simulation, samples, found, wrong_units, words
            )

    def _measured(
        self,
        request: Request,
        loaded: Loaded,
        spiking: SpikingNetwork,
        samples: int,
        cancelled: Cancelled,
    ) -> Iterator[Accuracy | Errors]:
        dataset = loaded.dataset
        assert dataset.y_test is not None
        regression = dataset.has_targets(spiking.classes)
        analog = self._analog_outputs(loaded.network, dataset, samples, cancelled, regression)
        if analog is None:
            return
        settings = replace(request.simulation, record=("output",), batch_size=None)
        settings = run_settings(spiking, settings)
        measure: AccuracyMeasure | ErrorMeasure
        if regression:
            wanted = target_values(dataset.y_test[:samples], samples, spiking.classes)
            measure = ErrorMeasure(spiking, wanted, analog, settings)
        else:
            labels = dataset.test_labels(spiking.classes)
            assert labels is not None
            measure = AccuracyMeasure(spiking, labels[:samples], analog, settings)
        shown_s = -PUBLISH_S
        window_steps = max(LEAST_WINDOW_STEPS, CHUNK_SAMPLE_STEPS // samples)
        x = first(dataset.x_test, samples)
        with closing(workflow.stream(spiking, x, settings, window_steps, cancelled)) as windows:
            for window in windows:
                if cancelled():
                    return
                measure.add(window)
                now_s = time.perf_counter()
                if window.stop == settings.steps or now_s - shown_s >= PUBLISH_S:
                    shown_s = now_s
                    if found := measure.so_far():
                        yield replace(found, asked=request)

    def _analog_outputs(
        self,
        network: Network,
        dataset: Dataset,
        samples: int,
        cancelled: Cancelled,
        regression: bool,
    ) -> np.ndarray | None:
        """Classes, or values, by the analog network; kept once computed. None when cancelled."""
        key = (network.content_hash, id(dataset))
        if self._analog[0] != key:
            empty = np.zeros((0, network.classes)) if regression else np.zeros(0, np.int64)
            self._analog = (key, empty)
        while len(self._analog[1]) < samples:
            if cancelled():
                return None
            known = self._analog[1]
            x = dataset.x_test[len(known) : len(known) + BATCH]
            batch = network.predictions(x)
            if regression:
                batch = network.forward(x).reshape(len(x), -1)
            self._analog = (key, np.concatenate([known, batch]))
        return self._analog[1][:samples]
