"""The head: what is open, undo and redo, live or not, run, stop, and the status line."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape
from workbench.ui.session.messages import short_count
from workbench.ui.session.results import Status


class HeaderPanel:
    """Title, undo, redo, live toggle, run, stop and status."""

    def __init__(self, context: Context):
        self.context = context
        self.title = widgets.HTML()
        self.title.add_class("swb-title")
        self.status = widgets.HTML()
        self.status.add_class("swb-status-box")
        self.live = widgets.ToggleButton(
            description="Live", tooltip="Run after every change", icon=""
        )
        self.live.value = context.state.live
        self.live.add_class("swb-live")
        self.live.observe(self._on_live, "value")
        run = widgets.Button(description="Run", tooltip="Run with the current settings")
        run.add_class("swb-run")
        run.on_click(lambda _button: context.actions.run())
        stop = widgets.Button(description="Stop", tooltip="Stop the simulation")
        stop.add_class("swb-stop")
        stop.on_click(lambda _button: context.actions.stop())
        self.undo = widgets.Button(description="Undo")
        self.undo.on_click(lambda _button: context.actions.undo())
        self.redo = widgets.Button(description="Redo")
        self.redo.on_click(lambda _button: context.actions.redo())
        buttons = widgets.HBox([self.undo, self.redo, self.live, run, stop])
        buttons.add_class("swb-buttons")
        top = widgets.HBox([self.title, buttons])
        top.add_class("swb-top")
        self.box = widgets.VBox([top, self.status])
        self.box.add_class("swb-header")
        context.watch(["loaded", "status", "network", "data"], self.show_title)
        context.watch(["status", "export_status"], self.show_status)
        context.watch(["live"], self.show_live)
        context.watch(["undoable", "redoable"], self.show_history)
        self.show_title()
        self.show_status()
        self.show_history()

    def _on_live(self, change: dict[str, bool]) -> None:
        if not self.context.ui.is_current:
            self.context.actions.set_live(change["new"])

    def show_live(self) -> None:
        """Show whether live is on."""
        self.live.value = self.context.state.live

    def show_history(self) -> None:
        """Show whether there is something to undo and to redo, and what."""
        state = self.context.state
        for button, names in ((self.undo, state.undoable), (self.redo, state.redoable)):
            what = ", ".join(name.replace("_", " ") for name in names)
            button.disabled = not names
            button.tooltip = (
                f"{button.description} the change of {what}"
                if names
                else f"{button.description}: no change of a setting"
            )

    def show_title(self) -> None:
        """Name the network and the samples, with the totals."""
        loaded, leftover = self.context.state.loaded, self.context.state.leftover
        about = "opening …"
        if loaded is not None:
            totals = loaded.network.totals
            about = (
                f"{'still shown: ' if leftover else ''}"
                f"<b>{escape(loaded.network.name)}</b> on {escape(loaded.dataset.name)}"
                f'<span class="swb-facts">{short_count(totals.neurons)} neurons · '
                f"{short_count(totals.synapses)} synapses · "
                f"{short_count(totals.parameters)} parameters</span>"
            )
        self.title.value = (
            f'<span class="swb-brand" role="heading" aria-level="2">snn-workbench</span>'
            f'<span class="swb-about">{about}</span>'
        )

    def show_status(self) -> None:
        """Show the status line, how far a long run is, and how the last export went."""
        status, export = self.context.state.status, self.context.state.export_status
        text = escape(status.text).replace("\n", "<br>")
        role = "alert" if status.kind == "error" else "status"
        details = ""
        if status.details:
            details = (
                "<details><summary>Details for a report</summary>"
                f"<pre>{escape(status.details)}</pre></details>"
            )
        self.status.value = (
            f'<div class="swb-status swb-{status.kind}" role="{role}">'
            f'<span class="swb-lamp"></span><span class="swb-status-text">{text}</span>'
            f"{_bar(status.progress)}{_export_line(export)}</div>{details}"
        )


def _bar(progress: float | None) -> str:
    """A bar for the share of the work that is done."""
    if progress is None:
        return ""
    percent = 100 * progress
    return (
        f'<span class="swb-progress" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent:.0f}"><span style="width:{percent:.1f}%"></span></span>'
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


def header_panel(context: Context) -> widgets.VBox:
    """The head of the workbench."""
    return HeaderPanel(context).box
