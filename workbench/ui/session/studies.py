"""Work beside the runs: estimates that follow the settings; diagnoses, searches and sweeps."""

from __future__ import annotations

from collections.abc import Callable

from workbench.ui.session.background import Background
from workbench.ui.session.diagnosing import DiagnosisOrder, TuningOrder, diagnose, search
from workbench.ui.session.estimating import Estimating
from workbench.ui.session.pipeline import Pipeline
from workbench.ui.session.request import Request
from workbench.ui.session.state import State
from workbench.ui.session.status_lines import StatusLines
from workbench.ui.session.sweeping import Sweeping
from workbench.ui.session.ui_thread import UIThread


class Studies:
    """What can be asked about the settings; each returns at once.

    Parameters
    ----------
    state : State
        Whose traits `estimate`, `diagnosis` and `tuned` hold the results.
    ui : UIThread
    lines : StatusLines
    pipeline : callable
        Returns what opens and converts.
    request : callable
        Returns what is asked for now.

    Attributes
    ----------
    sweeps : Sweeping
        Grids of settings.

    Raises
    ------
    WorkbenchError
        By each method that starts something, if the workbench is closed.
    """

    def __init__(
        self,
        state: State,
        ui: UIThread,
        lines: StatusLines,
        pipeline: Callable[[], Pipeline],
        request: Callable[[], Request],
    ):
        self._request = request
        self._estimates = Estimating(state, ui, lines)
        self._diagnoses = Background(
            state,
            ui,
            lines,
            "diagnosis",
            "Following samples through the layers and trying other settings",
            lambda order, watch: diagnose(pipeline(), order, watch),
        )
        self._searches = Background(
            state,
            ui,
            lines,
            "tuned",
            "Trying settings",
            lambda order, watch: search(pipeline(), order, watch),
        )
        self.sweeps = Sweeping(state, ui, lines, pipeline, request)
        self._all = (self._estimates, self._diagnoses, self._searches, self.sweeps)

    def diagnose(self, samples: int = 300) -> None:
        """Say where accuracy is lost with the present settings, and what wins it back."""
        self._diagnoses.start(DiagnosisOrder(self._request(), samples))

    def stop_diagnosis(self) -> None:
        """End a diagnosis that goes on; the last one stays."""
        self._diagnoses.stop()

    def tune(self, max_loss: float = 0.5, minimise: str = "steps", samples: int = 1000) -> None:
        """Search the cheapest settings that lose few points of accuracy; see `wb.tune`."""
        self._searches.start(TuningOrder(self._request(), max_loss, minimise, samples))

    def stop_tuning(self) -> None:
        """End a search that goes on; what it has found by then is shown."""
        self._searches.stop()

    def wait(self, timeout: Callable[[], float | None]) -> bool:
        """Block until nothing goes on; False when the time that `timeout` returns ran out."""
        return all(each.wait(timeout()) for each in self._all)

    def shutdown(self, timeout: float) -> None:
        """End all work, and its threads."""
        for each in self._all:
            each.shutdown(timeout)
