"""Settings as a file: saved on the user's computer, and loaded from there."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.settings_file import MOST_BYTES, settings_to_toml
from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape, folded, row
from workbench.ui.widgets import DownloadButton, UploadButton

FILE_NAME = "settings.toml"


def settings_file_panel(context: Context) -> widgets.VBox:
    """Two buttons, and what came of loading; refusals stand in the status line.

    Contents go by the page's own connection alone: nothing here opens a path of the machine.
    """
    note = widgets.HTML()
    note.add_class("swb-settings-note")
    note.layout.display = "none"

    def content() -> bytes:
        state = context.state
        return settings_to_toml(state.conversion, state.simulation).encode()

    def show(told: str) -> None:
        note.value = f'<span role="status">{escape(told)}</span>'
        note.layout.display = "" if told else "none"

    def on_file(name: str, loaded: bytes) -> None:
        context.ui.post(show, context.actions.uploads.load_settings(name, loaded), key=show)

    save = DownloadButton(
        FILE_NAME,
        content=content,
        label="Save settings",
        hint=f"Save the settings of conversion and simulation on this computer, as {FILE_NAME}",
    )
    load = UploadButton(
        on_file,
        accept=".toml",
        label="Load settings",
        hint="Load settings from a .toml file of this computer; those that it leaves out get their "
        "defaults",
        limit_bytes=MOST_BYTES,
        on_refused=context.actions.refuse,
    )
    reset = widgets.Button(
        description="Reset all",
        tooltip="Set conversion and simulation back to their defaults; Undo takes that back",
    )
    reset.add_class("swb-small")
    reset.add_class("swb-reset-all")
    reset.on_click(lambda _button: context.actions.reset())
    return folded("Settings", row(save, load, reset, css="swb-settings-file"), note)
