"""The style sheet, and names for screen readers where ipywidgets gives none."""

from __future__ import annotations

from pathlib import Path

import anywidget

_HERE = Path(__file__).parent


class Page(anywidget.AnyWidget):
    """Invisible; put one into each workbench.

    It brings the style sheet, and labels the bare number inputs of each row with the row's words.
    """

    _esm = (_HERE / "page.js").read_text("utf-8")
    _css = (_HERE / "workbench.css").read_text("utf-8")
