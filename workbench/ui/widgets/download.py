"""A button that saves a file of the kernel's machine on the user's, in JupyterLab and Voila."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets


class DownloadButton(anywidget.AnyWidget):
    """Save a file when clicked.

    The bytes travel by the widget's own connection, so it works where the page may not read
    files of the server, as under Voila.

    Parameters
    ----------
    path : str or Path
        Read at the click, not before.
    """

    _esm = (Path(__file__).parent / "download.js").read_text("utf-8")

    file_name = traitlets.Unicode().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)

    def __init__(self, path: str | Path, **kwargs: Any):
        self.path = Path(path)
        super().__init__(file_name=self.path.name, **kwargs)
        self.on_msg(self._on_message)

    def _on_message(self, _widget: object, content: Any, _buffers: object) -> None:
        if content != "get":
            return
        try:
            data = self.path.read_bytes()
        except OSError as error:
            self.error = f"{self.path.name} cannot be read: {error.strerror or error}."
            return
        self.error = ""
        self.send({"kind": "file", "name": self.path.name}, [data])
