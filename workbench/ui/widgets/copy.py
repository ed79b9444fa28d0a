"""A button that puts a text on the clipboard of the user's computer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets


class CopyButton(anywidget.AnyWidget):
    """Copy a text when clicked; the browser does it, without the kernel.

    Parameters
    ----------
    label, hint : str
        What the button shows and does.

    Attributes
    ----------
    text : str
        What is copied.
    """

    _esm = (Path(__file__).parent / "copy.js").read_text("utf-8")

    text = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)

    def __init__(self, label: str, **kwargs: Any):
        super().__init__(label=label, **kwargs)
