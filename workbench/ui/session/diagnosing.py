"""Where accuracy was lost, and the search for better settings, as the workbench orders them.

Both look at validation samples, or training samples where there are none: no setting is chosen by
those of the test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.methods.advice import Advice
from workbench.methods.diagnosis import Diagnosis, diagnosed, samples_for_choosing
from workbench.methods.tuning import tune
from workbench.methods.tuning_result import Tuning
from workbench.setting import settings_of
from workbench.settings import Conversion, Simulation
from workbench.ui.session.background import Watch
from workbench.ui.session.messages import counted
from workbench.ui.session.pipeline import Pipeline
from workbench.ui.session.request import Request


@dataclass(frozen=True, eq=False)
class Diagnosed:
    """A diagnosis, with what it was asked for with, and on which samples it was made."""

    diagnosis: Diagnosis
    asked: Request
    on: str

    @property
    def advice(self) -> tuple[Advice | None, ...]:
        """What to change, for each row of the table."""
        return self.diagnosis.advice


@dataclass(frozen=True, eq=False)
class Tuned:
    """Settings that were searched, with what they were asked for with."""

    tuning: Tuning
    asked: Request


@dataclass(frozen=True, eq=False)
class DiagnosisOrder:
    """Follow so many samples through the layers."""

    request: Request
    samples: int


@dataclass(frozen=True, eq=False)
class TuningOrder:
    """Search settings that lose at most so many points."""

    request: Request
    max_loss: float
    minimise: str
    samples: int


def diagnose(pipeline: Pipeline, order: DiagnosisOrder, watch: Watch) -> tuple[Diagnosed, str]:
    """Attribute losses to layers and causes, and measure what would win them back.

    Raises
    ------
    WorkbenchError
        If the order cannot be met.
    """
    request, loaded = pipeline.opened(order.request)
    network, dataset = loaded.network, loaded.dataset
    spiking = pipeline.convert(loaded, request.conversion)
    x, y, part = samples_for_choosing(dataset, order.samples)
    found = diagnosed(
        network,
        spiking,
        x,
        y,
        request.simulation,
        calibration=dataset.calibration,
        progress=watch.progress,
    )
    on = counted(len(x), f"{part} sample")
    return Diagnosed(found, request, on), f"Diagnosed on {on}."


def search(pipeline: Pipeline, order: TuningOrder, watch: Watch) -> tuple[Tuned | None, str]:
    """Search the cheapest settings that keep the accuracy; what was found before a stop counts.

    Raises
    ------
    WorkbenchError
        If the order cannot be met.
    """
    request, loaded = pipeline.opened(order.request)

    def progress(done: int, total: int) -> None:
        if not watch.stopped():  # which `tune` asks, too, to return what it has
            watch.progress(done, total)

    found = tune(
        loaded.network,
        loaded.dataset,
        order.max_loss,
        order.minimise,
        samples=order.samples,
        simulation=request.simulation,
        progress=progress,
        cancelled=watch.stopped,
    )
    if found.row is None:
        return None, "Stopped before anything was measured."
    tried = counted(len(found.table), "combination")
    return Tuned(found, request), f"Tried {tried} of settings and steps."


def searched_settings(conversion: Conversion, simulation: Simulation) -> dict[str, Any]:
    """Return all that a search decides, by name: nothing of how the machine computes."""
    declared = {**settings_of(Conversion), **settings_of(Simulation)}
    chosen = {**vars(conversion), **vars(simulation)}
    return {name: value for name, value in chosen.items() if not declared[name].of_machine}
