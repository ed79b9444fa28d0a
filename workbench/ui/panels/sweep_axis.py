"""One axis of a sweep: which setting, and its values as a line of text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets

from workbench.errors import SettingsError
from workbench.methods.presets import PRESETS
from workbench.setting import Setting
from workbench.setting_values import Choice, Integer, Number, Truth
from workbench.sweeps.grid import axes_of
from workbench.sweeps.typed_values import typed, typed_values
from workbench.ui.panels.layout import escape, row
from workbench.ui.sweep_cells import label_of

NONE = ""

GOOD: Mapping[str, tuple[float, ...]] = {
    "percentile": (99, 99.5, 99.9, 99.99),
    "initial_potential": (0, 0.25, 0.5),
    "threshold": (0.8, 1, 1.2),
    "steps": (4, 8, 16, 32, 64),
    "leak": (0, 0.01, 0.02),
    "refractory_steps": (0, 1, 2),
}
"""Values to begin with, where other ones than the present value and two beside it are better."""

UNSWEPT_WORDS = ("events",)
"""Words of a choice that no sweep accepts."""


class AxisField:
    """A menu of settings and a field for values; what is wrong with them stands beside.

    Parameters
    ----------
    number : int
        Of the axis, from 1.
    offered : mapping of str to Setting or None
        What can be an axis, by name; None stands for presets.
    chosen : str
        Name of the axis to begin with; "" for none.
    most : int
        Values that are accepted.
    changed : callable
        Called after each change, on whatever thread it arrives.
    """

    def __init__(
        self,
        number: int,
        offered: Mapping[str, Setting | None],
        chosen: str,
        most: int,
        changed: Callable[[], object],
    ):
        self._offered, self._most, self._changed = offered, most, changed
        options = [(label_of(name), name) for name in offered]
        none = [("none", NONE)] if number > 1 else []
        self.name = widgets.Dropdown(
            options=[*none, *options], value=chosen, description=f"Axis {number}",
            tooltip="A setting whose values are tried; each combination of the axes is measured",
        )  # fmt: skip
        self.values = widgets.Text(
            offered_text(chosen, offered), continuous_update=False, placeholder="values: 1, 2, 3",
            tooltip="Values with commas between them; 1..8 stands for all integers from 1 to 8",
        )  # fmt: skip
        self.values.add_class("swb-sweep-values")
        self.problem = widgets.HTML()
        self.problem.add_class("swb-sweep-problem")
        self._of = chosen
        self.name.observe(lambda _change: changed(), "value")
        self.values.observe(lambda _change: changed(), "value")
        self.row = row(self.name, self.values, css=f"swb-sweep-axis-{number}")
        self.row.add_class("swb-sweep-axis")
        self.box = widgets.VBox([self.row, self.problem])
        self.box.add_class("swb-sweep-axis-box")

    def offer(self) -> None:
        """Offer values of a setting that was just chosen; on the UI thread."""
        if self.name.value != self._of:
            self._of = self.name.value
            self.values.value = offered_text(self._of, self._offered)
        self.values.layout.display = "" if self.name.value else "none"

    def read(self) -> tuple[str, list[Any]] | None:
        """Return the axis with its values as the setting keeps them; None where there is none.

        Raises
        ------
        SettingsError
            If a value is not accepted.
        """
        name = self.name.value
        if not name:
            return None
        try:
            values = typed_values(self.values.value, self._offered[name], self._most)
        except SettingsError as error:
            raise SettingsError(f"{label_of(name)}: {error}") from error
        return name, axes_of({name: values})[name]

    def tell(self, problem: str) -> None:
        """Show what is wrong with the values, or for "" which ones are accepted."""
        setting = self._offered.get(self.name.value)
        text = f'<span class="swb-problem" role="alert">{escape(problem)}</span>' if problem else ""
        if not problem and setting is not None:
            text = f'<span class="swb-note">Accepted: {escape(setting.values.accepted)}.</span>'
        self.problem.value = text


def offered_text(name: str, offered: Mapping[str, Setting | None]) -> str:
    """Return values of a setting to begin with, as text."""
    setting = offered.get(name)
    if not name:
        return ""
    if name in GOOD:
        return typed(GOOD[name])
    if setting is None:
        return ", ".join(PRESETS)
    match setting.values:
        case Choice(words=words):
            return ", ".join(word for word in words if word not in UNSWEPT_WORDS)
        case Truth():
            return typed([False, True])
        case Integer(low=low, high=high):
            middle = setting.default or 1
            near = [middle // 2, middle, 2 * middle]
            return typed(sorted({min(max(value, low), high) for value in near}))
        case Number(low=low, high=high):
            middle = setting.default or 1.0
            near = [middle / 2, middle, 2 * middle]
            return typed(sorted({float(min(max(value, low), high)) for value in near}))
    return ""
