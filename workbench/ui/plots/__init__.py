"""The plots of the page: a file for each, which is found here. Adding a plot adds a file.

A file holds a subclass of `Card` with a name, a title, the traits of the state that it reads, and
either `draw`, a function from the state to a figure, or `show`, which brings a figure up to date.
"""

from __future__ import annotations

import importlib
import pkgutil

from workbench.ui.plots.card import Card


def cards(page: str = "explore") -> list[type[Card]]:
    """Return the plots declared for a page in the order of their places."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    declared = [kind for kind in Card.declared if kind.__module__.startswith(f"{__name__}.")]
    return sorted(
        (kind for kind in declared if kind.page == page),
        key=lambda kind: (kind.place, kind.name),
    )
