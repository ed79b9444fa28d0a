"""Choosing network and samples: bundled, by path, or uploaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets as widgets

from workbench import datasets
from workbench.ui.binding import Context
from workbench.ui.panels.layout import folded, row
from workbench.ui.panels.refusal import refusal_panel
from workbench.ui.session.loading import BUNDLED_DATA
from workbench.ui.session.scratch import upload_limit
from workbench.ui.session.uploads import UPLOAD_SUFFIXES
from workbench.ui.widgets import UploadButton

OWN = "(own)"
"""Value of the menus' last entry, for a file or object of the user's own."""

ABOUT = {
    "network": "Trained networks that come with the package.",
    "data": "Samples that come with the package.",
}

FITTING = "(fitting)"
"""Value that means no choice; a menu takes None for nothing selected."""


class SourceChooser:
    """A menu of bundled names, an upload button, and a field for a path where paths are opened.

    Parameters
    ----------
    context : Context
    setting : "network" or "data"
    label : str
    bundled : list of (label, value)
    accept : str
        File endings, for the upload dialog.
    hint : str
        What the field for a path accepts.
    """

    def __init__(
        self,
        context: Context,
        setting: str,
        label: str,
        bundled: list[tuple[str, Any]],
        accept: str,
        hint: str,
    ):
        self.context, self.setting = context, setting
        self._bundled = [value for _, value in bundled]
        self._options = bundled
        self.menu = widgets.Dropdown(options=bundled, description=label, tooltip=ABOUT[setting])
        self.upload = UploadButton(
            self._on_upload,
            accept=accept,
            hint=f"Upload {label.lower()} from this computer",
            limit_bytes=upload_limit(context.actions.capabilities),
            on_refused=context.actions.refuse,
        )
        self.upload.add_class("swb-upload-box")
        self.menu.observe(self._on_menu, "value")
        self.path: widgets.Text | None = None
        if context.actions.capabilities.files:
            self.path = widgets.Text(
                description=f"{label} file",
                placeholder=hint,
                tooltip=f"Path of a file on this machine: {hint}",
                continuous_update=False,
            )
            self.path.observe(self._on_path, "value")
        other = self.path or widgets.Label(
            f"{label} file", tooltip=f"A file of your computer: {accept.replace(',', ' ')}"
        )
        context.watch([setting, "status", "refusal"], self.refresh)
        self.menu_row = row(self.menu, css=f"swb-{setting}-menu")
        self.file_row = row(other, self.upload, css=f"swb-{setting}-path")
        self._shown: Any = object()
        self.refresh()

    def _on_menu(self, change: dict[str, Any]) -> None:
        if not self.context.ui.is_current and change["new"] not in (OWN, None):
            chosen = None if change["new"] == FITTING else change["new"]
            self.context.actions.change(**{self.setting: chosen})

    def _on_path(self, change: dict[str, Any]) -> None:
        text = change["new"].strip()
        if not self.context.ui.is_current and text:
            self.context.actions.change(**{self.setting: text})

    def _on_upload(self, name: str, content: bytes) -> None:
        self.context.actions.uploads.open(self.setting, name, content)

    def refresh(self) -> None:
        """Show what is asked for; after a refusal that is the previous choice again.

        The path that was refused stays in its field, to be corrected.
        """
        asked = getattr(self.context.state, self.setting)
        bundled = isinstance(asked, (str, type(None))) and (asked or FITTING) in self._bundled
        wanted = (asked or FITTING) if bundled else OWN
        self._clear_path(bundled)
        if asked is self._shown and self.menu.value == wanted:
            return
        self._shown = asked
        options = [*self._options] if bundled else [*self._options, (_name(asked), OWN)]
        if list(self.menu.options) != options:
            self.menu.options = options
        self.menu.value = wanted

    def _clear_path(self, bundled: bool) -> None:
        """Forget a path once something else is shown; one that was refused can be corrected."""
        if self.path is None:
            return
        state = self.context.state
        refused = state.status.kind == "error" or (
            self.setting == "network" and state.refusal is not None
        )
        if bundled and not refused and self.path.value:
            self.path.value = ""


def _name(asked: Any) -> str:
    if isinstance(asked, (str, Path)):
        return Path(asked).name
    return str(getattr(asked, "name", type(asked).__name__))


def source_panel(context: Context) -> widgets.VBox:
    """Choosers of network and samples."""
    networks = [(name, name) for name in datasets.model_names()]
    samples = [("automatic", FITTING), *((name, name) for name in BUNDLED_DATA)]
    endings = {kind: ",".join(suffixes) for kind, suffixes in UPLOAD_SUFFIXES.items()}
    accepted = " ".join(e for e in UPLOAD_SUFFIXES["network"] if e != ".hdf5")
    network = SourceChooser(context, "network", "Network", networks, endings["network"], accepted)
    data = SourceChooser(context, "data", "Samples", samples, endings["data"], ".npz or a folder")
    files = folded("Open a file", network.file_row, data.file_row)
    files.add_class("swb-files")
    box = widgets.VBox([network.menu_row, data.menu_row, files, refusal_panel(context)])
    box.add_class("swb-source")
    return box
