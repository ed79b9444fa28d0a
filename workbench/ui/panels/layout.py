"""Rows of controls: a label, a slider and the number it stands for."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import traitlets

from workbench.ui.binding import Context
from workbench.ui.widgets import Slider


def row(*children: widgets.Widget, css: str = "") -> widgets.HBox:
    """Lay controls side by side; the first one's description names them all."""
    box = widgets.HBox(list(children))
    box.add_class("swb-row")
    if css:
        box.add_class(css)
    return box


class IntegerText(widgets.Text):
    """A field for an integer of any size; a number field of the browser holds 53 bits."""

    value = traitlets.CUnicode().tag(sync=True)


def as_integer(number: float) -> float:
    """Return 37.0 as 37. Other numbers stay, for the setting to refuse in its own words."""
    return int(number) if float(number).is_integer() else number


def typed_integer(text: str) -> Any:
    """Return typed digits as an integer; other text stays, for the setting to refuse."""
    digits = text.strip().removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 40 else text


def number_box(
    context: Context, setting: str, *, integer: bool = False, **traits: Any
) -> widgets.FloatText:
    """Bind a field for a number to a setting.

    What is typed reaches the setting as it is: the setting decides what it accepts.
    """
    number = widgets.FloatText(**{"step": 1 if integer else 0.1, **traits})
    number.add_class("swb-number-input")
    context.bind(number, setting, read=as_integer if integer else float)
    return number


def slider_row(
    context: Context,
    setting: str,
    label: str,
    places: Iterable[float],
    *,
    step: float,
    tooltip: str,
    css: str,
    integer: bool = False,
) -> widgets.HBox:
    """Lay a slider over `places` and the number itself side by side."""
    slider = Slider(places, description=label, tooltip=tooltip)
    slider.add_class("swb-slider-box")
    context.bind(slider, setting, read=as_integer if integer else float)
    number = number_box(context, setting, integer=integer, step=step, description=label)
    return row(slider, number, css=css)


def number_row(
    context: Context, setting: str, label: str, *, css: str, integer: bool = False, **traits: Any
) -> widgets.HBox:
    """A number by itself, with its name."""
    number = number_box(context, setting, integer=integer, description=label, **traits)
    number.remove_class("swb-number-input")
    return row(number, css=css)


def choice_row(
    context: Context,
    setting: str,
    label: str,
    accepted: Sequence[Any],
    names: Mapping[Any, str],
    *,
    css: str,
) -> widgets.HBox:
    """Bind a menu to a setting.

    Parameters
    ----------
    accepted : sequence
        Values to choose from. Another value that the setting holds is shown all the same.
    names : mapping of value to str
        What people call the values; one without a name goes by itself.
    """
    menu = widgets.Dropdown(
        options=[(names.get(value, value), value) for value in accepted], description=label
    )

    def show(value: Any) -> Any:
        if value not in (known for _, known in menu.options):
            menu.options = [*menu.options, (names.get(value, value), value)]
        return value

    context.bind(menu, setting, show=show)
    return row(menu, css=css)


def heading(text: str) -> widgets.HTML:
    """Heading of a group of controls."""
    return widgets.HTML(f'<div class="swb-heading" role="heading" aria-level="3">{text}</div>')


def section(title: str, *children: widgets.Widget, css: str = "") -> widgets.VBox:
    """A titled group of controls."""
    box = widgets.VBox([heading(title), *children])
    box.add_class("swb-section")
    if css:
        box.add_class(css)
    return box


def escape(text: object) -> str:
    """Text for HTML."""
    return html.escape(str(text))
