"""A canvas to draw on with mouse, finger or pen. What is drawn comes as strokes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets


class DrawCanvas(anywidget.AnyWidget):
    """Draw and erase with the pointer; undo the last stroke, or clear.

    Attributes
    ----------
    value : list of dict
        Strokes in their order, each with ``points``, the places that the pen went through as
        ``[x, y, x, y, ...]`` in shares of the canvas (0 is left or top), ``width`` in the same
        unit, and ``erase``. What comes from a page is not checked here.
    pen : float
        Width of the pen, as a share of the canvas.
    disabled : bool
    send_ms : int
        While a stroke is drawn, `value` is sent at most this often.
    gesture : str
        Set by the page with each value; the values of one stroke have the same one.
    """

    _esm = (Path(__file__).parent / "draw_canvas.js").read_text("utf-8")

    value = traitlets.List(traitlets.Dict()).tag(sync=True)
    pen = traitlets.Float(0.07, min=0.01, max=0.3).tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)
    send_ms = traitlets.Int(150, min=20).tag(sync=True)
    gesture = traitlets.Unicode().tag(sync=True)

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
