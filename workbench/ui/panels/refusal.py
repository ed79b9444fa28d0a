"""Why a network was refused, as a list beside the file chooser."""

from __future__ import annotations

import re

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape
from workbench.ui.session.results import Refusal

_LONG_LIST = re.compile(r"; supported: ((?:[^.,;]+, ){10,}[^.,;]+)")


def refusal_panel(context: Context) -> widgets.HTML:
    """The reasons of the last refusal, until another network is asked for."""
    box = widgets.HTML()
    box.add_class("swb-refusal-box")

    def show() -> None:
        refusal = context.state.refusal
        box.value = "" if refusal is None else _listed(refusal)
        box.layout.display = "none" if refusal is None else ""

    context.watch(["refusal"], show)
    show()
    return box


def _listed(refusal: Refusal) -> str:
    reasons = _items(refusal.reasons)
    single = ""
    if len(refusal.problems) > len(refusal.reasons):
        single = (
            f"<details><summary>All {len(refusal.problems)} layers, one by one</summary>"
            f"<ol>{_items(refusal.problems)}</ol></details>"
        )
    return (
        '<div class="swb-refusal" role="alert">'
        f"<b>{escape(refusal.network)}</b> is not supported:<ul>{reasons}</ul>{single}</div>"
    )


def _items(texts: tuple[str, ...]) -> str:
    return "".join(f"<li>{_readable(text)}</li>" for text in texts)


def _readable(text: str) -> str:
    """Fold a long list of what is supported; the layer and the remedy are what people look for."""
    found = _LONG_LIST.search(text)
    if found is None:
        return escape(text)
    short = f"{text[: found.start()]}{text[found.end() :]}"
    return (
        f"{escape(short)}<details><summary>Supported: a list of {found[1].count(',') + 1}"
        f"</summary>{escape(found[1])}</details>"
    )
