"""The line at the top: what is open, and the buttons that act on all of it."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape
from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.session.messages import short_count


class TitlePanel:
    """Name of what is open; undo, redo, pin, live, run, stop and presentation mode."""

    def __init__(self, context: Context):
        self.context = context
        self.title = widgets.HTML()
        self.title.add_class("swb-title")
        self.live = widgets.ToggleButton(description="Live", tooltip="Run after every change")
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
        self.pin = widgets.Button(
            description="Pin", tooltip="Keep this run in the plots, to compare others with it"
        )
        self.pin.add_class("swb-pin-button")
        self.pin.on_click(lambda _button: context.actions.pin())
        self.present = present = widgets.ToggleButton(
            description=SETTINGS["presentation"].label, tooltip=SETTINGS["presentation"].help
        )
        present.add_class("swb-present")
        context.bind(present, "presentation")
        self.buttons = widgets.HBox([self.undo, self.redo, self.pin, present, self.live, run, stop])
        self.buttons.add_class("swb-buttons")
        self.box = widgets.HBox([self.title, self.buttons])
        self.box.add_class("swb-top")
        context.watch(["loaded", "status", "network", "data"], self.show_title, later=True)
        context.watch(["live"], self.show_live)
        context.watch(["undoable", "redoable"], self.show_history, later=True)
        context.watch(["presentation"], self.show_presentation)
        self.show_title()
        self.show_history()

    def _on_live(self, change: dict[str, bool]) -> None:
        if not self.context.ui.is_current:
            self.context.actions.set_live(change["new"])

    def show_live(self) -> None:
        """Show whether live is on."""
        self.live.value = self.context.state.live

    def show_presentation(self) -> None:
        """Say how to leave the presentation, while it goes on."""
        name = SETTINGS["presentation"].label
        self.present.description = "Leave (Esc)" if self.context.state.presentation else name

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
        about = "opening …" if self.context.state.status.kind == "busy" else "nothing is open"
        if loaded is not None:
            totals = loaded.network.totals
            about = (
                f"{'still shown: ' if leftover else ''}"
                f"<b>{escape(loaded.network.name)}</b> on {escape(loaded.dataset.name)}"
                f'<span class="swb-facts"><span>{short_count(totals.neurons)} neurons</span>'
                f"<span>{short_count(totals.synapses)} synapses</span>"
                f"<span>{short_count(totals.parameters)} parameters</span></span>"
            )
        self.title.value = (
            f'<span class="swb-brand" role="heading" aria-level="2">snn-workbench</span>'
            f'<span class="swb-about">{about}</span>'
        )
