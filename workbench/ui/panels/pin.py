"""The run that is kept for comparison, and in what the one that is shown differs from it."""

from __future__ import annotations

from collections.abc import Iterable

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape
from workbench.ui.session.comparison import Difference, result_differences, setting_differences
from workbench.ui.session.state import State


def pin_panel(context: Context) -> widgets.HBox:
    """A line that is there while a run is pinned."""
    told = widgets.HTML()
    unpin = widgets.Button(description="Unpin", tooltip="Let the pinned run go")
    unpin.add_class("swb-small")
    unpin.on_click(lambda _button: context.actions.pin(keep=False))
    box = widgets.HBox([told, unpin])
    box.add_class("swb-pin")

    def show() -> None:
        box.layout.display = "none" if context.state.pinned is None else ""
        told.value = comparison_html(context.state)

    context.watch(["pinned", "sample_run", "accuracy"], show, later=True)
    show()
    return box


def comparison_html(state: State) -> str:
    """Return settings and results of the pinned run beside those that are shown."""
    pinned, run = state.pinned, state.sample_run
    if pinned is None or run is None:
        return ""
    if pinned.run is run or pinned.run.asked is run.asked:
        return (
            "<b>Pinned.</b> Change a setting: the spikes of both runs stand side by side, the "
            "pinned curves stay in grey, and the differences are listed here."
        )
    settings = setting_differences(pinned, run)
    results = result_differences(pinned, run, state.accuracy)
    what = _items(settings) if settings else "<li>the same settings</li>"
    return f"<ul><li><b>Pinned → now</b></li>{what}{_items(results)}</ul>"


def _items(differences: Iterable[Difference]) -> str:
    return "".join(
        f"<li><span>{escape(each.name)}</span> {escape(each.pinned)} → "
        f"<b>{escape(each.now)}</b></li>"
        for each in differences
    )
