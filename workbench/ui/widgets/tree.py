"""Widgets and their parts: ipywidgets keeps every one of them until it is closed by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import ipywidgets as widgets

_FIXED = {"_esm", "_css", "_anywidget_id"} | {
    f"_{part}_{what}" for part in ("model", "view") for what in ("name", "module", "module_version")
}
"""What never changes of a widget that is shown: the program that draws it."""


def close_tree(*roots: widgets.Widget) -> None:
    """Close widgets with all that they consist of: children, layouts and styles."""
    for widget in list(_tree(roots)):
        widget.close()


def replace_children(box: widgets.Box, children: Iterable[widgets.Widget]) -> None:
    """Put other children into a box, and close those that were in it and are no longer."""
    before, box.children = box.children, tuple(children)
    close_tree(*(child for child in before if child not in box.children))


def send_values(*roots: widgets.Widget) -> None:
    """Send browsers what widgets and all that they consist of show now, without their programs."""
    for widget in list(_tree(roots)):
        names = [name for name in widget.keys if name not in _FIXED]
        if widget.comm is not None:
            widget.send_state(names)


def _tree(roots: Iterable[widgets.Widget]) -> Iterator[widgets.Widget]:
    """Yield widgets from the outside in, each once."""
    found: dict[int, widgets.Widget] = {}
    waiting = list(roots)
    while waiting:
        widget = waiting.pop()
        if id(widget) in found:
            continue
        found[id(widget)] = widget
        yield widget
        for name in widget.keys:
            value = getattr(widget, name)
            parts = value if isinstance(value, (list, tuple)) else (value,)
            waiting += [part for part in parts if isinstance(part, widgets.Widget)]
