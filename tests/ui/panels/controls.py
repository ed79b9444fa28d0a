"""Finding the parts of a workbench by their CSS classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.ui.app import Workbench


def every(widget: Any) -> Iterator[Any]:
    """The widget and all below it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)


def row(bench: Workbench, css: str) -> Any:
    """The row of controls of a CSS class."""
    return next(w for w in every(bench) if css in getattr(w, "_dom_classes", ()))


def control(bench: Workbench, css: str, index: int = 0) -> Any:
    return row(bench, css).children[index]
