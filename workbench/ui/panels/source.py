"""Choosing network and samples: bundled, by path, or uploaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets as widgets

from workbench import datasets
from workbench.ui.actions import UPLOAD_SUFFIXES
from workbench.ui.binding import Context
from workbench.ui.loading import BUNDLED_DATA
from workbench.ui.panels.refusal import refusal_panel
from workbench.ui.panels.rows import row, section

OWN = "(own)"
"""Value of the menus' last entry, for a file or object of the user's own."""

FITTING = "(fitting)"
"""Value that stands for no choice; a menu takes None for nothing selected."""


class SourceChooser:
    """A menu of bundled names, a field for a path, and an upload button.

    Parameters
    ----------
    context : Context
    setting : "network" or "data"
    label : str
    bundled : list of (label, value)
    accept : str
        File endings, for the upload dialog.
    """

    def __init__(
        self,
        context: Context,
        setting: str,
        label: str,
        bundled: list[tuple[str, Any]],
        accept: str,
    ):
        self.context, self.setting = context, setting
        self._bundled = [value for _, value in bundled]
        self._options = bundled
        self.menu = widgets.Dropdown(options=bundled, description=label)
        self.path = widgets.Text(
            description="or a file",
            placeholder=" ".join(e for e in accept.split(",") if e != ".hdf5"),
            continuous_update=False,
        )
        self.upload = widgets.FileUpload(
            accept=accept, multiple=False, description="", tooltip=f"Upload {label.lower()}"
        )
        self.menu.observe(self._on_menu, "value")
        self.path.observe(self._on_path, "value")
        self.upload.observe(self._on_upload, "value")
        context.watch([setting, "status"], self.refresh)
        self.box = widgets.VBox(
            [
                row(self.menu, css=f"swb-{setting}-menu"),
                row(self.path, self.upload, css=f"swb-{setting}-path"),
            ]
        )
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

    def _on_upload(self, change: dict[str, Any]) -> None:
        if self.context.ui.is_current or not change["new"]:
            return
        file = change["new"][0]
        self.context.actions.upload(self.setting, file["name"], bytes(file["content"]))

    def refresh(self) -> None:
        """Show what is asked for; after a refusal that is the previous choice again.

        The path that was refused stays in its field, to be corrected.
        """
        asked = getattr(self.context.state, self.setting)
        bundled = isinstance(asked, (str, type(None))) and (asked or FITTING) in self._bundled
        wanted = (asked or FITTING) if bundled else OWN
        if asked is self._shown and self.menu.value == wanted:
            return
        self._shown = asked
        options = [*self._options] if bundled else [*self._options, (_name(asked), OWN)]
        if list(self.menu.options) != options:
            self.menu.options = options
        self.menu.value = wanted
        if bundled and self.context.state.status.kind != "error":
            self.path.value = ""


def _name(asked: Any) -> str:
    if isinstance(asked, (str, Path)):
        return Path(asked).name
    return str(getattr(asked, "name", type(asked).__name__))


def source_panel(context: Context) -> widgets.VBox:
    """Choosers of network and samples."""
    networks = [(name, name) for name in datasets.model_names()]
    samples = [("matching digits", FITTING), *((name, name) for name in BUNDLED_DATA)]
    endings = {kind: ",".join(suffixes) for kind, suffixes in UPLOAD_SUFFIXES.items()}
    network = SourceChooser(context, "network", "Network", networks, endings["network"])
    data = SourceChooser(context, "data", "Samples", samples, endings["data"])
    return section("Network and samples", network.box, refusal_panel(context), data.box)
