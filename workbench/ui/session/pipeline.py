"""From a request to results, stage by stage: load, convert, one sample, accuracy.

The only module of the interface, with `actions`, that calls the core. It knows neither widgets nor
threads: it yields results, and its caller publishes them and may stop asking.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from workbench import workflow
from workbench.analysis import sample_units as units
from workbench.conversion.rewriting import rewritten_for
from workbench.datasets import Dataset
from workbench.errors import DataError
from workbench.network.graph import Network
from workbench.network.samples import BATCH
from workbench.network.schedule import run_settings
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion, Simulation
from workbench.ui.session.converting import PROGRESS_S, Converter
from workbench.ui.session.loading import Loader, needs_tensorflow
from workbench.ui.session.measures import AccuracyMeasure, ErrorMeasure
from workbench.ui.session.messages import counted, duration, sample_sentence, time_left
from workbench.ui.session.own_input import OwnInput, shown_input
from workbench.ui.session.results import Accuracy, Converted, Errors, Loaded, SampleRun, Status
from workbench.ui.session.sample_run import SampleRecorder
from workbench.ui.session.unhurried import unhurried
from workbench.util.blas_threads import one_blas_thread
from workbench.util.capabilities import Capabilities
from workbench.util.labels import target_values
from workbench.util.stored_samples import first

PUBLISH_S = 0.05
"""Results are published at most this often: a browser draws no faster."""

CHUNK_SAMPLE_STEPS = 2000
"""Sample-steps of one window of the accuracy run, about a tenth of a second: the curve still
grows, and a run that is superseded stops within a window, after one sample."""

LEAST_WINDOW_STEPS = 5
"""Shorter windows cost more in handing over than in simulating."""

WHOLE_RUN_STEPS = 250
"""A single sample's run up to this long takes no longer than a frame, and is shown at once."""

SMALL = 20_000_000
"""Synapses up to which a few samples take a core some milliseconds."""

COMPUTING = Status("busy", "Computing …")
SETTINGS_CHANGED = Status("idle", "Settings changed. Press Run.")

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
    shown: Loaded | None = None
    """What was open then, for which the settings were chosen."""
    own_input: OwnInput = field(default_factory=OwnInput)


@dataclass(frozen=True, eq=False)
class Adjusted:
    """How a setting changes to fit another network or other samples.

    Not the value: a person may have changed other settings meanwhile, which stay.
    """

    change: Callable[[Any], Any]


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


