"""A plot of the page: declared by its name, its title, what it reads, and how it shows that."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

import ipywidgets as widgets
import pandas as pd
from bokeh.layouts import column

from workbench.ui.binding import Context
from workbench.ui.plots.type_size import PRESENTED, WIDE, TypeSize
from workbench.ui.session.state import State

HEIGHT = 124
"""Pixels of a plot beside others, at least."""


class Card:
    """A plot with its title. Declare one by a subclass in a file of this folder.

    A plot that is drawn once for each result overrides `draw`. One that follows a running
    simulation makes its `figure` in `__init__`, and changes the figure's sources in `show`.

    Parameters
    ----------
    context : Context

    Attributes
    ----------
    page : str
        Where the plot stands: "explore" beside the controls, "inside" below, or the name of a tab.
    name : str
        Of its part of the page, whose CSS class is ``swb-pane-NAME``.
    title : str
        Above the plot: what it shows, in a line; `show` may change it.
    tables : tuple of str
        Names of the tables behind the plot; `table` returns them, and each has a button.
    reads : tuple of str
        Traits of the state; whenever one of them changes, the plot is shown again.
    place : int
        Plots stand in the order of their places.
    wide : bool
        Whether the plot has the whole width.
    first : bool
        Whether the plot is what people look at while they move a slider, and comes before others.
    head : tuple of Widget
        Shown between the title and the plot.
    hold : callable
        Returns a context within which changes of the figure reach pages together.
    height : int
        Pixels that the plot needs; plots beside each other are as high as the highest.
    """

    declared: ClassVar[list[type[Card]]] = []
    page: ClassVar[str] = "explore"
    name: ClassVar[str] = ""
    title: str = ""
    tables: ClassVar[tuple[str, ...]] = ("data",)
    reads: ClassVar[tuple[str, ...]] = ()
    place: ClassVar[int] = 100
    wide: ClassVar[bool] = False
    first: ClassVar[bool] = False
    head: tuple[widgets.Widget, ...] = ()
    hold: Callable[[], AbstractContextManager[None]] = staticmethod(nullcontext)
    height: int = HEIGHT

    def __init_subclass__(cls) -> None:
        if cls.name:  # without a name it is what other cards have in common
            Card.declared.append(cls)

    def __init__(self, context: Context):
        self.context = context
        self._type = TypeSize()
        self.figure: Any = column(sizing_mode="stretch_width", tags=[self.name])

    def show(self) -> None:
        """Bring the plot up to date; on the UI thread."""
        drawn = self.draw(self.context.state)
        self.figure.children = [] if drawn is None else [drawn]

    def draw(self, state: State) -> Any:
        """Return a figure of what the state holds, or None where there is nothing to show yet."""
        raise NotImplementedError(f"{type(self).__name__} has neither draw nor show")

    def summary(self, state: State) -> str:
        """Say what the plot shows, in a sentence for those who cannot see it; "" for nothing."""
        raise NotImplementedError(f"{type(self).__name__} has no summary")

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        """Return the numbers behind the plot, with units in the names of their columns.

        Parameters
        ----------
        state : State
        name : str
            One of `tables`.

        Returns
        -------
        DataFrame or None
            None where there is nothing to save yet.
        """
        raise NotImplementedError(f"{type(self).__name__} has no table")

    def is_old(self, state: State) -> bool:
        """Whether the plot still shows an earlier run than the one whose spikes are shown."""
        return False

    def needs_whole_width(self) -> bool:
        """Whether the plot has all of the width for now, as two runs side by side do."""
        return False

    def fit_type(self) -> None:
        """Give the type in the plot the size for a presentation, a wide page or any other."""
        state = self.context.state
        self._type.scale(
            self.figure, PRESENTED if state.presentation else WIDE if state.wide else 1
        )

    def stretch(self, taller: float) -> None:
        """Make a wide plot so many times as high as it is where there is little room."""

    def set_height(self, height: int) -> None:
        """Make the plot as high as those beside it."""
        if getattr(self.figure, "height", None) not in (None, height):
            self.figure.height = height
