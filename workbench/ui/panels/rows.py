"""Rows of controls: a label, a slider and the number it stands for."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as widgets

from workbench.ui.binding import Context


def row(*children: widgets.Widget, css: str = "") -> widgets.HBox:
    """Lay controls side by side; the first one's description names them all."""
    box = widgets.HBox(list(children))
    box.add_class("swb-row")
    if css:
        box.add_class(css)
    return box


def slider_row(
    context: Context,
    setting: str,
    slider: widgets.Widget,
    number: widgets.Widget,
    *,
    css: str,
    **conversions: Any,
) -> widgets.HBox:
    """Bind a slider and a number to one setting and lay them side by side."""
    slider.readout = False
    context.bind(slider, setting, **conversions)
    context.bind(number, setting)
    number.add_class("swb-number-input")
    return row(slider, number, css=css)


def choice_row(
    context: Context, setting: str, label: str, options: list[tuple[str, Any]], *, css: str
) -> widgets.HBox:
    """Bind a menu to a setting."""
    menu = widgets.Dropdown(options=options, description=label)
    context.bind(menu, setting)
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
