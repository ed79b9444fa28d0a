"""The style sheet, and names and help of controls where ipywidgets gives none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from workbench.ui.stand_in import STAND_IN

_HERE = Path(__file__).parent
_PARTS = ("kernel.js", "keys.js", "presentation.js", "screen_picture.js", "page.js")
STYLES = (
    "workbench.css", "screen.css", "diagnose.css", "sweep.css", "data.css", "narrow.css",
    "demos.css",
)  # fmt: skip


class Page(anywidget.AnyWidget):
    """Invisible; put one into each workbench.

    It brings the style sheet, labels the bare number inputs of each row with the row's words, and
    reports when a browser shows the workbench: each time that a page has built its widgets, puts a
    question mark with help into rows, and says what to do once the kernel is gone.

    Parameters
    ----------
    helps : dict of str to str
        By a CSS class of a row: what its controls do.

    Attributes
    ----------
    changed : list of str
        CSS classes of rows that get a button which sets them back.
    mark : str
        Of what stands in for the workbench in its notebook (`workbench.ui.stand_in`).
    plot_room : int
        Pixels of height that the first plots have on the first screen, as the browser tells.
    wide : bool
        Whether the browser has room for larger type.
    presentation : bool
        Whether the workbench is shown in large type, with little else than the answer. The page
        clears it when Esc is pressed, and sets it where its address has ``?presentation``.
    """

    _esm = STAND_IN + "".join((_HERE / name).read_text("utf-8") for name in _PARTS)
    _css = "".join((_HERE / name).read_text("utf-8") for name in STYLES)

    helps = traitlets.Dict().tag(sync=True)
    changed = traitlets.List(traitlets.Unicode()).tag(sync=True)
    mark = traitlets.Unicode().tag(sync=True)
    plot_room = traitlets.Int(0).tag(sync=True)
    wide = traitlets.Bool(False).tag(sync=True)
    presentation = traitlets.Bool(False).tag(sync=True)

    def on_shown(self, callback: Callable[[], object]) -> None:
        """Call `callback` each time that a browser shows the workbench, on the kernel's thread."""
        self._on_kind("shown", lambda _content, _buffers: callback())

    def on_reset(self, callback: Callable[[str], object]) -> None:
        """Call `callback` with the CSS class of a row that is to go back to its default."""
        self._on_kind("reset", lambda content, _buffers: callback(str(content.get("row"))))

    def ask_for_picture(self) -> None:
        """Ask the page for a picture of the workbench; `on_picture` gets it."""
        self.send({"kind": "picture"})

    def on_picture(self, callback: Callable[[bytes, Any], object]) -> None:
        """Call `callback` with a PNG of the workbench, and its width as the page says it."""
        self._on_kind(
            "picture",
            lambda content, buffers: buffers and callback(bytes(buffers[0]), content.get("width")),
        )

    def _on_kind(self, kind: str, callback: Callable[[dict[str, Any], Any], object]) -> None:
        def on_message(_widget: object, content: Any, buffers: Any) -> None:
            if isinstance(content, dict) and content.get("kind") == kind:
                callback(content, buffers)

        self.on_msg(on_message)
