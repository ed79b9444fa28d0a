"""The plots of the page: a file for each, which is found here. Adding a plot adds a file.

A file holds a subclass of `Card` with a name, a title, the traits of the state that it reads, and
either `draw`, a function from the state to a figure, or `show`, which brings a figure up to date.
Its `summary` says the same in words, and its `table` holds the numbers.
"""

from __future__ import annotations

import importlib
import pkgutil

from workbench.ui.plots.card import Card


def cards(page: str = "explore") -> list[type[Card]]:
    """Return the plots that are declared for a page, in the order of their places."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    own = [kind for kind in Card.declared if kind.__module__.startswith(f"{__name__}.")]
    declared = [kind for kind in own if kind.page == page]
    return sorted(declared, key=lambda kind: (kind.place, kind.name))
