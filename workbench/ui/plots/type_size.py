"""The size of figures and of all type in them, for a projector."""

from __future__ import annotations

import re
from typing import Any

from bokeh.core.property.vectorization import Value
from bokeh.models import Plot

PRESENTED = 1.6
"""How much larger type is in a presentation."""

_SIZE = re.compile(r"([\d.]+)(px|pt|em)")


class TypeSize:
    """Makes a figure and its type larger, and gives it back its own size.

    Parameters
    ----------
    figure : Bokeh model
    """

    def __init__(self, figure: Any):
        self._figure, self._factor = figure, 1.0
        self._heights: dict[str, int] = {}

    def scale_heights(self, factor: float) -> None:
        """Make the plots so many times as high as they were at first."""
        for model in self._figure.references():
            if isinstance(model, Plot) and model.height is not None:
                height = round(self._heights.setdefault(model.id, model.height) * factor)
                if model.height != height:
                    model.height = height

    def scale(self, factor: float) -> None:
        """Make the type so many times its own size."""
        change = factor / self._factor
        if change == 1:
            return
        self._factor = factor
        for model in self._figure.references():
            for name in model.properties():
                if name.endswith("text_font_size"):
                    size = _scaled(getattr(model, name), change)
                    if size is not None:
                        setattr(model, name, size)


def _scaled(size: Any, change: float) -> Any:
    text = size.value if isinstance(size, Value) else size
    found = _SIZE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    scaled = f"{float(found[1]) * change:.4g}{found[2]}"
    return Value(scaled) if isinstance(size, Value) else scaled
