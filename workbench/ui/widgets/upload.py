"""A button that brings a file of the user's machine to the kernel, however large."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from workbench.ui.session.scratch import too_large


class UploadButton(anywidget.AnyWidget):
    """Take a file when clicked.

    A Jupyter server drops messages above a size that its administrator sets (10 MB unless told
    otherwise), without a word to either side. So a file comes in parts, each of which is
    acknowledged before the next one is sent. The size is announced and counted: a file beyond the
    limit is refused before it comes, or while it comes if it was announced smaller.

    Parameters
    ----------
    on_file : callable
        Gets the file's name and its bytes.
    limit_bytes : int
        Size of the largest file that is taken.
    on_refused : callable, optional
        Gets the reason why a file was refused.
    accept : str
        File endings for the dialog, with commas between them.
    hint : str
        What the button does.
    label : str
        Words on the button; without them it shows a picture alone.
    """

    _esm = (Path(__file__).parent / "upload.js").read_text("utf-8")

    accept = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    part_bytes = traitlets.Int(2 * 2**20).tag(sync=True)

    def __init__(
        self,
        on_file: Callable[[str, bytes], None],
        *,
        limit_bytes: int = 2 * 10**9,
        on_refused: Callable[[str], None] | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self._on_file, self._on_refused = on_file, on_refused
        self._limit = limit_bytes  # no trait: a page may set those
        self._upload: object = None
        self._size = 0
        self._content = bytearray()
        self.on_msg(self._on_message)

    def _on_message(self, _widget: object, content: Any, buffers: Any) -> None:
        part = _part(content, buffers)
        if part is None:
            return
        upload, name, size, start, data = part
        if start == 0:  # a newly chosen file replaces one that is being sent
            self._upload, self._size, self._content = upload, size, bytearray()
        if upload != self._upload or start != len(self._content):
            return
        if max(self._size, start + data.nbytes) > self._limit:
            self._refuse(too_large(max(self._size, start + data.nbytes), self._limit))
            return
        if start + data.nbytes > self._size:
            self._refuse(f"'{name}' is larger than announced. Choose it again.")
            return
        self._content += data
        self.send({"kind": "taken", "upload": upload, "bytes": len(self._content)})
        if len(self._content) == self._size:
            whole = bytes(self._content)
            self._forget()
            self._on_file(name, whole)

    def _refuse(self, reason: str) -> None:
        self.send({"kind": "refused", "upload": self._upload, "reason": reason})
        self._forget()
        if self._on_refused is not None:
            self._on_refused(reason)

    def _forget(self) -> None:
        self._upload, self._size, self._content = None, 0, bytearray()


def _part(content: Any, buffers: Any) -> tuple[str, str, int, int, memoryview] | None:
    """Return what a message brings: upload, name, size, start and bytes. None if it is no part."""
    if not isinstance(content, dict) or content.get("kind") != "part" or not buffers:
        return None
    upload, name = content.get("upload"), content.get("name")
    size, start = content.get("size"), content.get("start")
    if not (isinstance(upload, str) and isinstance(name, str)):
        return None
    if not (type(size) is int and type(start) is int and min(size, start) >= 0):
        return None
    return upload, name, size, start, memoryview(buffers[0])
