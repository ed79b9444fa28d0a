"""The size of all type in figures, for a projector."""

from __future__ import annotations

import re
from typing import Any
from weakref import WeakKeyDictionary

from bokeh.core.property.vectorization import Value

PRESENTED = 1.6
"""How much larger type is in a presentation."""

WIDE = 1.15
"""How much larger type is on a wide page."""

_SIZE = re.compile(r"([\d.]+)(px|pt|em)")


class TypeSize:
    """Makes the type of a figure larger, and gives it back its own size.

    What the figure gets later begins with its own size, too.
    """

    def __init__(self) -> None:
        self._factors: WeakKeyDictionary[Any, float] = WeakKeyDictionary()

    def scale(self, figure: Any, factor: float) -> None:
        """Make the type of a figure so many times its own size."""
        for model in figure.references():
            change = factor / self._factors.get(model, 1.0)
            self._factors[model] = factor
            for name in model.properties() if change != 1 else ():
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
