"""The demos by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.errors import SettingsError
from workbench.ui.demos.compare import CompareDemo
from workbench.ui.demos.draw import DrawDemo
from workbench.ui.demos.tuning import TuningDemo

DEMOS: Mapping[str, type[Any]] = {
    "draw": DrawDemo,
    "tuning": TuningDemo,
    "compare": CompareDemo,
}
"""Demos by name. The notebook ``demo_NAME.ipynb`` shows each, and says what it is about."""


def demo(name: str = "draw", **settings: Any) -> Any:
    """Return a page for visitors: large, with one thing to do.

    Parameters
    ----------
    name : str
        "draw", "tuning" or "compare".
    **settings
        Of `Workbench`, such as ``network="mlp"``; those of "compare" hold for both sides.

    Returns
    -------
    Widget
        For a cell of a notebook, or of one that Voila serves.

    Raises
    ------
    SettingsError
        If there is no such demo, or a setting is not accepted.
    """
    if name not in DEMOS:
        raise SettingsError(f"There is no demo {name!r}; there are {', '.join(DEMOS)}.")
    return DEMOS[name](**settings)
