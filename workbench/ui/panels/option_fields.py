"""Controls of the options that an export target declares, and what is set in them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import ipywidgets as widgets

from workbench.exporters import Target
from workbench.ui.panels.layout import controls, grouped, row
from workbench.ui.session.exporting import may_choose
from workbench.util.capabilities import Capabilities


class OptionFields:
    """A row for each option of one target that people may choose here.

    Rows have the CSS class ``swb-export-`` with the names of target and option.

    Parameters
    ----------
    target : Target
    capabilities : Capabilities
    changed : callable
        Called after each change.
    """

    def __init__(
        self, target: Target, capabilities: Capabilities, changed: Callable[[], object]
    ) -> None:
        self._declared = target.declared
        self._changed = changed
        self._values: dict[str, Any] = {}
        self._shown: dict[str, list[tuple[widgets.Widget, Callable[[Any], Any]]]] = {}
        rows = {}
        for name, each in self._declared.items():
            if each.group is None or not may_choose(each, capabilities):
                continue
            css = f"swb-export-{target.name}-{name}".replace("_", "-")
            rows[name] = row(*controls(each, partial(self._bind, name=name)), css=css)
            rows[name].add_class("swb-export-option")
        self.box = widgets.VBox(grouped(rows, self._declared))
        self.box.add_class("swb-export-options")

    def _bind(
        self,
        widget: widgets.Widget,
        *,
        name: str,
        show: Callable[[Any], Any] = lambda value: value,
        read: Callable[[Any], Any] = lambda value: value,
    ) -> None:
        self._values.setdefault(name, self._declared[name].default)
        widget.value = show(self._values[name])
        self._shown.setdefault(name, []).append((widget, show))

        def on_change(change: dict[str, Any]) -> None:
            value = read(change["new"])
            if value == self._values[name]:
                return
            self._values[name] = value
            for other, shows in self._shown[name]:
                if other is not widget:
                    other.value = shows(value)
            self._changed()

        widget.observe(on_change, "value")

    @property
    def chosen(self) -> dict[str, Any]:
        """What differs from the defaults, by option; the target decides what it accepts."""
        return {
            name: value
            for name, value in self._values.items()
            if value != self._declared[name].default
        }
