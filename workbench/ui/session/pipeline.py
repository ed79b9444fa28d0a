"""From a request to results, stage by stage: load, convert, one sample, accuracy.

With `set_measurement` and `actions`, what of the interface calls the core. It knows neither
widgets nor threads: it yields results, and its caller publishes them and may stop asking.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any

from workbench import workflow
from workbench.analysis import sample_units as units
from workbench.errors import DataError
from workbench.network.schedule import run_settings
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion
from workbench.ui.session.converting import PROGRESS_S, PUBLISH_S, Converter
from workbench.ui.session.loading import Loader, needs_tensorflow
from workbench.ui.session.messages import (
    progress_status,
    sample_sentence,
)
from workbench.ui.session.own_input import shown_input
from workbench.ui.session.request import (
    Adjusted,
    Cancelled,
    Request,
    Result,
    adjusted,
    of_layers,
    without_leftovers,
)
from workbench.ui.session.results import Converted, Loaded, SampleRun, Status
from workbench.ui.session.sample_run import SampleRecorder
from workbench.ui.session.set_measurement import SetMeasurement
from workbench.ui.session.unhurried import unhurried
from workbench.util.blas_threads import one_blas_thread
from workbench.util.capabilities import Capabilities

WHOLE_RUN_STEPS = 250
"""A single sample's run up to this long takes no longer than a frame, and is shown at once."""

SMALL = 20_000_000
"""Synapses up to which a few samples take a core some milliseconds."""

COMPUTING = Status("busy", "Computing …")
SETTINGS_CHANGED = Status("idle", "Settings changed. Press Run.")


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
        self._set = SetMeasurement()
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
            of_known = Adjusted(partial(of_layers, layers=known))
            request, more = adjusted(request, {"simulation": of_known})
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
                    yield "status", progress_status(f"Simulating {run.words}", run, now - began)
        if run is None or cancelled():
            return
        # After the spikes: people wait for those.
        yield "converted", self._converted(loaded, spiking)
        sentence = advice + sample_sentence(run, time.perf_counter() - began, converted_s)
        if loaded.note and loaded is not self._noted:
            sentence = f"{loaded.note} {sentence}"
        # Many samples take their time: a person who has moved a slider waits for a single one.
        yield from unhurried(self._set.run(request, loaded, spiking, cancelled, sentence))
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
            request, dropped = without_leftovers(request, loaded)
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


def _loading_sentence(request: Request) -> str:
    if needs_tensorflow(request.network):
        return "Reading the network with TensorFlow, which takes some seconds to start …"
    return "Reading network and samples …"
