"""Controls of the explorers: a number on a slider, and a choice from a menu, each with its help."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from workbench.errors import SettingsError
from workbench.setting_values import plain
from workbench.ui.panels.layout import row
from workbench.ui.widgets import Slider


@dataclass(frozen=True)
class Number:
    """A number between two others.

    Parameters
    ----------
    title, help : str
        What is chosen, and what that means.
    start : float
        Value at first.
    places : sequence of float
        Values of the slider, ascending; typed numbers lie between its ends.
    integer : bool
    """

    title: str
    help: str
    start: float
    places: tuple[float, ...]
    integer: bool = False

    def checked(self, name: str, value: Any) -> float:
        """Return a value that is accepted.

        Raises
        ------
        SettingsError
            If it is none.
        """
        low, high = self.places[0], self.places[-1]
        value = plain(value)
        kind = "an integer" if self.integer else "a number"
        real = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not real or not low <= value <= high or (self.integer and value != int(value)):
            raise SettingsError(f"{name} is {value!r}; accepted: {kind} from {low:g} to {high:g}.")
        return int(value) if self.integer else float(value)

    def nearest(self, value: float) -> float:
        """Return what is accepted next to a typed number."""
        value = min(max(value, self.places[0]), self.places[-1])
        return round(value) if self.integer else value

    def widgets(self, put: Callable[[float], object]) -> tuple[list[widgets.Widget], Any]:
        """Return the controls, and a function that shows a value in them."""
        slider = Slider(self.places, description=self.title, tooltip=self.help)
        slider.add_class("swb-slider-box")
        typed = widgets.FloatText(
            description=self.title,
            tooltip=self.help,
            step=1 if self.integer else self.places[1] - self.places[0],
        )
        typed.add_class("swb-number-input")

        def show(value: float) -> None:
            slider.value = typed.value = value

        slider.observe(lambda change: put(self.nearest(change["new"])), "value")
        typed.observe(lambda change: put(self.nearest(change["new"])), "value")
        return [slider, typed], show


@dataclass(frozen=True)
class Choice:
    """One of some words.

    Parameters
    ----------
    title, help : str
    start : str
    words : mapping of str to str
        What the menu shows, by value.
    """

    title: str
    help: str
    start: str
    words: Mapping[str, str]

    def checked(self, name: str, value: Any) -> str:
        """Return a value that is accepted.

        Raises
        ------
        SettingsError
            If it is none.
        """
        if value not in self.words:
            raise SettingsError(f"{name} is {value!r}; accepted: {', '.join(self.words)}.")
        return str(value)

    def widgets(self, put: Callable[[str], object]) -> tuple[list[widgets.Widget], Any]:
        """Return the control, and a function that shows a value in it."""
        options = [(shown, word) for word, shown in self.words.items()]
        menu = widgets.Dropdown(options=options, description=self.title, tooltip=self.help)

        def show(value: str) -> None:
            menu.value = value

        menu.observe(lambda change: put(change["new"]), "value")
        return [menu], show


Control = Number | Choice


def places(low: float, high: float, step: float) -> tuple[float, ...]:
    """Return the values of a slider with equal steps, both ends among them."""
    count = round((high - low) / step)
    return tuple(round(low + step * place, 6) for place in range(count + 1))


def control_row(name: str, control: Control, put: Callable[[Any], object]) -> tuple[Any, Any]:
    """Return the row of a control, and a function that shows a value in it."""
    parts, show = control.widgets(put)
    return row(*parts, css=f"swb-{name.replace('_', '-')}"), show


def initial_potential(step: float) -> Number:
    """Return the control of the membrane potential that neurons begin with."""
    about = "Membrane potential before the first step, as a fraction of the threshold."
    return Number("Initial potential", about, 0.0, places(0.0, 1.0, step))
