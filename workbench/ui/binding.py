"""Ties between widgets and the state, safe on whatever thread a change arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from workbench.ui.actions import Actions
from workbench.ui.state import State, trait_of
from workbench.ui.ui_thread import UIThread


@dataclass(frozen=True)
class Context:
    """What a panel is given.

    Parameters
    ----------
    state : State
    actions : Actions
    ui : UIThread
    """

    state: State
    actions: Actions
    ui: UIThread

    def watch(self, names: Iterable[str], refresh: Callable[[], object]) -> None:
        """Call `refresh` on the UI thread whenever a trait of the state changes.

        Changes that come faster than the UI thread works are shown once, by the newest.
        """

        def on_change(_change: object) -> None:
            if self.ui.is_current:
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
    ) -> None:
        """Make a widget and a setting move each other.

        Parameters
        ----------
        widget : Widget
            With a trait `value`.
        setting : str
            Name of a setting of the state.
        show, read : callable
            From the setting to the widget's value, and back.
        """
        _Link(self, widget, setting, show, read)


class _Link:
    """One widget and one setting.

    `stands_for` is the setting that the widget shows. A change that the widget itself made is
    not shown to it again: the person may have moved it further meanwhile.
    """

    def __init__(
        self,
        context: Context,
        widget: widgets.Widget,
        setting: str,
        show: Callable[[Any], Any],
        read: Callable[[Any], Any],
    ):
        self.context, self.widget, self.setting = context, widget, setting
        self._show, self._read = show, read
        self.stands_for = getattr(context.state, setting)
        widget.value = show(self.stands_for)
        widget.observe(self._on_widget, "value")
        context.watch([trait_of(setting)], self.refresh)

    def _on_widget(self, change: dict[str, Any]) -> None:
        if self.context.ui.is_current:  # the program's own doing, in `refresh`
            return
        value = self._read(change["new"])
        if value is None or value == self.stands_for:
            return
        self.stands_for = value
        self.context.actions.change(**{self.setting: value})
        if getattr(self.context.state, self.setting) != value:  # refused: show what holds
            self.stands_for = None
            self.context.ui.post(self.refresh, key=self.refresh)

    def refresh(self) -> None:
        value = getattr(self.context.state, self.setting)
        if value != self.stands_for:
            self.stands_for = value
            self.widget.value = self._show(value)
