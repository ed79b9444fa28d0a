"""The tabs of the workbench. Those behind the first are made when they are first opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.later import Later


@dataclass(frozen=True)
class TabPage:
    """A tab. Declare one in the file of its content, and add it to `PAGES` of `workbench.ui.app`.

    Parameters
    ----------
    title : str
        On the tab.
    make : callable
        Returns the content for a context; called at most once for each workbench. What it shows
        follows the state by `Context.watch` alone: the state may be of any age by then.
    """

    title: str
    make: Callable[[Context], widgets.Widget]


def tabs(context: Context, pages: Sequence[TabPage]) -> widgets.Tab:
    """Return all pages, the first one in front; the others are empty until they are opened."""
    first, *others = pages
    later = [Later(context, page.make) for page in others]
    box = widgets.Tab(
        [first.make(context), *(each.box for each in later)],
        titles=tuple(page.title for page in pages),
        selected_index=0,
    )
    box.add_class("swb-pages")

    def on_selected(_change: object) -> None:
        if box.selected_index:  # None where nothing is selected
            later[box.selected_index - 1].open()

    box.observe(on_selected, "selected_index")

    def present() -> None:
        if context.state.presentation:
            box.selected_index = 0  # where the answer is

    context.watch(["presentation"], present)
    present()
    return box
