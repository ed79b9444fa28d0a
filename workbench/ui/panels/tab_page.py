"""What a tab of the workbench is: a title, and what makes its content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ipywidgets as widgets

from workbench.ui.binding import Context


@dataclass(frozen=True)
class TabPage:
    """A tab. Declare one in the file of its content, and add it to `PAGES` of `workbench.ui.app`.

    Parameters
    ----------
    title : str
        On the tab.
    make : callable
        Returns the content for a context; called once for each workbench.
    """

    title: str
    make: Callable[[Context], widgets.Widget]


def tabs(context: Context, pages: Sequence[TabPage]) -> widgets.Tab:
    """Return all pages, the first one in front."""
    box = widgets.Tab(
        [page.make(context) for page in pages],
        titles=tuple(page.title for page in pages),
        selected_index=0,
    )
    box.add_class("swb-pages")

    def present() -> None:
        if context.state.presentation:
            box.selected_index = 0  # where the answer is

    context.watch(["presentation"], present)
    present()
    return box
