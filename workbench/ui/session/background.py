"""Long work that a person starts with a button: told how far it is, and stopped at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbench.errors import WorkbenchError
from workbench.ui.session.latest_wins import LatestWins
from workbench.ui.session.messages import duration, time_left
from workbench.ui.session.results import Status
from workbench.ui.session.state import State
from workbench.ui.session.status_lines import StatusLines
from workbench.ui.session.ui_thread import UIThread
from workbench.ui.session.unhurried import stand_back

TELL_S = 0.25
"""How far the work is, is told this often at most."""

FORBIDDEN = (
    "Switched off on this server, because it can take minutes of computing time. Open the "
    "workbench in JupyterLab on your own computer."
)


class StoppedError(Exception):
    """Somebody pressed Stop; ends a computation from within its `progress`."""


@dataclass(frozen=True)
class Watch:
    """What a computation is given to tell how far it is, and to ask whether it is to end."""

    progress: Callable[[int, int], None]
    stopped: Callable[[], bool]
    publish: Callable[[Any], None] = lambda _result: None
    """Shows what there is so far."""
    late: Callable[[], bool] = lambda: False
    """Whether it is to end because its time is over, and nobody pressed Stop."""
    tell: Callable[[str], None] = lambda _what: None
    """Says what is being done before there is any progress."""


Work = Callable[[Any, Watch], tuple[Any, str]]
"""From an order to its result and a sentence about it; a result of None leaves the last one."""


class Background:
    """One kind of long work, one at a time, on a thread that lets all others go first.

    Parameters
    ----------
    state : State
        With a trait for the result, and one for the status, of the same name with ``_status``.
    ui : UIThread
    lines : StatusLines
        Which knows what may be shown.
    trait : str
    begins : str
        What is being done, for the status.
    work : callable
    most_s : float, optional
        Seconds after which the work is stopped. Such work may be started by people who may start no
        long one.
    """

    def __init__(
        self,
        state: State,
        ui: UIThread,
        lines: StatusLines,
        trait: str,
        begins: str,
        work: Work,
        *,
        most_s: float | None = None,
    ):
        self._most_s = most_s
        self._state, self._ui, self._lines = state, ui, lines
        self._trait, self._begins, self._work = trait, begins, work
        self._stop = threading.Event()
        self._starting = threading.Lock()
        self._worker = LatestWins(
            self._meet, on_error=self._say_surprise, name=f"workbench-{trait}"
        )

    def start(self, order: Any) -> None:
        """Begin; while the work goes on, nothing further is begun."""
        if not self._state.capabilities.long_work and self._most_s is None:
            self._say(Status("error", FORBIDDEN))
            return
        with self._starting:
            if self._worker.busy:
                return
            self._stop.clear()
            self._say(Status("busy", f"{self._begins} …"))
            self._worker.submit(order)

    def stop(self) -> None:
        """End the work that goes on."""
        self._stop.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Block until nothing goes on; False when `timeout` (seconds) ran out."""
        return self._worker.wait(timeout)

    def shutdown(self, timeout: float) -> None:
        """End the work, and the thread."""
        self._stop.set()
        self._worker.shutdown(timeout)

    def _meet(self, order: Any, cancelled: Callable[[], bool]) -> None:
        stand_back()
        began = told = time.perf_counter()

        def late() -> bool:
            over = self._most_s is not None and time.perf_counter() - began > self._most_s
            return over and not self._stop.is_set()

        def stopped() -> bool:
            return self._stop.is_set() or cancelled() or late()

        def progress(done: int, total: int) -> None:
            nonlocal told
            if stopped():
                raise StoppedError
            now = time.perf_counter()
            if 0 < done < total and now - told > TELL_S:
                told, share = now, done / total
                text = f"{self._begins}: {time_left(share, now - began)} …"
                self._say(Status("busy", text, progress=share))

        def tell(what: str) -> None:
            self._say(Status("busy", f"{self._begins}: {what} …"))

        def publish(result: Any) -> None:
            self._ui.post(self._state.set_trait, self._trait, result, key=self._trait)

        try:
            result, sentence = self._work(order, Watch(progress, stopped, publish, late, tell))
        except StoppedError:
            self._say(Status("stopped", "Stopped."))
        except WorkbenchError as error:
            self._say(Status("error", str(error)))
        except Exception as error:
            self._say_surprise(error)
        else:
            if result is not None:
                publish(result)
            took = duration(time.perf_counter() - began)
            kind = "stopped" if stopped() else "done"
            self._say(Status(kind, f"{sentence} Took {took}."))

    def _say_surprise(self, error: Exception) -> None:
        self._say(self._lines.surprise(error))

    def _say(self, status: Status) -> None:
        name = f"{self._trait}_status"
        self._ui.post(self._state.set_trait, name, self._lines.told(status), key=name)