class Pipeline:
    """Runs requests and keeps what the next one can use again.

    Parameters
    ----------
    capabilities : Capabilities, optional
        Those of this process by default: what may be opened.
    """

    def __init__(self, capabilities: Capabilities | None = None) -> None:
        self.loader = Loader(capabilities)
        self._noted: Loaded | None = None
        self.converter = Converter()
        self._analog: tuple[tuple[str, int], np.ndarray] = (("", 0), np.zeros(0, np.int64))
        self._kept: Measured | None = None
        self._advice: tuple[tuple[Any, ...], str] = ((), "")

    def run(self, request: Request, cancelled: Cancelled) -> Iterator[Result]:
        """Yield (trait, value) as results come about.

        Raises
        ------
        WorkbenchError
            Where the request cannot be met; the message is for the user.
        """
        previous = self.loader.loaded
        is_new = not self.loader.holds(request.network, request.data)
        yield "status", Status("busy", _loading_sentence(request)) if is_new else COMPUTING
        request, loaded, dropped = self._open(request, self.loader)
        if not self.converter.knows(loaded):
            yield "status", Status("busy", "Collecting activation statistics …")
        began = time.perf_counter()
        small = loaded.network.totals.synapses <= SMALL  # leave a core to the browser
        try:
            with one_blas_thread(small):
                found = yield from self.converter.run(loaded, request.conversion, cancelled)
            if found is None:
                return
            spiking = found
            advice = self._units_advice(loaded, spiking)
        except Exception:
            # A network that has no spiking form must not take the place of one that has.
            if previous is not None:
                self.loader.return_to(previous)
            raise
        converted_s = time.perf_counter() - began
        if request.shown not in (None, loaded):
            # What is set for the simulation of layers that another network has.
            known = {name for p in spiking.populations for name in (p.name, p.origin)}
            of_known = Adjusted(partial(_of_layers, layers=known))
            request, more = _adjusted(request, {"simulation": of_known})
            dropped += more
        # First what had to go: once the network is known to be open, nothing more goes.
        yield from dropped
        yield "loaded", loaded
        if cancelled():
            return
        if not request.simulate:
            yield "converted", self._converted(loaded, spiking)
            yield "status", SETTINGS_CHANGED
            return
        run: SampleRun | None = None
        began = told = time.perf_counter()
        with one_blas_thread(small):
            for run in self._sample(request, loaded, spiking, cancelled):
                yield "sample_run", run
                if not run.done and (now := time.perf_counter()) - told > PROGRESS_S:
                    told = now
                    yield "status", _progress(f"Simulating {run.words}", run, now - began)
        if run is None or cancelled():
            return
        # After the spikes: people wait for those.
        yield "converted", self._converted(loaded, spiking)
        sentence = advice + sample_sentence(run, time.perf_counter() - began, converted_s)
        if loaded.note and loaded is not self._noted:
            sentence = f"{loaded.note} {sentence}"
        # Many samples take their time: a person who has moved a slider waits for a single one.
        yield from unhurried(self._accuracies(request, loaded, spiking, cancelled, sentence))
        if not cancelled():
            self._noted = loaded

    def opened(self, request: Request) -> tuple[Request, Loaded]:
        """Return what a request would show, and its settings as they fit; show nothing of it."""
        return self._open(request, self.loader.copy())[:2]

    def _open(self, request: Request, loader: Loader) -> tuple[Request, Loaded, list[Result]]:
        loaded = loader.load(request.network, request.data)
        dropped: list[Result] = []
        # Not only the first time that a network is asked for: that request may be superseded.
        if request.shown not in (None, loaded):
            request, dropped = _without_leftovers(request, loaded)
        if loaded.data_asked is not request.data:
            request = replace(request, data=loaded.data_asked)
            dropped.append(("data", Adjusted(lambda _asked: loaded.data_asked)))
        return request, loaded, dropped

    def convert(self, loaded: Loaded, conversion: Conversion) -> SpikingNetwork:
        """Convert, or return the last result when nothing changed."""
        return self.converter.convert(loaded, conversion)

    def _converted(self, loaded: Loaded, spiking: SpikingNetwork) -> Converted:
        return Converted(spiking, self.converter.activations(loaded, spiking.conversion))

    def _units_advice(self, loaded: Loaded, spiking: SpikingNetwork) -> str:
        """Say if samples have other units than the network, and keep it: samples are read for it.

        Raises
        ------
        DataError
            If they certainly have.
        """
        key = (loaded.network.content_hash, id(loaded.dataset), spiking.input_scale)
        if self._advice[0] != key:
            dataset = loaded.dataset
            found = (
                units.calibration_advice(loaded.network, dataset.calibration),
                units.samples_advice(spiking, dataset.x_test),
            )
            self._advice = (key, "".join(f"{advice} " for advice in found if advice))
        return self._advice[1]

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
        x = shown_input(loaded, request.sample, request.own_input)[None]
        settings = replace(request.simulation, record="all", batch_size=None)
        settings = run_settings(spiking, settings)
        steps = settings.steps
        window_steps = steps if steps <= WHOLE_RUN_STEPS else max(20, min(200, steps // 50))
        recorder = SampleRecorder(loaded.network, spiking, settings, dataset, request, x)
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
        if not cancelled():
            yield recorder.finish()

    def _accuracies(
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
                yield "status", _progress(measuring, found, now - began)
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


def _without_leftovers(request: Request, loaded: Loaded) -> tuple[Request, list[Result]]:
    """Drop what was chosen for another network or among other samples."""
    samples = len(loaded.dataset.x_test)
    changes = {
        "sample": Adjusted(lambda sample: sample if sample < samples else 0),
        "own_input": Adjusted(lambda own: own.fitting(loaded.network)),
    }
    conversion = request.conversion
    if conversion.thresholds or conversion.percentiles:
        layers = {node.name for node in rewritten_for(loaded.network, conversion).nodes}
        changes["conversion"] = Adjusted(partial(_of_layers, layers=layers))
    return _adjusted(request, changes)


def _adjusted(request: Request, changes: Mapping[str, Adjusted]) -> tuple[Request, list[Result]]:
    """Make changes that make a difference, and tell them."""
    made: list[Result] = []
    for name, adjusted in changes.items():
        before = getattr(request, name)
        after = adjusted.change(before)
        if after != before:
            request = replace(request, **{name: after})
            made.append((name, adjusted))
    return request, made


def _of_layers(settings: Any, layers: Container[str]) -> Any:
    """Return settings without those of other layers than `layers`."""
    own: dict[str, Any] = {}
    for name in ("thresholds", "percentiles", "clamp_steps", "record", "record_potentials"):
        value = getattr(settings, name, "all")
        if isinstance(value, Mapping):
            own[name] = {layer: of for layer, of in value.items() if layer in layers}
        elif value != "all":
            own[name] = tuple(layer for layer in value if layer in layers)
    return replace(settings, **own)


def _progress(what: str, result: SampleRun | Accuracy | Errors, took_s: float) -> Status:
    """Say how far a run is, and how long the rest takes."""
    share = result.steps_done / result.steps
    where = f"step {result.steps_done:,} of {result.steps:,}, {time_left(share, took_s)}"
    return Status("busy", f"{what}: {where} …", progress=share)


def _loading_sentence(request: Request) -> str:
    if needs_tensorflow(request.network):
        return "Reading the network with TensorFlow, which takes some seconds to start …"
    return "Reading network and samples …"
