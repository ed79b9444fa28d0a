"""Parts of the page that are made when somebody first looks at them.

Most of what a workbench consists of is out of sight: tabs behind the first, settings behind "More".
Each widget costs time, in the kernel and in the browser: such a part is an empty box until it is
opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.layout import folded_box
from workbench.ui.widgets import Disclosure

Make = Callable[[Context], widgets.Widget]


@dataclass(frozen=True)
class _Noting(Context):
    """A context that notes how what is made in it shows the state."""

    refreshes: dict[Callable[[], object], None] = field(default_factory=dict)

    def watch(
        self, names: Iterable[str], refresh: Callable[[], object], *, later: bool = False
    ) -> None:
        super().watch(names, refresh, later=later)
        self.refreshes[refresh] = None


def made(context: Context, make: Make) -> widgets.Widget:
    """Return a part that shows what the state holds by now, whatever happened before.

    All that watches the state is asked to show it once: a panel need not know how old the workbench
    is, and a change that another thread makes in between is not lost.

    Parameters
    ----------
    context : Context
    make : callable
        Returns the part for a context.
    """
    noting = _Noting(context.state, context.actions, context.ui, context.on_grown)
    part = make(noting)
    for refresh in list(noting.refreshes):
        refresh()
    noting.refreshes.clear()
    return part


class Later:
    """A box that gets its content when it is first opened.

    Parameters
    ----------
    context : Context
    make : callable
        Returns the content for a context; called once, on the UI thread.

    Attributes
    ----------
    box : VBox
        Empty before.
    """

    def __init__(self, context: Context, make: Make):
        self._context, self._make = context, make
        self.box = widgets.VBox([])

    def open(self) -> None:
        """Make the content, unless it is there or on its way; from any thread."""
        self._context.ui.post(self._open, key=self)

    def _open(self) -> None:
        if not self.box.children:
            part = made(self._context, self._make)
            self.box.children = (part,)
            for tell in self._context.on_grown:
                tell(part)


def folded_later(context: Context, title: str, make: Make) -> widgets.VBox:
    """Fold in under a title what is made when it is first unfolded."""
    head, later = Disclosure(title), Later(context, make)
    head.observe(lambda _change: later.open(), "unfolded")
    return folded_box(head, later.box)
