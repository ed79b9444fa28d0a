"""Rows of controls, each made from the declaration of its setting."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import traitlets

from workbench.setting import Setting, Settings, settings_of
from workbench.setting_values import Choice, Integer, LayerNames, PerLayer, Truth
from workbench.ui.binding import Context
from workbench.ui.session.state import SETTINGS, State
from workbench.ui.widgets import Slider

_EXACT = 2**53
"""Integers from which a number field of the browser rounds."""


def row(*children: widgets.Widget, css: str = "") -> widgets.HBox:
    """Lay controls side by side; the first one's description and tooltip are about them all."""
    box = widgets.HBox(list(children))
    box.add_class("swb-row")
    if css:
        box.add_class(css)
    return box


def helps(*parts: widgets.Widget) -> dict[str, str]:
    """Return the help of every row with a CSS class of its own, by that class, for `Page`.

    Of the tooltips of ipywidgets, browsers get to see those of buttons and numbers alone.
    """
    found = {}
    for part in parts:
        children = getattr(part, "children", ())
        found.update(helps(*children))
        classes: tuple[str, ...] = getattr(part, "_dom_classes", ())
        texts = filter(None, (getattr(child, "tooltip", None) for child in children))
        if classes[:1] == ("swb-row",) and len(classes) > 1 and (text := next(texts, None)):
            found[classes[1]] = text
    return found


class PlainText(widgets.Text):
    """A field for names, or for an integer of any size; number fields of browsers hold 53 bits."""

    value = traitlets.CUnicode().tag(sync=True)


def as_integer(number: float) -> float:
    """Return 37.0 as 37. Other numbers stay, for the setting to refuse in its own words."""
    return int(number) if float(number).is_integer() else number


def typed_integer(text: str) -> Any:
    """Return typed digits as an integer, and nothing as None; other text stays, to be refused."""
    if not text.strip():
        return None
    digits = text.strip().removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 40 else text


def typed_names(text: str) -> Any:
    """Return typed names with commas between them as a tuple; "all" stays."""
    return "all" if text.strip() == "all" else tuple(filter(None, map(str.strip, text.split(","))))


def setting_row(context: Context, name: str, *, without: Sequence[str] = ()) -> widgets.HBox:
    """Lay the controls of a setting side by side, as its declaration asks for.

    Its row has the CSS class ``swb-`` with the setting's name. What is typed reaches the setting
    as it is: the setting decides what it accepts.

    Parameters
    ----------
    context : Context
    name : str
    without : sequence of str
        Words of a choice that the menu does not offer. It shows one that the setting holds all
        the same.
    """
    each = SETTINGS[name]
    match each.values:
        case Choice(words=words, names=names):
            offered = [word for word in words if word not in without]
            controls = [_menu(context, name, each, offered, names)]
        case Truth():
            box = widgets.Checkbox(description=each.title, tooltip=each.help, indent=False)
            context.bind(box, name)
            controls = [box]
        case Integer(none=none, high=high) if none or high > _EXACT:
            controls = [_text(context, name, each, _shown_integer, typed_integer, none)]
        case LayerNames():
            controls = [_text(context, name, each, _shown_names, typed_names, "none")]
        case _ if each.places:
            slider = Slider(each.places, description=each.title, tooltip=each.help)
            slider.add_class("swb-slider-box")
            context.bind(slider, name, read=_reader(each))
            controls = [slider, _number(context, name, each)]
        case _:
            number = _number(context, name, each)
            number.remove_class("swb-number-input")
            controls = [number]
    return row(*controls, css=f"swb-{name.replace('_', '-')}")


def settings_rows(
    context: Context, kind: type[Settings], *, without: Mapping[str, Sequence[str]] | None = None
) -> dict[str, widgets.HBox]:
    """Return the rows of a class's settings that people may choose here, by name.

    Settings of single layers have a table of their own.
    """
    allowed = context.actions.capabilities
    return {
        name: setting_row(context, name, without=(without or {}).get(name, ()))
        for name, each in settings_of(kind).items()
        if each.group is not None
        and not isinstance(each.values, PerLayer)
        and (allowed.machine or not each.of_machine)
    }


def grouped(rows: Mapping[str, widgets.Widget]) -> list[widgets.Widget]:
    """Return rows in their order, those of a group folded in behind the others."""
    groups: dict[str, list[widgets.Widget]] = {"": []}
    for name, each in rows.items():
        groups.setdefault(SETTINGS[name].group or "", []).append(each)
    front = groups.pop("")
    return [*front, *(folded(title, *inside) for title, inside in groups.items())]


def folded(title: str, *children: widgets.Widget) -> widgets.Accordion:
    """Fold controls in under a title."""
    box = widgets.Accordion([widgets.VBox(list(children))], titles=(title,), selected_index=None)
    box.add_class("swb-folded")
    return box


def shown_where_it_matters(
    context: Context,
    traits: Iterable[str],
    rows: Mapping[str, widgets.Widget],
    conditions: Mapping[str, Callable[[State], bool]],
) -> None:
    """Hide the rows of settings that change nothing as things are.

    Parameters
    ----------
    context : Context
    traits : iterable of str
        Traits of the state that the conditions depend on.
    rows : mapping of setting to widget
    conditions : mapping of setting to callable
        From the state to whether the setting matters.
    """

    def refresh() -> None:
        for name, matters in conditions.items():
            rows[name].layout.display = "" if matters(context.state) else "none"

    context.watch(traits, refresh)
    refresh()


def _menu(
    context: Context, name: str, each: Setting, offered: Sequence[str], names: Mapping[str, str]
) -> widgets.Dropdown:
    menu = widgets.Dropdown(
        options=[(names.get(word, word), word) for word in offered],
        description=each.title,
        tooltip=each.help,
    )

    def show(word: str) -> str:
        if word not in (known for _, known in menu.options):
            menu.options = [*menu.options, (names.get(word, word), word)]
        return word

    context.bind(menu, name, show=show)
    return menu


def _number(context: Context, name: str, each: Setting) -> widgets.FloatText:
    number = widgets.FloatText(
        step=each.step or (1 if isinstance(each.values, Integer) else 0.1),
        description=each.title,
        tooltip=each.help,
    )
    number.add_class("swb-number-input")
    context.bind(number, name, read=_reader(each))
    return number


def _text(
    context: Context,
    name: str,
    each: Setting,
    show: Callable[[Any], str],
    read: Callable[[str], Any],
    placeholder: str,
) -> PlainText:
    text = PlainText(
        description=each.title,
        tooltip=each.help,
        placeholder=placeholder,
        continuous_update=False,
    )
    context.bind(text, name, show=show, read=read)
    return text


def _reader(each: Setting) -> Callable[[float], float]:
    return as_integer if isinstance(each.values, Integer) else float


def _shown_integer(value: int | None) -> str:
    return "" if value is None else str(value)


def _shown_names(names: tuple[str, ...] | str) -> str:
    return names if isinstance(names, str) else ", ".join(names)


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
