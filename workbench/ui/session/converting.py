"""Conversion for the interface: told how far it is, stopped when superseded, done once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any

from workbench import workflow
from workbench.conversion.steps import CALIBRATE, ConversionStep
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion
from workbench.ui.session.activations import Activations
from workbench.ui.session.messages import time_left
from workbench.ui.session.results import Loaded, Status
from workbench.util.generators import finished

PUBLISH_S = 0.05
"""Results are published at most this often: a browser draws no faster."""

PROGRESS_S = 0.5
"""How far a measurement is, is told where it takes longer than this."""


class Converter:
    """Converts, and keeps the last result.

    Attributes
    ----------
    took_s : float
        Seconds that the last conversion took.
    """

    def __init__(self) -> None:
        self.took_s = 0.0
        self._lock = threading.Lock()
        self._last: tuple[tuple[Any, ...], SpikingNetwork] | None = None
        self._activations: tuple[tuple[Any, ...], Activations] | None = None

    def knows(self, loaded: Loaded) -> bool:
        """Whether this network was converted with these samples last: statistics are there."""
        return self._last is not None and self._last[0][:2] == _key(loaded)

    def convert(self, loaded: Loaded, conversion: Conversion) -> SpikingNetwork:
        """Convert, or return the last result when nothing changed."""
        spiking = finished(self.run(loaded, conversion, lambda: False))
        assert spiking is not None  # nobody cancels it
        return spiking

    def activations(self, loaded: Loaded, conversion: Conversion) -> Activations:
        """Return the activations that scales are chosen by, or the last result."""
        key = (*_key(loaded), conversion.max_pool, conversion.spiking_pools)
        if self._activations is None or self._activations[0] != key:
            found = Activations.of(loaded.network, loaded.dataset.calibration, conversion)
            self._activations = (key, found)
        return self._activations[1]

    def run(
        self, loaded: Loaded, conversion: Conversion, cancelled: Callable[[], bool]
    ) -> Generator[tuple[str, Any], None, SpikingNetwork | None]:
        """Convert as `convert` does; yield statuses on the way, and return None if cancelled."""
        key = (*_key(loaded), repr(conversion))
        with self._lock:
            if self._last is not None and self._last[0] == key:
                return self._last[1]
        started = began = told = time.perf_counter()
        calibration = loaded.dataset.calibration
        with closing(workflow.conversion_steps(loaded.network, calibration, conversion)) as steps:
            while True:
                try:
                    step = next(steps)
                except StopIteration as end:
                    spiking: SpikingNetwork = end.value
                    with self._lock:
                        self.took_s = time.perf_counter() - started
                        self._last = (key, spiking)
                    return spiking
                if cancelled():
                    return None
                now = time.perf_counter()
                if step.name == CALIBRATE and not step.done:
                    began = now  # Passes and statistics came before.
                elif now - told > PROGRESS_S:
                    told = now
                    yield "status", _told(step, now - began)


def _key(loaded: Loaded) -> tuple[Any, ...]:
    return loaded.network.content_hash, id(loaded.dataset)


def _told(step: ConversionStep, took_s: float) -> Status:
    share = step.done / step.total
    text = f"Converting: {step} …"
    if step.name == CALIBRATE:
        text = f"Simulating layer by layer to calibrate: {time_left(share, took_s)} …"
    return Status("busy", text, progress=share)
