"""From a request to results, stage by stage: load, convert, one sample, accuracy.

The only module of the interface, with `actions`, that calls the core. It knows neither widgets nor
threads: it yields results, and its caller publishes them and may stop asking.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from workbench import workflow
from workbench.convert.prepare import rewritten_for
from workbench.datasets import Dataset
from workbench.errors import DataError
from workbench.network.graph import Network
from workbench.network.recording import classify
from workbench.network.samples import BATCH
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion, Simulation
from workbench.stored import first
from workbench.ui.loading import Loader, needs_tensorflow
from workbench.ui.results import Accuracy, Converted, Loaded, SampleRun, Status
from workbench.ui.sample_run import SampleRecorder
from workbench.ui.words import counted, duration, sample_sentence

PUBLISH_S = 0.05
"""Results are published at most this often: a browser draws no faster."""

PROGRESS_S = 0.5
"""How far a measurement is, is told where it takes longer than this."""

CHUNK_SAMPLE_STEPS = 2000
"""Sample-steps of one window of the accuracy run, about a tenth of a second: the curve still
grows, and a run that is superseded stops within a window, after one sample."""

LEAST_WINDOW_STEPS = 5
"""Shorter windows cost more in handing over than in simulating."""

WHOLE_RUN_STEPS = 250
"""A single sample's run up to this long takes no longer than a frame, and is shown at once."""

COMPILING = (
    "Simulating … The first time after an installation the simulator is compiled, which takes some "
    "seconds."
)

Result = tuple[str, Any]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Request:
    """All that a run depends on, as it was when the run was asked for."""

    network: Any
    data: Any
    conversion: Conversion
    simulation: Simulation
    sample: int
    test_samples: int
    simulate: bool = True


