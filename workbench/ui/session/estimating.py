"""Estimates that follow a slider while it moves, on a thread of their own: nothing is simulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.conversion.preparation import prepare
from workbench.errors import WorkbenchError
from workbench.methods.estimate import Estimator
from workbench.settings import Conversion, Simulation
from workbench.ui.session.latest_wins import LatestWins
from workbench.ui.session.results import Converted, Loaded
from workbench.ui.session.state import State
from workbench.ui.session.status_lines import StatusLines
from workbench.ui.session.ui_thread import LATER_S, UIThread
from workbench.util.stored_samples import as_samples

WATCHED = ("converted", "conversion", "simulation")


@dataclass(frozen=True, eq=False)
class _Asked:
    """Settings as they were, with what had been converted by then."""

    loaded: Loaded | None
    converted: Converted | None
    conversion: Conversion
    simulation: Simulation


class Estimating:
    """Sets the trait `estimate` of a state: for the settings that hold, or None where it waits.

    Histograms are those that a conversion has collected: moving a slider collects none.

    Parameters
    ----------
    state : State
    ui : UIThread
    lines : StatusLines
    """

    def __init__(self, state: State, ui: UIThread, lines: StatusLines):
        self._state, self._ui = state, ui
        self._over = False
        self._known: tuple[Any, Estimator] | None = None
        self._worker = LatestWins(
            self._meet, on_error=lines.say_surprise, name="workbench-estimate"
        )
        state.observe(self._on_change, names=list(WATCHED))

    def wait(self, timeout: float | None = None) -> bool:
        """Block until the newest settings are estimated; False when `timeout` ran out."""
        return self._worker.wait(timeout)

    def shutdown(self, timeout: float) -> None:
        """End the thread."""
        self._over = True
        self._state.unobserve(self._on_change, names=list(WATCHED))
        self._worker.shutdown(timeout)
        self._known = None

    def _on_change(self, _change: object) -> None:
        # A run of some milliseconds comes first, of whose time an estimate would take a share.
        self._ui.post(self._ask, key=self._ask, after_s=LATER_S)

    def _ask(self) -> None:
        state = self._state
        if self._over:  # meanwhile
            return
        self._worker.submit(
            _Asked(state.loaded, state.converted, state.conversion, state.simulation)
        )

    def _meet(self, asked: _Asked, cancelled: Any) -> None:
        found = None
        try:
            if (estimator := self._estimator(asked)) is not None:
                found = estimator.of(asked.conversion, asked.simulation)
        except WorkbenchError:
            found = None  # The run that these settings ask for says why.
        if not cancelled():
            self._ui.post(self._state.set_trait, "estimate", found, key="estimate")

    def _estimator(self, asked: _Asked) -> Estimator | None:
        """Return what has the histograms for these settings; None before they are collected."""
        loaded, conversion = asked.loaded, asked.conversion
        if loaded is None or asked.converted is None:
            return None
        network, pools = loaded.network, (conversion.max_pool, conversion.spiking_pools)
        key = (network.content_hash, id(loaded.dataset), pools)
        if self._known and self._known[0] == key and self._known[1].serves(conversion):
            return self._known[1]
        spiking = asked.converted.spiking
        made = spiking.conversion
        if spiking.source_hash != network.content_hash:
            return None
        if (
            made.max_pool,
            made.spiking_pools,
        ) != pools or made.per_channel < conversion.per_channel:
            return None
        prepared = prepare(
            network,
            as_samples(loaded.dataset.calibration),
            max_pool=made.max_pool,
            spiking_pools=made.spiking_pools,
            per_channel=made.per_channel,
        )
        self._known = (key, Estimator(prepared))
        return self._known[1]
