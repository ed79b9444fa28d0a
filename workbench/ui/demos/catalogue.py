"""The demos by name: what they are called, what they show, and what makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.errors import SettingsError
from workbench.ui.demos.compare import CompareDemo
from workbench.ui.demos.draw import DrawDemo
from workbench.ui.demos.tuning import TuningDemo


@dataclass(frozen=True)
class Demo:
    """A page for visitors.

    Parameters
    ----------
    title : str
    sentence : str
        What visitors do and see.
    kind : type
        The widget.
    """

    title: str
    sentence: str
    kind: type[Any]


DEMOS: Mapping[str, Demo] = {
    "draw": Demo(
        "Draw a digit",
        "Draw with the mouse or a finger, and watch spikes run through the network to an answer.",
        DrawDemo,
    ),
    "tuning": Demo(
        "Tune it",
        "Move three sliders, and watch accuracy and energy move with them.",
        TuningDemo,
    ),
    "compare": Demo(
        "Compare two codes",
        "Many spikes or one per neuron: two ways to say the same, side by side.",
        CompareDemo,
    ),
}
"""Demos in the order in which they are offered. The notebook ``demo_NAME.ipynb`` shows each."""


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
    return DEMOS[name].kind(**settings)
