"""Writing the network for a target, as the form or a script ordered it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench import workflow
from workbench.errors import ExportError
from workbench.exporters.targets import PROGRAMS
from workbench.ui.session.pipeline import Pipeline, Request
from workbench.ui.session.results import Exported, Status
from workbench.ui.session.scratch import Scratch


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
    chosen = sorted(PROGRAMS & set(order.options))
    if chosen and not pipeline.loader.capabilities.interpreters:
        raise ExportError(
            f"{', '.join(chosen)} cannot be changed here: the owner of this server sets the "
            "programs that checks start."
        )
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
        order.target,
        scratch.place(order.path),
        overwrite=order.overwrite,
        **options,
    )
    main = report.files[0]
    return Exported(
        target=order.target,
        files=tuple(str(file) for file in report.files),
        parity=hide(str(report.parity)),
        notes=tuple(hide(note) for note in report.notes),
        run=hide(report.run),
        folder="" if scratch.holds(main) else str(main.resolve().parent),
        asked=request,
    )
