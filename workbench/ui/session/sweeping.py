"""Sweeps as the workbench orders them: measured beside the runs, stopped, and gone on with.

Points are measured on validation samples, or training samples where there are none. What has been
measured stays as long as network and samples stay: the next sweep measures what is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from workbench.sweeps.grid import PRESET, axes_of
from workbench.sweeps.result import Sweep
from workbench.sweeps.store import Row
from workbench.sweeps.sweep import iter_sweep
from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.session.background import Background, StoppedError, Watch
from workbench.ui.session.diagnosing import searched_settings
from workbench.ui.session.latest_wins import LatestWins
from workbench.ui.session.messages import counted
from workbench.ui.session.pipeline import Pipeline
from workbench.ui.session.request import Request
from workbench.ui.session.results import Loaded, Status
from workbench.ui.session.sources import same_source
from workbench.ui.session.state import State
from workbench.ui.session.status_lines import StatusLines
from workbench.ui.session.sweep_forecast import Forecasts
from workbench.ui.session.sweep_order import SweepOrder, bounds_of
from workbench.ui.session.ui_thread import UIThread

SHOW_S = 0.4
"""New points are shown this often at most."""

MOST_KEPT = 50_000
"""Measured points that are kept for the next sweep; the oldest go first."""


@dataclass(frozen=True, eq=False)
class Swept:
    """What a sweep has measured by now.

    Parameters
    ----------
    table : Sweep
    order : SweepOrder
    loaded : Loaded
        Network and samples that were open.
    points : int
        That it will have in the end.
    """

    table: Sweep
    order: SweepOrder
    loaded: Loaded
    points: int

    @property
    def is_whole(self) -> bool:
        """Whether no point is missing."""
        return len(self.table) >= self.points

    @property
    def is_labelled(self) -> bool:
        """Whether it is known what is right; else what the analog network says counts."""
        dataset = self.loaded.dataset
        part = "train" if dataset.x_validation is None else "validation"
        return getattr(dataset, f"y_{part}") is not None

    def changes(self, point: int) -> dict[str, Any]:
        """Return the settings of a point, by name: of how the machine computes, axes alone.

        Raises
        ------
        SettingsError
            If the settings of this point cannot be combined.
        """
        conversion, simulation = self.table.settings_of(point)
        axes = {name: vars(simulation)[name] for name in self.order.axes if is_of_machine(name)}
        return {**searched_settings(conversion, simulation), **axes}


def is_of_machine(axis: str) -> bool:
    """Whether an axis is how the machine computes."""
    return axis != PRESET and SETTINGS[axis].of_machine


def swept_in(state: State) -> Swept | None:
    """Return what was swept of the network and the samples that are open, if anything was."""
    found: Swept | None = state.swept
    if found is None or state.loaded is None:  # before the first run
        return found
    return found if is_same(found.loaded, state.loaded) else None


def is_same(one: Loaded, other: Loaded) -> bool:
    """Whether two are one network with one set of samples."""
    same_data = one.dataset is other.dataset or same_source(one.data_asked, other.data_asked)
    return same_data and one.network.content_hash == other.network.content_hash


def is_of_another_base(state: State, found: Swept | None) -> bool:
    """Whether settings that are no axes of a sweep have changed since."""
    if found is None:
        return False
    return not found.order.is_of_base(state.conversion, state.simulation)


class Sweeping:
    """Starts and stops sweeps, and says what they would take; each method returns at once.

    Parameters
    ----------
    state : State
        Whose traits `swept`, `swept_status` and `sweep_forecast` hold the results.
    ui : UIThread
    lines : StatusLines
    pipeline : callable
        Returns what opens and converts.
    request : callable
        Returns what is asked for now.
    """

    def __init__(
        self,
        state: State,
        ui: UIThread,
        lines: StatusLines,
        pipeline: Callable[[], Pipeline],
        request: Callable[[], Request],
    ):
        self._state, self._request, self._ui = state, request, ui
        self.bounds = bounds_of(state.capabilities)
        self._kept: dict[str, Row] = {}
        self._kept_of: Loaded | None = None
        self._work = Background(
            state,
            ui,
            lines,
            "swept",
            "Sweeping",
            lambda order, watch: self._sweep(pipeline(), order, watch),
            most_s=self.bounds.seconds,
        )
        self._forecasts = Forecasts(self._known)
        self._forecaster = LatestWins(
            self._meet_forecast, on_error=lines.say_surprise, name="workbench-forecast"
        )
        self._pipeline = pipeline
        state.observe(self._on_loaded, names="loaded")

    def start(self, axes: Mapping[str, list[Any]], samples: int, longest: int) -> None:
        """Measure what is missing of a grid of settings.

        Parameters
        ----------
        axes : mapping of str to list
            Values by the name of a setting, or "preset".
        samples : int
            Samples on which points are measured, at most.
        longest : int
            Steps of the longest run, where the steps are not an axis.
        """
        self._work.start(self.order(axes, samples, longest))

    def order(self, axes: Mapping[str, list[Any]], samples: int, longest: int) -> SweepOrder:
        """Return what `start` would begin."""
        return SweepOrder(self._request(), dict(axes), samples, longest, self.bounds)

    def stop(self) -> None:
        """End a sweep that goes on; what it has measured stays."""
        self._work.stop()

    def forecast(self, axes: Mapping[str, list[Any]], samples: int, longest: int) -> None:
        """Say how many points and runs a sweep would have, and how long it would take."""
        self._forecaster.submit(self.order(axes, samples, longest))

    def wait(self, timeout: float | None = None) -> bool:
        """Block until nothing goes on; False when `timeout` (seconds) ran out."""
        until = None if timeout is None else time.monotonic() + timeout
        left = None if until is None else max(0.0, until - time.monotonic())
        return self._work.wait(timeout) and self._forecaster.wait(left)

    def shutdown(self, timeout: float) -> None:
        """End all work, and its threads."""
        self._state.unobserve(self._on_loaded, names="loaded")
        self._work.shutdown(timeout)
        self._forecaster.shutdown(timeout)
        self._kept, self._kept_of = {}, None

    def _known(self) -> Mapping[str, Row]:
        """Return the points of what is open that are measured."""
        known, loaded = self._kept_of, self._state.loaded
        return self._kept if known is not None and loaded and is_same(known, loaded) else {}

    def _on_loaded(self, change: Any) -> None:
        known, loaded = self._kept_of, change["new"]
        if known is not None and loaded is not None and not is_same(known, loaded):
            self._work.stop()  # nobody sees it any more
            if self._state.swept_status.kind != "busy":
                self._state.set_trait("swept_status", Status())

    def _sweep(
        self, pipeline: Pipeline, order: SweepOrder, watch: Watch
    ) -> tuple[Swept | None, str]:
        order.check()
        axes_of(order.grid)
        request, loaded = pipeline.opened(order.request)
        order.check_lengths(loaded.network)
        order = replace(order, request=request)
        if self._kept_of is None or not is_same(self._kept_of, loaded):
            self._kept, self._kept_of = {}, loaded
        conversion, simulation = order.base
        watch.tell(f"preparing {counted(order.points, 'point')}")

        def progress(done: int, total: int) -> None:
            with suppress(StoppedError):  # the sweep asks, too, and keeps what it has
                watch.progress(done, total)

        parts: list[Sweep] = []
        shown_s = 0.0
        rows = iter_sweep(
            loaded.network,
            loaded.dataset,
            order.grid,
            samples=order.samples,
            conversion=conversion,
            simulation=simulation,
            store=self._kept,
            progress=progress,
            cancelled=watch.stopped,
        )
        with closing(rows):
            for part in rows:
                parts.append(part)
                now_s = time.monotonic()
                if now_s - shown_s >= SHOW_S:
                    shown_s = now_s
                    parts = [_joined(parts)]
                    watch.publish(Swept(parts[0], order, loaded, order.points))
        for key in list(self._kept)[: max(0, len(self._kept) - MOST_KEPT)]:
            del self._kept[key]
        if self._state.loaded is not None and not is_same(loaded, self._state.loaded):
            return None, "Stopped: another network or other samples are open."
        if not parts:
            return None, "Stopped before anything was measured."
        found = Swept(_joined(parts), order, loaded, order.points)
        return found, _sentence(found, order.bounds.seconds if watch.late() else None)

    def _meet_forecast(self, order: SweepOrder, cancelled: Callable[[], bool]) -> None:
        state = self._state
        busy = state.swept_status.kind == "busy"
        found = self._forecasts.of(
            order, state.loaded, state.converted, self._pipeline().converter, cancelled, busy=busy
        )
        if found is not None and not cancelled():
            self._ui.post(state.set_trait, "sweep_forecast", found, key="sweep_forecast")


def _joined(parts: list[Sweep]) -> Sweep:
    """Put the rows of several runs into the order of the grid."""
    if len(parts) == 1:
        return parts[0]
    joined: Sweep = pd.concat(parts)
    return joined.sort_index()


def _sentence(found: Swept, allowed_s: float | None) -> str:
    """Say what was measured, and on what."""
    measured = found.table.measured
    if measured.empty and found.is_whole:
        return f"None of {counted(found.points, 'point')} can run; the table says why."
    refused = len(found.table) - len(measured)
    on = "no samples"
    if len(measured):
        first = measured.iloc[0]
        kind = "training" if first["part"] == "train" else first["part"]
        on = counted(int(first["samples"]), f"{kind} sample")
    told = f"{counted(len(measured), 'point')} on {on}"
    if not found.is_labelled:
        told += " (without labels: agreement with the ANN)"
    if refused:
        told += f"; {counted(refused, 'point')} could not run"
    missing = found.points - len(found.table)
    if not missing:
        return f"{told}."
    limit = "" if allowed_s is None else f" This server allows {allowed_s:g} s at a time."
    return f"Stopped: {told}. {counted(missing, 'point')} to go: press Resume.{limit}"
