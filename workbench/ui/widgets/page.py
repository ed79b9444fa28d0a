"""The style sheet, and names and help of controls where ipywidgets gives none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

_HERE = Path(__file__).parent


class Page(anywidget.AnyWidget):
    """Invisible; put one into each workbench.

    It brings the style sheet, labels the bare number inputs of each row with the row's words, and
    reports when a browser shows the workbench: each time that a page has built its widgets, puts a
    question mark with help into rows, and says what to do once the kernel is gone.

    Parameters
    ----------
    helps : dict of str to str
        By a CSS class of a row: what its controls do.
    """

    _esm = "".join((_HERE / name).read_text("utf-8") for name in ("kernel.js", "page.js"))
    _css = "".join(
        (_HERE / name).read_text("utf-8") for name in ("workbench.css", "screen.css", "narrow.css")
    )

    helps = traitlets.Dict().tag(sync=True)

    def on_shown(self, callback: Callable[[], object]) -> None:
        """Call `callback` each time that a browser shows the workbench, on the kernel's thread."""

        def on_message(_widget: object, content: Any, _buffers: object) -> None:
            if isinstance(content, dict) and content.get("kind") == "shown":
                callback()

        self.on_msg(on_message)
