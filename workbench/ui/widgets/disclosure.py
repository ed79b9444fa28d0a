"""A heading that opens and closes what follows it, by mouse, finger and keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets


class Disclosure(anywidget.AnyWidget):
    """A button; what follows it in the same box is hidden until it is pressed.

    Opening needs no kernel. The headers of the accordion of ipywidgets are no buttons: the keyboard
    does not reach them.

    Parameters
    ----------
    title : str

    Attributes
    ----------
    unfolded : bool
        Whether what follows is shown.
    """

    _esm = (Path(__file__).parent / "disclosure.js").read_text("utf-8")

    title = traitlets.Unicode().tag(sync=True)
    unfolded = traitlets.Bool(False).tag(sync=True)

    def __init__(self, title: str, **kwargs: Any):
        super().__init__(title=title, **kwargs)
        self.add_class("swb-disclosure")
