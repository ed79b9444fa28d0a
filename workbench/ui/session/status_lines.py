"""The two status lines, of the run and of the export, and what a person may be told in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from workbench.errors import WorkbenchError
from workbench.ui.session.results import Exported, Refusal, Status
from workbench.ui.session.scratch import Scratch
from workbench.ui.session.state import State
from workbench.ui.session.surprises import surprise, without_folders
from workbench.ui.session.ui_thread import UIThread


class StatusLines:
    """Writes the status lines, on the UI thread.

    Parameters
    ----------
    state : State
    ui : UIThread
    scratch : Scratch
        Whose files go by the names that their owners gave them.
    """

    def __init__(self, state: State, ui: UIThread, scratch: Scratch):
        self._state, self._ui, self._scratch = state, ui, scratch

    def say(self, status: Status) -> None:
        """Show what became of the run, or of anything else but an export."""
        self._ui.post(self._state.set_trait, "status", self.told(status), key="status")

    def say_of_export(self, status: Status) -> None:
        """Show what became of an export, beside the status of the run, which stays true."""
        told = self.told(status)
        self._ui.post(self._state.set_trait, "export_status", told, key="export_status")

    def show_export(self, exported: Exported | None) -> None:
        """Show the files of an export; None while another one goes on."""
        self._ui.post(self._state.set_trait, "exported", exported, key="exported")

    def forget_export(self) -> None:
        """Clear what is said of an export: it was of settings before. On the UI thread."""
        if self._state.export_status.kind != "busy":
            self._state.set_trait("export_status", Status())

    def say_surprise(self, error: Exception) -> None:
        """Show an error that should not have happened."""
        self.say(self.surprise(error))

    def surprise(self, error: Exception) -> Status:
        """Tell an error that should not have happened, as much of it as may be shown."""
        return surprise(error, self._state.capabilities)

    def guarded(self, act: Callable[[], object]) -> None:
        """Call something, and show its refusal instead of raising it."""
        try:
            act()
        except WorkbenchError as error:
            self.say(Status("error", str(error)))
        except Exception as error:
            self.say_surprise(error)

    def told(self, value: Any) -> Any:
        """Return what may be shown of a value: uploads go by their names, not by their paths."""
        hide = self.shown
        if isinstance(value, Status):
            return replace(value, text=hide(value.text), details=hide(value.details))
        if isinstance(value, Refusal):
            reasons, problems = map(hide, value.reasons), map(hide, value.problems)
            return Refusal(value.network, tuple(reasons), tuple(problems))
        return value

    def shown(self, text: str) -> str:
        """Return what may be shown of a text."""
        text = self._scratch.hide(text)
        return text if self._state.capabilities.files else without_folders(text)

    def with_leftover(self, text: str) -> str:
        """Add to a refusal what the plots still show."""
        run = self._state.sample_run
        return text if run is None else f"{text} The plots still show {run.title}."

    def pointer(self, refusal: Refusal) -> str:
        """Return a refusal in a line; several reasons stand in a list beside the file chooser."""
        if len(refusal.reasons) == 1:
            return f"{refusal.network} is not supported: {refusal.reasons[0]}"
        loaded = self._state.loaded
        stays = "" if loaded is None else f" {loaded.network.name} stays open."
        return (
            f"{refusal.network} is not supported, for {len(refusal.reasons)} reasons: they are "
            f"listed below the menus of network and samples.{stays}"
        )
