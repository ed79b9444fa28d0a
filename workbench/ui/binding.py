"""Ties between widgets and the state, safe on whatever thread a change arrives.

The state holds what was set, to the last digit. A widget may show it more coarsely, and writes
only what a person did: never what the program showed in it, and never its own rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import ipywidgets as widgets

from workbench.ui.session.actions import Actions
from workbench.ui.session.all_settings import trait_of
from workbench.ui.session.state import State
from workbench.ui.session.ui_thread import LATER_S, UIThread
from workbench.ui.widgets import Slider


@dataclass(frozen=True)
class Context:
    """What a panel is given.

    Parameters
    ----------
    state : State
    actions : Actions
    ui : UIThread
    on_grown : list of callable
        Called, on the UI thread, with each part that the page gets after it was made.
    """

    state: State
    actions: Actions
    ui: UIThread
    on_grown: list[Callable[[widgets.Widget], object]] = field(default_factory=list)

    def watch(
        self, names: Iterable[str], refresh: Callable[[], object], *, later: bool = False
    ) -> None:
        """Call `refresh` on the UI thread whenever a trait of the state changes.

        Changes that come faster than the UI thread works are shown once, by the newest.

        Parameters
        ----------
        names : iterable of str
        refresh : callable
        later : bool
            Whether what is shown can wait for `LATER_S`, as whatever nobody watches while a slider
            moves. Several changes within that time are shown once.
        """

        def on_change(_change: object) -> None:
            if later:
                self.ui.post(refresh, key=refresh, after_s=LATER_S)
            elif self.ui.is_current:
                refresh()
            else:
                self.ui.post(refresh, key=refresh)

        self.state.observe(on_change, names=list(names))

    def bind(
        self,
        widget: widgets.Widget,
        setting: str,
        *,
        show: Callable[[Any], Any] = lambda value: value,
        read: Callable[[Any], Any] = lambda value: value,
        trait: str = "value",
    ) -> None:
        """Make a widget and a setting move each other.

        Parameters
        ----------
        widget : Widget
        setting : str
            Name of a setting of the state.
        show, read : callable
            From the setting to the widget's value, and back.
        trait : str
            The widget's trait that holds the value.
        """
        link = Link(
            self,
            widget,
            get=lambda: getattr(self.state, setting),
            put=lambda value: self.actions.change(gesture=_gesture(widget), **{setting: value}),
            show=show,
            read=read,
            trait=trait,
        )
        self.watch([trait_of(setting)], link.refresh)


class Link:
    """One widget and one value of the state.

    `stands_for` is the value that the widget shows. A change that the widget itself made is
    not shown to it again: the person may have moved it further meanwhile.

    Parameters
    ----------
    context : Context
    widget : Widget
    get, put : callable
        Read the value from the state; ask for another one, which may be refused.
    show, read : callable
        From the state's value to the widget's, and back.
    trait : str
        The widget's trait that holds the value.
    """

    def __init__(
        self,
        context: Context,
        widget: widgets.Widget,
        *,
        get: Callable[[], Any],
        put: Callable[[Any], None],
        show: Callable[[Any], Any] = lambda value: value,
        read: Callable[[Any], Any] = lambda value: value,
        trait: str = "value",
    ):
        self.context, self.widget, self._trait = context, widget, trait
        self._get, self._put, self._show, self._read = get, put, show, read
        self.stands_for = get()
        setattr(widget, trait, show(self.stands_for))
        widget.observe(self._on_widget, trait)

    def _on_widget(self, _change: object) -> None:
        if self.context.ui.is_current:  # the program's own doing, in `refresh`
            return
        # Two messages of one widget may come on two threads, in any order: what the widget holds
        # by now is what counts.
        with self.context.state.lock:
            shown = getattr(self.widget, self._trait)
            value = self._read(shown)
            if value == self.stands_for:
                return
            if not self._is_shown(shown):
                self.stands_for = value
                self._put(value)
            if self._get() != value:  # refused, or no move at all: show what holds
                self.stands_for = object()  # no value: whatever holds is shown
                self.context.ui.post(self.refresh, key=self.refresh)

    def _is_shown(self, reported: Any) -> bool:
        """Whether a widget only reports the position at which it shows the current value."""
        shown = self._show(self._get())
        if isinstance(self.widget, Slider):
            shown = self.widget.nearest(shown)
        return bool(reported == shown)

    def refresh(self) -> None:
        """Show the state's value, unless the widget itself set it."""
        with self.context.state.lock:
            value = self._get()
            if value != self.stands_for:
                self.stands_for = value
                setattr(self.widget, self._trait, self._show(value))


def _gesture(widget: widgets.Widget) -> object:
    """What a person does with a widget, where that takes more than one message."""
    gesture = getattr(widget, "gesture", "")
    return (widget.model_id, gesture) if gesture else None
