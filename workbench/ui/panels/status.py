"""The status line: idle, computing or out of date, with how far a long run is."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape
from workbench.ui.session.all_settings import ASKED
from workbench.ui.session.results import Status
from workbench.ui.session.state import State


def status_panel(context: Context) -> widgets.HTML:
    """One line of small text; an export that goes on has one of its own below it."""
    box = widgets.HTML()
    box.add_class("swb-status-box")

    def show() -> None:
        words = status_html(context.state)
        if box.value != words:
            box.value = words

    context.watch([*ASKED, "status", "export_status", "sample_run", "loaded"], show, later=True)
    show()
    return box


def status_html(state: State) -> str:
    """Return the line of a state. Its lamp is green over results of the present settings alone."""
    status = state.status
    old = bool(state.outdated or state.leftover)
    kind = "stale" if old and status.kind in ("idle", "done", "stopped") else status.kind
    text = escape(status.text).replace("\n", "<br>")
    role = "alert" if kind == "error" else "status"
    details = ""
    if status.details:
        details = (
            "<details><summary>Details for a report</summary>"
            f"<pre>{escape(status.details)}</pre></details>"
        )
    return (
        f'<div class="swb-status swb-{kind}" role="{role}">'
        f'<span class="swb-lamp"></span><span class="swb-status-text">{text}</span>'
        f"{progress_bar(status.progress)}{_export_line(state.export_status)}</div>{details}"
    )


def progress_bar(progress: float | None) -> str:
    """A bar for the share of the work that is done."""
    if progress is None:
        return ""
    percent = 100 * progress
    return (
        f'<span class="swb-progress" role="progressbar" aria-label="Progress" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{percent:.0f}">'
        f'<span style="width:{percent:.1f}%"></span></span>'
    )


def _export_line(status: Status) -> str:
    """The export's own line: the result of the run stays beside it."""
    if status.kind == "idle":
        return ""
    return (
        f'<span class="swb-status-export swb-{status.kind}-export">'
        f'<span class="swb-lamp"></span><span class="swb-status-text">{escape(status.text)}</span>'
        "</span>"
    )
