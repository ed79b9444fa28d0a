"""Opening files that a person sends from a computer of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from workbench.errors import DataError, ModelFileError, WorkbenchError
from workbench.ingest.keras_files import MODEL_SUFFIXES as KERAS
from workbench.ingest.onnx import SUFFIX as ONNX
from workbench.settings_file import decoded
from workbench.ui.session.own_input import read_given
from workbench.ui.session.owner_settings import kept_by_owner
from workbench.ui.session.scratch import Scratch, plain_name
from workbench.ui.session.state import State
from workbench.ui.session.status_lines import StatusLines

UPLOAD_SUFFIXES = {"network": (*KERAS, ONNX, ".snn"), "data": (".npz",)}


class Uploads:
    """Opens uploaded networks, samples, inputs and settings.

    Parameters
    ----------
    state : State
    lines : StatusLines
        Which tell what is refused.
    scratch : Scratch
        Where files lie.
    """

    def __init__(self, state: State, lines: StatusLines, scratch: Scratch):
        self._state, self._lines, self._scratch = state, lines, scratch

    def load_settings(self, name: str, content: bytes) -> str:
        """Set everything that a file of settings says, at once; or nothing, if it is refused.

        Parameters
        ----------
        name : str
            The file's name on the user's machine.
        content : bytes
            TOML, as `wb.save_settings` writes it. What it leaves out goes to its default.

        Returns
        -------
        str
            The result, or the reason of a refusal, which the status line shows as well.
        """
        told = []

        def load() -> None:
            try:
                conversion, simulation = decoded(plain_name(name), content)
            except WorkbenchError as error:
                # Not in the status line alone, which a run that goes on writes soon.
                told.append(f"Not loaded. {self._lines.shown(str(error))}")
                raise
            values = {**vars(conversion), **vars(simulation)}
            kept = kept_by_owner(self._state, values)
            self._state.change(**{key: values[key] for key in values if key not in kept})
            stays = (
                f" Kept, because the owner of this server sets them: {', '.join(kept)}."
                if kept
                else ""
            )
            told.append(f"Loaded {plain_name(name)}.{stays}")

        self._lines.guarded(load)
        return "".join(told)

    def open(self, kind: str, name: str, content: bytes) -> None:
        """Open an uploaded file.

        Parameters
        ----------
        kind : "network" or "data"
        name : str
            The file's name on the user's machine.
        content : bytes
        """

        def store() -> None:
            accepted, plain = UPLOAD_SUFFIXES[kind], plain_name(name)
            if Path(plain).suffix.lower() not in accepted:
                raise ModelFileError(
                    f"'{plain}' is not accepted here; accepted: {', '.join(accepted)}."
                )
            self._state.change(**{kind: self._scratch.store(plain, content)})

        self._lines.guarded(store)

    def show_input(self, name: str, content: bytes) -> None:
        """Show an uploaded image or array in place of the test sample.

        Parameters
        ----------
        name : str
            The file's name on the user's machine.
        content : bytes
        """

        def show() -> None:
            loaded = self._state.loaded
            if loaded is None:
                raise DataError("No network is open yet. Wait until one is, and upload again.")
            given = read_given(plain_name(name), content, loaded.network)
            own = replace(self._state.own_input, strokes=(), given=given, centre=False)
            self._state.change(own_input=own)

        self._lines.guarded(show)
