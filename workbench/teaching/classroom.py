"""One explorer for a whole room: first a question alone, then the figures, and all type large."""

from __future__ import annotations

import html
import os
from typing import Any

import ipywidgets as widgets

from workbench.errors import SettingsError
from workbench.plot.figure import VARIABLE
from workbench.plot.style import plots_of
from workbench.teaching.explorer import Explorer
from workbench.ui.cells import replace_former
from workbench.ui.plots.type_size import TypeSize
from workbench.ui.widgets import close_tree

LARGE, LARGER = 1.4, 1.9
"""Size of the type in figures, as a multiple of that in a notebook: anywhere, and on a page as wide
as those of projectors."""

ROOM, IN_A_ROW = 600, 2
"""Pixels of height for all figures on such a page; how many stand beside each other there."""

_THICKER = 1.6
"""Width of lines and size of marks there."""

_ASKING = "swb-class-asking"
"""CSS class of a page that shows its question alone."""


class ClassroomPage(widgets.VBox):
    """A question to ask a class, and behind a button the explorer that answers it, in large type.

    ``snn-workbench dashboard --course`` serves pages of these.

    Parameters
    ----------
    title, question : str
    explorer : Explorer
    figures : int, optional
        How many of the explorer's figures are shown, the first ones; all of them by default. Two
        fit on a projector without scrolling.

    Raises
    ------
    SettingsError
        If `figures` is not 1 or more.

    Attributes
    ----------
    title, question, explorer
        As given.
    button : Widget
        Shows the controls and figures once the class has guessed, and hides them for the next one.
    """

    def __init__(
        self, title: str, question: str, explorer: Explorer, *, figures: int | None = None
    ):
        if figures is not None and (isinstance(figures, bool) or figures < 1):
            raise SettingsError(
                f"figures is {figures!r}; accepted: 1 or more, or None for all of them."
            )
        replace_former(self)
        self._open = True
        self.title, self.question = title, question
        self.explorer = explorer
        self._type = TypeSize()
        shown = explorer.plots[:figures]
        for card in explorer.cards[len(shown) :]:
            card.layout.display = "none"
        self._rows = -(-len(shown) // IN_A_ROW)
        self._figures = [plot for each in shown if each.figure for plot in plots_of(each.figure)]
        # Labels are larger everywhere, and figures beside each other are equally high.
        self._height = round(LARGE * max((plot.height for plot in self._figures), default=0))
        self._thick = False
        head = widgets.HTML(
            f'<span class="swb-class-title" role="heading" aria-level="2">{html.escape(title)}'
            f'</span><span class="swb-class-question">{html.escape(question)}</span>'
        )
        head.add_class("swb-class-head")
        self.button = widgets.Button()
        self.button.add_class("swb-class-show")
        self.button.on_click(lambda _button: self.show(not self.shown))
        super().__init__([head, self.button, explorer])
        self.add_class("swb-app")
        self.add_class("swb-class")
        self.show(False)
        explorer.page.observe(lambda _change: self._fit(), "wide")
        self._fit()

    @property
    def shown(self) -> bool:
        """Whether the controls and figures are shown, and not the question alone."""
        return self._shown

    def show(self, shown: bool = True) -> None:
        """Show the controls and figures, or the question alone.

        Parameters
        ----------
        shown : bool
        """
        self._shown = bool(shown)
        self.button.description = "Hide the figures" if shown else "Show the figures"
        if shown:
            self.remove_class(_ASKING)
        else:
            self.add_class(_ASKING)

    def _fit(self) -> None:
        """Give figures the size for a projector, or for any other page."""
        wide = self.explorer.page.wide
        for plot in self._figures:
            self._type.scale(plot, LARGER if wide else LARGE)
            plot.height = ROOM // self._rows if wide else self._height
            if wide != self._thick:
                _thicken(plot, _THICKER if wide else 1 / _THICKER)
        self._thick = wide

    def close(self) -> None:
        """Remove the page and its explorer, and free their memory."""
        if getattr(self, "_open", False):
            self._open = False
            self.explorer.close()
            close_tree(*self.children, self.layout)
            self.set_trait("children", ())
        super().close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({getattr(self, 'title', '')!r})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if os.environ.get(VARIABLE) != "png":
            return super()._repr_mimebundle_(**kwargs)
        figures = self.explorer._repr_mimebundle_(**kwargs)["text/html"]
        head = f"<p><strong>{html.escape(self.title)}.</strong> {html.escape(self.question)}</p>"
        folded = f"<details><summary>Show the figures</summary>{figures}</details>"
        return {"text/html": f"{head}\n{folded}", "text/plain": repr(self)}


def _thicken(plot: Any, factor: float) -> None:
    """Make lines of a figure so many times as wide, and its marks as large."""
    drawn = [each.glyph for each in plot.renderers if hasattr(each, "glyph")]
    for model in (*drawn, *plot.center):
        for name in {"line_width", "size"} & model.properties():
            number = getattr(model, name)
            if isinstance(number, (int, float)):
                setattr(model, name, factor * number)
