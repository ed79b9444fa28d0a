"""What a person can do. The one place that catches the errors of the core.

Each action returns at once: work runs on the simulation thread, newest request first, and
results reach the state on the UI thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from workbench.errors import UnsupportedLayerError, WorkbenchError
from workbench.settings import Conversion, Simulation
from workbench.simulation.kernels.compiling import watch_compiling
from workbench.ui.session.all_settings import ASKED
from workbench.ui.session.comparison import pinned_of
from workbench.ui.session.exporting import ExportQueue, ExportRequest
from workbench.ui.session.inspector import Inspector
from workbench.ui.session.latest_wins import LatestWins
from workbench.ui.session.loading import MisfitError
from workbench.ui.session.messages import CLOSED
from workbench.ui.session.owner_settings import kept_by_owner
from workbench.ui.session.pipeline import COMPUTING, SETTINGS_CHANGED, Pipeline
from workbench.ui.session.request import Adjusted, Cancelled, Request
from workbench.ui.session.results import Refusal, Status
from workbench.ui.session.scratch import Scratch
from workbench.ui.session.state import State
from workbench.ui.session.status_lines import StatusLines
from workbench.ui.session.studies import Studies
from workbench.ui.session.ui_thread import UIThread
from workbench.ui.session.uploads import Uploads
from workbench.util.capabilities import Capabilities

SHOWN_S = 0.2
"""A run waits at most so long until its spikes are shown, before it computes what else it tells."""

COMPILING = Status(
    "busy", "Compiling the simulator. This takes some seconds, once after an installation …"
)


class Actions:
    """Acts on a state.

    Parameters
    ----------
    state : State
    ui : UIThread
        Everything the program changes by itself is changed there.
    scratch : Scratch, optional

    Attributes
    ----------
    uploads : Uploads
        Files of a person's own computer.
    studies : Studies
        Diagnoses, searches and estimates.
    """

    def __init__(self, state: State, ui: UIThread, scratch: Scratch | None = None):
        self.state = state
        self.ui = ui
        self.capabilities: Capabilities = state.capabilities
        self.scratch = Scratch(self.capabilities) if scratch is None else scratch
        self.pipeline = Pipeline(self.capabilities)
        self._lines = StatusLines(state, ui, self.scratch)
        self._runs = LatestWins(
            self._run, on_error=self._lines.say_surprise, name="workbench-simulation"
        )
        self.uploads = Uploads(state, self._lines, self.scratch)
        self._exports = ExportQueue(self._lines)
        self.inspector = Inspector(state, ui, self._lines)
        self._asking = threading.Lock()
        self._final: tuple[Any, Status] = (None, Status())
        self._closed = False
        self.studies = Studies(state, ui, self._lines, lambda: self.pipeline, self._open_request)
        state.observe(self._on_change, names=list(ASKED))
        state.observe(self._on_live, names="live")

    @property
    def busy(self) -> bool:
        """Whether a run goes on or waits."""
        return self._runs.busy

    def wait(self, timeout: float | None = None) -> bool:
        """Block until all work is done and shown; False when `timeout` (seconds) ran out."""
        until = None if timeout is None else time.monotonic() + timeout

        def left_s() -> float | None:
            return None if until is None else max(0.0, until - time.monotonic())

        # A run that is shown asks for a look inside.
        return (
            self._runs.wait(left_s())
            and self._exports.wait(left_s())
            and self.ui.flush(left_s())
            and self.ui.flush(left_s())
            and self.inspector.wait(left_s())
            and self.studies.wait(left_s)  # estimates follow what was shown
            and self.ui.flush(left_s())
        )

    def change(self, **settings: Any) -> None:
        """Set some of the state's settings; a refused value is reported in the status line."""
        if others := kept_by_owner(self.state, settings):
            self.refuse(
                f"{', '.join(others)} cannot be changed here: the owner of this server sets how it "
                "computes."
            )
            return
        self._lines.guarded(lambda: self.state.change(**settings))

    def run(self) -> None:
        """Run with the current settings, whether or not live is on.

        Raises
        ------
        WorkbenchError
            If the workbench is closed.
        """
        self._check_open()
        self._submit()

    def stop(self) -> None:
        """Stop what runs; what it has shown so far stays."""
        if self._runs.busy:
            self._runs.cancel()
            self.ui.post(self._tell_stopped, key="status")

    def set_live(self, live: bool) -> None:
        """Run after each change, or only when asked to."""
        self.change(live=live)

    def undo(self) -> None:
        """Take the last change of a setting back."""
        self._lines.guarded(self.state.undo)

    def redo(self) -> None:
        """Make the change again that was undone last."""
        self._lines.guarded(self.state.redo)

    def pin(self, keep: bool = True) -> None:
        """Keep the run that is shown, for comparison, or let the kept one go."""
        pinned = pinned_of(self.state) if keep else None
        self.ui.post(self.state.set_trait, "pinned", pinned, key="pinned")

    def reset(self, *names: str) -> None:
        """Set settings to their defaults, those of conversion and simulation without names."""
        defaults = {**vars(Conversion()), **vars(Simulation())}
        wanted = names or defaults
        kept = kept_by_owner(self.state, defaults)
        self.change(**{name: defaults[name] for name in wanted if name not in kept})

    def refuse(self, reason: str) -> None:
        """Tell in the status line why something that a person tried is refused."""
        self._lines.say(Status("error", reason))

    def surprise(self, error: Exception) -> Status:
        """Tell an error that should not have happened, as much of it as may be shown."""
        return self._lines.surprise(error)

    def export(
        self,
        target: str,
        path: str,
        *,
        overwrite: bool = False,
        samples: int = 0,
        **options: Any,
    ) -> None:
        """Convert with the present settings and write the network for a target.

        Parameters
        ----------
        target : str
            A target of `workbench.exporters`.
        path : str
        overwrite : bool
        samples : int
            How many test samples go with the network.
        **options
            Of the target.

        Raises
        ------
        WorkbenchError
            If the workbench is closed.
        """
        self._check_open()
        order = ExportRequest(self._request(), target, path.strip(), overwrite, samples, options)
        self._exports.submit(order, self.pipeline, self.scratch)

    def close(self) -> None:
        """End the threads; calling it again does no harm."""
        if self._closed:
            return
        with self._asking:
            self._closed = True
        self.state.unobserve(self._on_change, names=list(ASKED))
        self.state.unobserve(self._on_live, names="live")
        self.inspector.shutdown(1)
        self.studies.shutdown(1)
        self._exports.shutdown(1)
        self._runs.shutdown(1)
        self.pipeline = Pipeline()  # without what the last one keeps
        self.scratch.close()

    # On whatever thread a change comes from: submit, no more.

    def _on_change(self, change: Mapping[str, Any]) -> None:
        if self.ui.is_current:  # the program itself went back to the last good choice
            return
        if change["name"] == "network":
            self.ui.post(self.state.set_trait, "refusal", None)
        self.ui.post(self._lines.forget_export, key=self._lines.forget_export)
        if self.state.live:
            self._submit()
        elif change["name"] in ("network", "data"):
            self._submit(simulate=False)
        else:
            self.ui.post(self._tell_changed, key=self._tell_changed)

    def _on_live(self, change: Mapping[str, Any]) -> None:
        if change["new"]:
            self._submit()

    def _submit(self, *, simulate: bool = True) -> None:
        # On several threads at once: the settings that are read last are those that are run.
        with self._asking:
            if self._closed:
                return
            # First: what comes of the request follows. A former run may take a moment to end, and
            # its lamp must not stay green meanwhile. Without a key, by which a later status would
            # take its place behind all that shows the change: that would call the plots out of date
            # for a moment, and move them.
            self.ui.post(self.state.set_trait, "status", COMPUTING)
            self._runs.submit(self._request(simulate=simulate))

    def _check_open(self) -> None:
        if self._closed:
            raise WorkbenchError(CLOSED)

    def _open_request(self) -> Request:
        self._check_open()
        return self._request()

    def _request(self, *, simulate: bool = True) -> Request:
        state = self.state
        return Request(
            state.network,
            state.data,
            state.conversion,
            state.simulation,
            state.sample,
            state.test_samples,
            simulate,
            state.loaded,
            state.own_input,
        )

    # On the worker threads.

    def _run(self, request: Request, cancelled: Cancelled) -> None:
        def tell_compiling() -> None:
            self._publish("status", COMPILING, cancelled)

        try:
            with watch_compiling(tell_compiling):
                for name, value in self.pipeline.run(request, cancelled):
                    if cancelled():
                        return
                    self._publish(name, value, cancelled)
                    if name == "sample_run" and value.done:
                        self._let_it_be_shown()
        except MisfitError as error:
            # Nothing goes back: the other one of the two may be what is chosen next.
            self._publish(
                "status", Status("error", self._lines.with_leftover(str(error))), cancelled
            )
        except UnsupportedLayerError as error:
            refusal = Refusal.of(request.network, error)
            self._publish("refusal", refusal, cancelled)
            self._publish("status", Status("error", self._lines.pointer(refusal)), cancelled)
            self.ui.post(self._go_back, request, cancelled)
        except WorkbenchError as error:
            self._publish("status", Status("error", str(error)), cancelled)
            self.ui.post(self._go_back, request, cancelled)
        except Exception as error:
            self._publish("status", self._lines.surprise(error), cancelled)
            self.ui.post(self._go_back, request, cancelled)

    def _let_it_be_shown(self) -> None:
        """Compute no more until what was published is on its way: two threads share one Python."""
        shown = threading.Event()
        self.ui.post(shown.set)
        shown.wait(SHOWN_S)

    def _publish(self, name: str, value: object, cancelled: Cancelled) -> None:
        self.ui.post(self._set, name, self._lines.told(value), cancelled, key=name)

    # On the UI thread.

    def _set(self, name: str, value: Any, cancelled: Cancelled) -> None:
        if isinstance(value, Adjusted):
            with self.state.lock:  # no change of a person in between
                if not cancelled():
                    self.state.settle(name, value.change)
            return
        # The request may have been superseded while the post waited.
        if cancelled():
            return
        if name == "status" and value.kind == "done":
            self._final = (self._shown_request, value)
        if value == SETTINGS_CHANGED or (value == self._final[1] and self.state.outdated):
            value = self._status_without_run()  # changed meanwhile, without live
        self.state.set_trait(name, value)

    @property
    def _shown_request(self) -> Any:
        return None if self.state.sample_run is None else self.state.sample_run.asked

    def _status_without_run(self) -> Status:
        """What to say of settings that are not run: that, or how the run went that is theirs."""
        request, status = self._final
        if self.state.outdated or request is None or request is not self._shown_request:
            return SETTINGS_CHANGED
        return status

    def _tell_changed(self) -> None:
        if self.state.status.kind != "busy":  # of a run that goes on, it is told in the end
            self.state.set_trait("status", self._status_without_run())

    def _tell_stopped(self) -> None:
        run = self.state.sample_run
        partly = run is not None and not run.done and not self.state.outdated
        where = f" after {run.clock.lasts(run.steps_done)}" if run and partly else ""
        status = Status("stopped", f"Stopped{where}.")
        self._final = (self._shown_request, status)
        self.state.set_trait("status", status)

    def _go_back(self, request: Request, cancelled: Cancelled) -> None:
        """Return to the last network, samples and sample that could be read."""
        loaded = self.state.loaded
        with self.state.lock:
            if cancelled() or loaded is None:
                return
            for name, asked in self.pipeline.loader.readable.items():
                refused = getattr(request, name)
                if asked is not refused:
                    self.state.take_back(name, refused, asked)
            samples = len(loaded.dataset.x_test)
            if self.state.sample >= samples:
                run = self.state.sample_run
                before = run.sample if run is not None and run.sample < samples else 0
                self.state.take_back("sample", self.state.sample, before)
