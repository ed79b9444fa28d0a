"""Finding the parts of a workbench by their CSS classes, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.ui.app import Workbench
from workbench.ui.widgets import Disclosure


def status_text(bench: Workbench) -> str:
    """Wait until nothing runs any more, and return what the status line says then."""
    assert bench.wait(300)  # where TensorFlow is imported, on a busy machine
    return bench.state.status.text


def parts(widget: Any) -> Iterator[Any]:
    """The widget and all below it that is made so far."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child)


def every(widget: Any) -> Iterator[Any]:
    """The widget and all below it; of a workbench then also what is made once it is opened."""
    seen = {id(part): part for part in parts(widget)}
    yield from seen.values()
    if isinstance(widget, Workbench):
        open_all(widget)
        yield from (part for part in parts(widget) if id(part) not in seen)


def open_all(bench: Workbench) -> None:
    """Open every tab and unfold every section once, as somebody who looks around."""
    for part in list(parts(bench)):
        if isinstance(part, Disclosure):
            part.unfolded = True
    tabs = next(part for part in parts(bench) if "swb-pages" in getattr(part, "_dom_classes", ()))
    for place in reversed(range(len(tabs.children))):  # the first one is left in front
        tabs.selected_index = place
    assert bench._ui.flush(60)


def row(bench: Any, css: str) -> Any:
    """The row of controls of a CSS class."""
    return next(w for w in every(bench) if css in getattr(w, "_dom_classes", ()))


def control(bench: Workbench, css: str, index: int = 0) -> Any:
    return row(bench, css).children[index]