class Pipeline:
    """Runs requests and keeps what the next one can use again."""

    def __init__(self) -> None:
        self.loader = Loader()
        self._lock = threading.Lock()
        self._spiking: tuple[tuple[Any, ...], SpikingNetwork] | None = None
        self._analog: tuple[tuple[str, int], np.ndarray] = (("", 0), np.zeros(0, np.int64))
        self._compiled: set[tuple[Any, ...]] = set()

    def run(self, request: Request, cancelled: Cancelled) -> Iterator[Result]:
        """Yield (trait, value) as results come about.

        Raises
        ------
        WorkbenchError
            Where the request cannot be met; the message is for the user.
        """
        previous = self.loader.loaded
        is_new = not self.loader.holds(request.network, request.data)
        if is_new:
            yield "status", Status("busy", _loading_sentence(request))
        loaded = self.loader.load(request.network, request.data)
        dropped: list[Result] = []
        if is_new and previous is not None:
            request, dropped = _without_leftovers(request, loaded)
        if loaded.data_asked is not request.data:
            dropped.append(("data", loaded.data_asked))
        if not self._converted(loaded):
            yield "status", Status("busy", "Collecting activation statistics …")
        began = time.perf_counter()
        try:
            spiking = self.convert(loaded, request.conversion)
        except Exception:
            # A network that has no spiking form must not take the place of one that has.
            if previous is not None:
                self.loader.return_to(previous)
            raise
        converted_s = time.perf_counter() - began
        yield "loaded", loaded
        yield from dropped
        if cancelled():
            return
        if not request.simulate:
            yield "converted", Converted(spiking)
            yield "status", Status("idle", "Settings changed. Press Run.")
            return
        if (kernels := _kernels(request, loaded)) not in self._compiled:
            yield "status", Status("busy", COMPILING)
        run: SampleRun | None = None
        began = time.perf_counter()
        for run in self._sample(request, loaded, spiking, cancelled):
            yield "sample_run", run
        self._compiled.add(kernels)
        if run is None or cancelled():
            return
        # After the spikes: people wait for those.
        yield "converted", Converted(spiking)
        sentence = sample_sentence(run, time.perf_counter() - began, converted_s)
        yield from self._accuracies(request, loaded, spiking, cancelled, sentence)

    def convert(self, loaded: Loaded, conversion: Conversion) -> SpikingNetwork:
        """Convert, or return the last result when nothing changed."""
        key = (loaded.network.content_hash, id(loaded.dataset), repr(conversion))
        with self._lock:
            if self._spiking is None or self._spiking[0] != key:
                spiking = workflow.convert(loaded.network, loaded.dataset.calibration, conversion)
                self._spiking = (key, spiking)
            return self._spiking[1]

    def _converted(self, loaded: Loaded) -> bool:
        """Whether this network was converted with these samples last: statistics are there."""
        key = (loaded.network.content_hash, id(loaded.dataset))
        return self._spiking is not None and self._spiking[0][:2] == key

    def _sample(
        self, request: Request, loaded: Loaded, spiking: SpikingNetwork, cancelled: Cancelled
    ) -> Iterator[SampleRun]:
        """Simulate the chosen sample with all layers recorded."""
        dataset = loaded.dataset
        if request.sample >= len(dataset.x_test):
            raise DataError(
                f"sample is {request.sample}; {dataset.name} has the test samples 0 to "
                f"{len(dataset.x_test) - 1:,}."
            )
        x = dataset.x_test[request.sample : request.sample + 1]
        settings = replace(request.simulation, record="all", batch_size=None)
        steps = settings.steps
        window_steps = steps if steps <= WHOLE_RUN_STEPS else max(20, min(200, steps // 50))
        recorder = SampleRecorder(loaded.network, spiking, settings, dataset, request.sample)
        shown_s = -PUBLISH_S
        with closing(workflow.stream(spiking, x, settings, window_steps, cancelled)) as windows:
            for window in windows:
                if cancelled():
                    return
                recorder.add(window)
                now_s = time.perf_counter()
                if window.stop == steps or now_s - shown_s >= PUBLISH_S:
                    shown_s = now_s
                    yield recorder.so_far()
        # What takes longer to compute than to simulate comes when the spikes are on their way.
        yield recorder.finish()

    def _accuracies(
        self,
        request: Request,
        loaded: Loaded,
        spiking: SpikingNetwork,
        cancelled: Cancelled,
        sentence: str,
    ) -> Iterator[Result]:
        """Measure accuracy on the first test samples, step by step."""
        dataset = loaded.dataset
        samples = min(request.test_samples, len(dataset.x_test))
        if samples == 0 or dataset.y_test is None:
            yield "accuracy", None
            why = "" if dataset.y_test is not None else " The samples carry no labels."
            yield "status", Status("done", sentence + why)
            return
        measuring = f"{sentence} Measuring accuracy on {counted(samples, 'sample')}"
        yield "status", Status("busy", f"{measuring} …")
        began = told = time.perf_counter()
        accuracy: Accuracy | None = None
        for accuracy in self._accuracy(request, loaded, spiking, samples, cancelled):
            yield "accuracy", accuracy
            if not accuracy.done and time.perf_counter() - told > PROGRESS_S:
                told = time.perf_counter()
                where = f"step {len(accuracy.snn):,} of {accuracy.steps:,}"
                yield "status", Status("busy", f"{measuring}: {where} …")
        if accuracy is None or cancelled():
            return
        took = duration(time.perf_counter() - began)
        yield (
            "status",
            Status(
                "done",
                f"{sentence} Accuracy {accuracy.snn[-1]:.1%} (ANN {accuracy.ann:.1%}), "
                f"{accuracy.undecided[-1]:.1%} undecided, on {counted(samples, 'sample')} in "
                f"{took}.",
            ),
        )

    def _accuracy(
        self,
        request: Request,
        loaded: Loaded,
        spiking: SpikingNetwork,
        samples: int,
        cancelled: Cancelled,
    ) -> Iterator[Accuracy]:
        dataset = loaded.dataset
        assert dataset.y_test is not None
        labels = dataset.y_test[:samples]
        analog = self._analog_predictions(loaded.network, dataset, samples, cancelled)
        if analog is None:
            return
        settings = replace(request.simulation, record=("output",), batch_size=None)
        right: list[float] = []
        undecided: list[float] = []
        shown_s = -PUBLISH_S
        window_steps = max(LEAST_WINDOW_STEPS, CHUNK_SAMPLE_STEPS // samples)
        x = first(dataset.x_test, samples)
        with closing(workflow.stream(spiking, x, settings, window_steps, cancelled)) as windows:
            for window in windows:
                if cancelled():
                    return
                chosen = classify(window.output_counts, window.output_potentials, settings.readout)
                right += (chosen == labels[:, None]).mean(axis=0).tolist()
                undecided += (chosen < 0).mean(axis=0).tolist()
                now_s = time.perf_counter()
                if window.stop == settings.steps or now_s - shown_s >= PUBLISH_S:
                    shown_s = now_s
                    yield Accuracy(
                        snn=np.array(right),
                        undecided=np.array(undecided),
                        ann=float((analog == labels).mean()),
                        samples=samples,
                        steps=settings.steps,
                        dt_ms=settings.dt_ms,
                    )

    def _analog_predictions(
        self, network: Network, dataset: Dataset, samples: int, cancelled: Cancelled
    ) -> np.ndarray | None:
        """Classes by the analog network; what was computed once is kept. None when cancelled."""
        key = (network.content_hash, id(dataset))
        if self._analog[0] != key:
            self._analog = (key, np.zeros(0, np.int64))
        while len(self._analog[1]) < samples:
            if cancelled():
                return None
            known = self._analog[1]
            batch = network.predictions(dataset.x_test[len(known) : len(known) + BATCH])
            self._analog = (key, np.concatenate([known, batch]))
        return self._analog[1][:samples]


def _without_leftovers(request: Request, loaded: Loaded) -> tuple[Request, list[Result]]:
    """Drop what was chosen for another network or among other samples."""
    dropped: list[Result] = []
    if request.sample >= len(loaded.dataset.x_test):
        request = replace(request, sample=0)
        dropped.append(("sample", 0))
    conversion = request.conversion
    if not (conversion.thresholds or conversion.percentiles):
        return request, dropped
    layers = {node.name for node in rewritten_for(loaded.network, conversion).nodes}
    own: dict[str, Any] = {
        setting: {name: value for name, value in values.items() if name in layers}
        for setting in ("thresholds", "percentiles")
        if not layers.issuperset(values := getattr(conversion, setting))
    }
    if own:
        request = replace(request, conversion=replace(request.conversion, **own))
        dropped.append(("conversion", request.conversion))
    return request, dropped


def _kernels(request: Request, loaded: Loaded) -> tuple[Any, ...]:
    """What decides which compiled loops a run needs."""
    settings = request.simulation
    plain = not (settings.refractory_steps or settings.leak)
    pools = request.conversion.max_pool, request.conversion.spiking_pools
    return loaded.network.content_hash, settings.encoding, plain, *pools


def _loading_sentence(request: Request) -> str:
    if needs_tensorflow(request.network):
        return "Reading the network with TensorFlow, which takes some seconds to start …"
    return "Reading network and samples …"
