"""A slider that shows the place nearest to a value and never changes the value by itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import anywidget
import traitlets


class Slider(anywidget.AnyWidget):
    """Choose one of several places by moving a handle.

    The sliders of ipywidgets round what they are given to their own steps and send it back, as if
    a person had moved them. Here `value` is any number: the handle stands at the place nearest to
    it, and only a person's move sets `value`, to a place.

    Parameters
    ----------
    places : iterable of float
        Values that the handle can be moved to, ascending.
    description, tooltip : str
        What is chosen, and what that means.

    Attributes
    ----------
    gesture : str
        Set by the page with each value: the values of one drag, or of a key that is held down, have
        the same one.
    """

    _esm = (Path(__file__).parent / "slider.js").read_text("utf-8")

    value = traitlets.Float().tag(sync=True)
    places = traitlets.List(traitlets.Float(), minlen=2).tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)
    tooltip = traitlets.Unicode().tag(sync=True)
    gesture = traitlets.Unicode().tag(sync=True)

    def __init__(self, places: Iterable[float], **kwargs: Any):
        super().__init__(places=[float(place) for place in places], **kwargs)

    def nearest(self, value: float) -> float:
        """Return the position of the handle for a value."""
        return min(self.places, key=lambda place: abs(place - value))
