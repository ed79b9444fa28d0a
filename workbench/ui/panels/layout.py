"""Rows of controls, each made from the declaration of its setting."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import ipywidgets as widgets
import traitlets

from workbench.setting import Setting, Settings, settings_of
from workbench.setting_values import Choice, Integer, LayerNames, PerLayer, Program, Truth, Values
from workbench.ui.binding import Context
from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.session.state import State
from workbench.ui.widgets import Disclosure, Slider

Bind = Callable[..., object]

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


def typed_layers(text: str, number: Callable[[float], float]) -> Any:
    """Return typed "conv1=2, conv2=3" as a mapping; other text stays, to be refused."""
    parts = [part.rpartition("=") for part in text.split(",") if part.strip()]
    try:
        return {name.strip(): number(float(value)) for name, _, value in parts}
    except ValueError:
        return text


def setting_row(context: Context, name: str, *, without: Sequence[str] = ()) -> widgets.HBox:
    """Lay the controls of a setting of the state side by side, as its declaration asks for.

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
    bind = partial(context.bind, setting=name)
    css = f"swb-{name.replace('_', '-')}"
    return row(*controls(SETTINGS[name], bind, without=without), css=css)


def controls(each: Setting, bind: Bind, *, without: Sequence[str] = ()) -> list[widgets.Widget]:
    """Return the controls that a declaration asks for.

    Parameters
    ----------
    each : Setting
    bind : callable
        ``bind(widget, show=..., read=...)`` ties a widget's `value` to the setting's:
        `show` makes the former from the latter, `read` the latter from the former.
    without : sequence of str
        As of `setting_row`.
    """
    match each.values:
        case Choice(words=words, names=names):
            offered = [word for word in words if word not in without]
            return [_menu(bind, each, offered, names)]
        case Truth():
            box = widgets.Checkbox(description=each.title, tooltip=each.help, indent=False)
            bind(box)
            return [box]
        case Integer(none=none, high=high) if none or high > _EXACT:
            return [_text(bind, each, none, show=_shown_integer, read=typed_integer)]
        case LayerNames():
            return [_text(bind, each, "none", show=_shown_names, read=typed_names)]
        case Program(none=none):
            return [_text(bind, each, f"empty: {none}" if none else "path", read=str.strip)]
        case PerLayer(each=inner):
            read = partial(typed_layers, number=_reader(inner))
            return [_text(bind, each, "layer=value, …", show=_shown_layers, read=read)]
        case _ if each.places:
            slider = Slider(each.places, description=each.title, tooltip=each.help)
            slider.add_class("swb-slider-box")
            bind(slider, read=_reader(each.values))
            return [slider, _number(bind, each)]
        case _:
            number = _number(bind, each)
            number.remove_class("swb-number-input")
            return [number]


def settings_rows(
    context: Context,
    kind: type[Settings],
    chosen: Callable[[str], bool],
    *,
    without: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, widgets.HBox]:
    """Return the rows of a class's settings that people may choose here, by name.

    Settings of single layers have a table of their own.

    Parameters
    ----------
    context : Context
    kind : class of settings
    chosen : callable
        From the name of a setting to whether its row is wanted.
    without : mapping of str to sequence of str, optional
        By setting, as of `setting_row`.
    """
    allowed = context.actions.capabilities
    return {
        name: setting_row(context, name, without=(without or {}).get(name, ()))
        for name, each in settings_of(kind).items()
        if chosen(name)
        and each.group is not None
        and not isinstance(each.values, PerLayer)
        and (allowed.machine or not each.of_machine)
    }


def grouped(
    rows: Mapping[str, widgets.Widget], declared: Mapping[str, Setting] = SETTINGS
) -> list[widgets.Widget]:
    """Return rows in their order, those of a group folded in behind the others."""
    groups: dict[str, list[widgets.Widget]] = {"": []}
    for name, each in rows.items():
        groups.setdefault(declared[name].group or "", []).append(each)
    front = groups.pop("")
    return [*front, *(folded(title, *inside) for title, inside in groups.items())]


def folded(title: str, *children: widgets.Widget) -> widgets.VBox:
    """Fold controls in under a title."""
    return folded_box(Disclosure(title), widgets.VBox(list(children)))


def folded_box(head: Disclosure, inside: widgets.VBox) -> widgets.VBox:
    """Return a head with what it shows and hides."""
    inside.add_class("swb-folded-inside")
    box = widgets.VBox([head, inside])
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
        Conditions of other settings are left aside.
    conditions : mapping of setting to callable
        From the state to whether the setting matters.
    """

    def refresh() -> None:
        for name in rows.keys() & conditions.keys():
            matters = conditions[name](context.state)
            rows[name].layout.display = "" if matters else "none"

    context.watch(traits, refresh)
    refresh()


def _menu(
    bind: Bind, each: Setting, offered: Sequence[str], names: Mapping[str, str]
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

    bind(menu, show=show)
    return menu


def _number(bind: Bind, each: Setting) -> widgets.FloatText:
    number = widgets.FloatText(
        step=each.step or (1 if isinstance(each.values, Integer) else 0.1),
        description=each.title,
        tooltip=each.help,
    )
    number.add_class("swb-number-input")
    bind(number, read=_reader(each.values))
    return number


def _text(bind: Bind, each: Setting, placeholder: str, **forms: Callable[[Any], Any]) -> PlainText:
    text = PlainText(
        description=each.title,
        tooltip=each.help,
        placeholder=placeholder,
        continuous_update=False,
    )
    bind(text, **forms)
    return text


def _reader(values: Values) -> Callable[[float], float]:
    return as_integer if isinstance(values, Integer) else float


def _shown_integer(value: int | None) -> str:
    return "" if value is None else str(value)


def _shown_names(names: tuple[str, ...] | str) -> str:
    return names if isinstance(names, str) else ", ".join(names)


def _shown_layers(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name}={value:g}" for name, value in values.items())


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
