"""What a person can do. The one place that catches the errors of the core.

Each action returns at once: work runs on the simulation thread, newest request first, and
results reach the state on the UI thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench import workflow
from workbench.errors import (
    ExportError,
    ModelFileError,
    UnsupportedLayerError,
    WorkbenchError,
)
from workbench.exporters.targets import PROGRAMS
from workbench.ingest.keras_files import MODEL_SUFFIXES as KERAS
from workbench.ingest.onnx import SUFFIX as ONNX
from workbench.simulation.kernels.compiling import watch_compiling
from workbench.ui.session.latest_wins import LatestWins
from workbench.ui.session.loading import MisfitError
from workbench.ui.session.messages import counted, duration
from workbench.ui.session.pipeline import COMPUTING, SETTINGS_CHANGED, Cancelled, Pipeline, Request
from workbench.ui.session.results import Exported, Refusal, Status
from workbench.ui.session.scratch import Scratch, plain_name
from workbench.ui.session.state import ASKED, State
from workbench.ui.session.surprises import surprise, without_folders
from workbench.ui.session.ui_thread import UIThread
from workbench.util.capabilities import Capabilities

UPLOAD_SUFFIXES = {"network": (*KERAS, ONNX, ".snn"), "data": (".npz",)}


COMPILING = Status("busy", "Compiling the simulator: once after an installation, some seconds …")


@dataclass(frozen=True, eq=False)
class ExportRequest:
    """An export that was asked for, with the settings as they were."""

    request: Request
    target: str
    path: str
    overwrite: bool
    samples: int
    options: Mapping[str, Any]


class Actions:
    """Acts on a state.

    Parameters
    ----------
    state : State
    ui : UIThread
        Everything the program changes by itself is changed there.
    scratch : Scratch, optional
    """

    def __init__(self, state: State, ui: UIThread, scratch: Scratch | None = None):
        self.state = state
        self.ui = ui
        self.capabilities: Capabilities = state.capabilities
        self.scratch = Scratch(self.capabilities) if scratch is None else scratch
        self.pipeline = Pipeline(self.capabilities)
        self._runs = LatestWins(self._run, on_error=self._surprise, name="workbench-simulation")
        self._exports = LatestWins(self._export, on_error=self._surprise, name="workbench-export")
        self._closed = False
        state.observe(self._on_change, names=list(ASKED))

    @property
    def busy(self) -> bool:
        """Whether a run goes on or waits."""
        return self._runs.busy

    def wait(self, timeout: float | None = None) -> bool:
        """Block until all work is done and shown; False when `timeout` (seconds) ran out."""
        done = self._runs.wait(timeout) and self._exports.wait(timeout)
        return self.ui.flush() and done

    def change(self, **settings: Any) -> None:
        """Set some of the state's settings; a value that is refused is told in the status line."""
        self._guarded(lambda: self.state.change(**settings))

    def run(self) -> None:
        """Run with the present settings, whether or not live is on."""
        self._submit(self._request())

    def stop(self) -> None:
        """Stop what runs; what it has shown so far stays."""
        if self._runs.busy:
            self._runs.cancel()
            run = self.state.sample_run
            where = f" after {counted(run.steps_done, 'step')}" if run and not run.done else ""
            self._say(Status("stopped", f"Stopped{where}."))

    def set_live(self, live: bool) -> None:
        """Run after each change, or only when asked to."""
        self.change(live=live)
        if live:
            self.run()

    def upload(self, kind: str, name: str, content: bytes) -> None:
        """Open an uploaded file.

        Parameters
        ----------
        kind : "network" or "data"
        name : str
            The file's name on the user's machine.
        content : bytes
        """
        self._guarded(lambda: self._store_upload(kind, name, content))

    def refuse(self, reason: str) -> None:
        """Tell in the status line why something that a person tried is refused."""
        self._say(Status("error", reason))

    def surprise(self, error: Exception) -> Status:
        """Tell an error that should not have happened, as much of it as may be shown."""
        return surprise(error, self.capabilities)

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
        """
        order = ExportRequest(self._request(), target, path.strip(), overwrite, samples, options)
        self._say_of_export(
            Status("busy", f"Exporting '{order.path}' for {target}, and checking it …")
        )
        self._exports.submit(order)

    def close(self) -> None:
        """End the threads; calling it again does no harm."""
        if self._closed:
            return
        self._closed = True
        self.state.unobserve(self._on_change, names=list(ASKED))
        self._runs.shutdown(1)
        self._exports.shutdown(1)
        self.pipeline = Pipeline()  # without what the last one keeps
        self.scratch.close()

    # On whatever thread a change comes from: submit, no more.

    def _on_change(self, change: Mapping[str, Any]) -> None:
        if self.ui.is_current:  # the program itself went back to the last good choice
            return
        if change["name"] == "network":
            self.ui.post(self.state.set_trait, "refusal", None)
        if self.state.export_status.kind != "busy":  # it was of the settings before
            self._say_of_export(Status())
        if self.state.live:
            self._submit(self._request())
        elif change["name"] in ("network", "data"):
            self._submit(self._request(simulate=False))
        elif not self._runs.busy:
            self._say(SETTINGS_CHANGED)

    def _submit(self, request: Request) -> None:
        # First: what comes of the request follows. A former run may take a moment to end, and its
        # lamp must not stay green meanwhile.
        self._say(COMPUTING)
        self._runs.submit(request)

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
        )

    def _store_upload(self, kind: str, name: str, content: bytes) -> None:
        accepted = UPLOAD_SUFFIXES[kind]
        name = plain_name(name)
        if Path(name).suffix.lower() not in accepted:
            raise ModelFileError(f"'{name}' is not accepted here; accepted: {', '.join(accepted)}.")
        self.state.change(**{kind: self.scratch.store(name, content)})

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
        except MisfitError as error:
            # Nothing goes back: the other one of the two may be what is chosen next.
            self._publish("status", Status("error", self._with_leftover(str(error))), cancelled)
        except UnsupportedLayerError as error:
            refusal = refused(request.network, error)
            self._publish("refusal", refusal, cancelled)
            self._publish("status", Status("error", self._pointer(refusal)), cancelled)
            self.ui.post(self._go_back, request, cancelled)
        except WorkbenchError as error:
            self._publish("status", Status("error", str(error)), cancelled)
            self.ui.post(self._go_back, request, cancelled)
        except Exception as error:
            self._publish("status", self.surprise(error), cancelled)
            self.ui.post(self._go_back, request, cancelled)

    def _export(self, order: ExportRequest, cancelled: Cancelled) -> None:
        self._publish("exported", None, cancelled)
        try:
            result = self._write(order)
        except WorkbenchError as error:
            self._say_of_export(Status("error", str(error)))
        except Exception as error:
            self._say_of_export(self.surprise(error))
        else:
            exported, seconds = result
            self._publish("exported", exported, cancelled)
            where = ", ".join(Path(file).name for file in exported.files)
            self._say_of_export(
                Status(
                    "done",
                    f"Exported {where} in {duration(seconds)}. Compared with the simulator, "
                    f"{exported.parity}.",
                )
            )

    def _write(self, order: ExportRequest) -> tuple[Exported, float]:
        began = time.perf_counter()
        if not order.path:
            raise ExportError("Give a name for the files.")
        if order.samples < 0:
            raise ExportError(f"Test samples is {order.samples}; accepted: integers from 0.")
        chosen = sorted(PROGRAMS & set(order.options))
        if chosen and not self.capabilities.interpreters:
            raise ExportError(
                f"{', '.join(chosen)} cannot be chosen here: who runs this server chooses the "
                "programs that checks start."
            )
        request = order.request
        loaded = self.pipeline.loader.load(request.network, request.data)
        spiking = self.pipeline.convert(loaded, request.conversion)
        options = dict(order.options)
        count = min(order.samples, len(loaded.dataset.x_test))
        if count:
            options["samples"] = loaded.dataset.x_test[:count]
            if loaded.dataset.y_test is not None:
                options["labels"] = loaded.dataset.y_test[:count]
        report = workflow.export(
            spiking,
            order.target,
            self.scratch.place(order.path),
            overwrite=order.overwrite,
            **options,
        )
        main, hide = report.files[0], self._shown
        exported = Exported(
            target=order.target,
            files=tuple(str(file) for file in report.files),
            parity=hide(str(report.parity)),
            notes=tuple(hide(note) for note in report.notes),
            run=hide(report.run),
            folder="" if self.scratch.holds(main) else str(main.resolve().parent),
        )
        return exported, time.perf_counter() - began

    def _publish(self, name: str, value: object, cancelled: Cancelled) -> None:
        self.ui.post(self._set, name, self._told(value), cancelled, key=name)

    # On the UI thread.

    def _set(self, name: str, value: Any, cancelled: Cancelled) -> None:
        # The request may have been superseded while the post waited.
        if cancelled():
            return
        if name == "status" and value.kind == "done" and self.state.outdated:
            value = SETTINGS_CHANGED  # meanwhile, without live
        self.state.set_trait(name, value)

    def _go_back(self, request: Request, cancelled: Cancelled) -> None:
        """Return to the last network, samples and sample that could be read."""
        loaded = self.state.loaded
        if cancelled() or loaded is None:
            return
        for name, asked in self.pipeline.loader.readable.items():
            if asked is not getattr(request, name):
                self.state.set_trait(name, asked)
        if self.state.sample >= len(loaded.dataset.x_test):
            self.state.sample = self.state.sample_run.sample if self.state.sample_run else 0

    def _with_leftover(self, text: str) -> str:
        run = self.state.sample_run
        return text if run is None else f"{text} The plots still show {run.title}."

    def _pointer(self, refusal: Refusal) -> str:
        """The refusal in a line; several reasons stand in a list beside the file chooser."""
        if len(refusal.reasons) == 1:
            return f"{refusal.network} is not supported: {refusal.reasons[0]}"
        loaded = self.state.loaded
        stays = "" if loaded is None else f" {loaded.network.name} stays open."
        return (
            f"{refusal.network} is not supported, for {len(refusal.reasons)} reasons: they are "
            f"listed under 'Network and samples'.{stays}"
        )

    def _told(self, value: Any) -> Any:
        """What may be shown of a value: uploads go by their names, not by their paths."""
        hide = self._shown
        if isinstance(value, Status):
            return replace(value, text=hide(value.text), details=hide(value.details))
        if isinstance(value, Refusal):
            reasons, problems = map(hide, value.reasons), map(hide, value.problems)
            return Refusal(value.network, tuple(reasons), tuple(problems))
        return value

    def _shown(self, text: str) -> str:
        text = self.scratch.hide(text)
        return text if self.capabilities.files else without_folders(text)

    def _say(self, status: Status) -> None:
        self.ui.post(self.state.set_trait, "status", self._told(status), key="status")

    def _say_of_export(self, status: Status) -> None:
        # Beside the status of the run, whose result stays true.
        self.ui.post(self.state.set_trait, "export_status", self._told(status), key="export_status")

    def _surprise(self, error: Exception) -> None:
        self._say(self.surprise(error))

    def _guarded(self, act: Callable[[], object]) -> None:
        try:
            act()
        except WorkbenchError as error:
            self._say(Status("error", str(error)))
        except Exception as error:
            self._surprise(error)


def refused(network: Any, error: UnsupportedLayerError) -> Refusal:
    """Say what about a network is not supported, as a list to read."""
    name = Path(network).name if isinstance(network, (str, Path)) else str(network.name)
    return Refusal(name, tuple(str(error).splitlines()), error.problems)
