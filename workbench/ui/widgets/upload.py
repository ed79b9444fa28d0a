"""A button that brings a file of the user's machine to the kernel, however large."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets


class UploadButton(anywidget.AnyWidget):
    """Take a file when clicked.

    A Jupyter server drops messages above a size that its administrator sets (10 MB unless told
    otherwise), without a word to either side. So a file comes in parts, each of which is
    acknowledged before the next one is sent.

    Parameters
    ----------
    on_file : callable
        Gets the file's name and its bytes.
    accept : str
        File endings for the dialog, with commas between them.
    hint : str
        What the button does.
    """

    _esm = (Path(__file__).parent / "upload.js").read_text("utf-8")

    accept = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    part_bytes = traitlets.Int(2 * 2**20).tag(sync=True)

    def __init__(self, on_file: Callable[[str, bytes], None], **kwargs: Any):
        super().__init__(**kwargs)
        self._on_file = on_file
        self._upload: object = None
        self._content = bytearray()
        self.on_msg(self._on_message)

    def _on_message(self, _widget: object, content: Any, buffers: Any) -> None:
        if not isinstance(content, dict) or content.get("kind") != "part" or not buffers:
            return
        if content["start"] == 0:  # a file chosen anew takes the place of one on its way
            self._upload, self._content = content["upload"], bytearray()
        if content["upload"] != self._upload or content["start"] != len(self._content):
            return
        self._content += bytes(buffers[0])
        self.send({"kind": "taken", "upload": self._upload, "bytes": len(self._content)})
        if len(self._content) >= content["size"]:
            whole = bytes(self._content)
            self._upload, self._content = None, bytearray()
            self._on_file(str(content["name"]), whole)
