"""A button that saves a file of the kernel's machine on the user's, in JupyterLab and Voila."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

_HERE = Path(__file__).parent


class DownloadButton(anywidget.AnyWidget):
    """Save a file when clicked.

    The bytes travel by the widget's own connection, so it works where the page may not read
    files of the server, as under Voila.

    Parameters
    ----------
    path : str or Path
        Read at the click, not before.
    content : callable, optional
        Returns the bytes to save in place of the file's; then `path` is no more than a name.
    label, hint : str
        What the button shows and does; by default the file's name.
    """

    _esm = "".join((_HERE / name).read_text("utf-8") for name in ("saving.js", "download.js"))

    file_name = traitlets.Unicode().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, path: str | Path, *, content: Callable[[], bytes] | None = None, **kwargs: Any
    ):
        self.path = Path(path)
        self._content = self.path.read_bytes if content is None else content
        super().__init__(file_name=self.path.name, **kwargs)
        self.on_msg(self._on_message)

    def _on_message(self, _widget: object, content: Any, _buffers: object) -> None:
        if content != "get":
            return
        try:
            data = self._content()
        except OSError as error:
            self.error = f"{self.path.name} cannot be read: {error.strerror or error}."
            return
        self.error = ""
        self.send({"kind": "file", "name": self.path.name}, [data])
