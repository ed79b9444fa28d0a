"""Writing the network for a target, as the form or a script ordered it, on a thread of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench import workflow
from workbench.errors import ExportError, WorkbenchError
from workbench.exporters.registry import find_target
from workbench.exporters.target import Target
from workbench.setting import Setting
from workbench.setting_values import Program
from workbench.ui.session.messages import duration
from workbench.ui.session.pipeline import Pipeline
from workbench.ui.session.request import Request
from workbench.ui.session.results import Exported, Status
from workbench.ui.session.scratch import Scratch
from workbench.ui.session.status_lines import StatusLines
from workbench.ui.session.ui_thread import UIThread
from workbench.util.capabilities import Capabilities


@dataclass(frozen=True, eq=False)
class ExportRequest:
    """An export that was asked for, with the settings as they were."""

    request: Request
    target: str
    path: str
    overwrite: bool
    samples: int
    options: Mapping[str, Any]

    @property
    def under_way(self) -> Status:
        """What to say while it is met."""
        return Status("busy", f"Exporting '{self.path}' for {self.target}, and checking it …")


class ExportQueue:
    """Meets requests one after the other, none left out: a person waits for the files of each.

    Parameters
    ----------
    lines : StatusLines
        Where it tells how far it is.
    """

    def __init__(self, lines: StatusLines):
        self._lines, self._closed = lines, False
        self._thread = UIThread(on_error=lines.say_surprise, name="workbench-export")

    def submit(self, order: ExportRequest, pipeline: Pipeline, scratch: Scratch) -> None:
        """Meet a request after those before it; return at once."""
        self._lines.say_of_export(order.under_way)
        self._thread.post(self._meet, order, pipeline, scratch)

    def wait(self, timeout: float | None = None) -> bool:
        """Block until all requests are met; False when `timeout` (seconds) ran out."""
        return self._thread.flush(timeout)

    def shutdown(self, timeout: float) -> None:
        """End the thread after the request it is at, or after `timeout` seconds."""
        self._closed = True
        self._thread.shutdown(timeout)

    def _meet(self, order: ExportRequest, pipeline: Pipeline, scratch: Scratch) -> None:
        if self._closed:
            return
        self._lines.show_export(None)
        self._lines.say_of_export(order.under_way)
        began = time.perf_counter()
        try:
            exported = write(order, pipeline, scratch, self._lines.shown)
        except WorkbenchError as error:
            self._lines.say_of_export(Status("error", str(error)))
        except Exception as error:
            self._lines.say_of_export(self._lines.surprise(error))
        else:
            seconds = time.perf_counter() - began
            self._lines.show_export(exported)
            where = ", ".join(Path(file).name for file in exported.files)
            found = exported.parity.partition(":")[0]  # the form tells the rest
            told = f"Exported {where} in {duration(seconds)}. {found}."
            self._lines.say_of_export(Status("done", told))


def write(
    order: ExportRequest, pipeline: Pipeline, scratch: Scratch, hide: Callable[[str], str]
) -> Exported:
    """Convert, write and check.

    Parameters
    ----------
    order : ExportRequest
    pipeline : Pipeline
        Whose networks are used again; it goes on showing what it shows.
    scratch : Scratch
        Where viewers' files go.
    hide : callable
        Takes out of a text what may not be shown.

    Raises
    ------
    WorkbenchError
        If the order cannot be met.
    """
    if not order.path:
        raise ExportError("Give a name for the files.")
    if order.samples < 0:
        raise ExportError(f"Test samples is {order.samples}; accepted: integers from 0.")
    target = find_target(order.target)
    _check_allowed(target, order.options, pipeline.loader.capabilities)
    request, loaded = pipeline.opened(order.request)
    spiking = pipeline.convert(loaded, request.conversion)
    options = dict(order.options)
    count = min(order.samples, len(loaded.dataset.x_test))
    if count:
        options["samples"] = loaded.dataset.x_test[:count]
        if loaded.dataset.y_test is not None:
            options["labels"] = loaded.dataset.y_test[:count]
    report = workflow.export(
        spiking,
        target.name,
        scratch.place(order.path),
        overwrite=order.overwrite,
        steps=request.simulation.steps if target.takes_steps else None,
        **options,
    )
    main = report.files[0]
    return Exported(
        target=target.name,
        files=tuple(str(file) for file in report.files),
        parity=hide(str(report.parity)),
        notes=tuple(hide(note) for note in report.notes),
        run=hide(report.run),
        folder="" if scratch.holds(main) else str(main.resolve().parent),
        asked=request,
    )


def may_choose(each: Setting, capabilities: Capabilities) -> bool:
    """Whether a person may choose an option, or who runs the server does."""
    program = isinstance(each.values, Program)
    return (capabilities.interpreters or not program) and (
        capabilities.machine or not each.of_machine
    )


def _check_allowed(target: Target, options: Mapping[str, Any], capabilities: Capabilities) -> None:
    declared = target.declared
    refused = [n for n in options if n in declared and not may_choose(declared[n], capabilities)]
    if refused:
        raise ExportError(
            f"{', '.join(refused)} cannot be changed here: the owner of this server sets the "
            "programs that checks start, and how long they may take."
        )
