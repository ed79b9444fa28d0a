"""What every row of a setting has besides its controls: help, and a way back to the default."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.setting import settings_of
from workbench.settings import Conversion, Simulation
from workbench.ui.binding import Context
from workbench.ui.panels.layout import helps
from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.session.lessons import lessons
from workbench.ui.session.state import State
from workbench.ui.widgets import Page

RESETTABLE = {
    css: name
    for name in {**settings_of(Conversion), **settings_of(Simulation)}
    for css in [f"swb-{name.replace('_', '-')}"]
}
"""Settings with a default, by the CSS class of their rows."""


def tend_rows(context: Context, page: Page) -> None:
    """Keep the help of rows and the marks of changed ones up to date, also of rows made later."""
    general = dict(page.helps)

    def show_helps() -> None:
        told = lessons(context.state)
        shown = {css: f"{text} {told.get(RESETTABLE.get(css, ''), '')}".strip()
                 for css, text in general.items()}  # fmt: skip
        if page.helps != shown:
            page.helps = shown

    def on_grown(part: widgets.Widget) -> None:
        general.update(helps(part))
        show_helps()

    def show_changed() -> None:
        page.changed = changed_rows(context.state)

    def on_reset(css: str) -> None:
        if css in RESETTABLE:
            context.actions.reset(RESETTABLE[css])

    page.on_reset(on_reset)
    context.on_grown.append(on_grown)
    context.watch(["converted", "conversion", "simulation"], show_helps, later=True)
    context.watch(["conversion", "simulation"], show_changed, later=True)
    show_changed()


def changed_rows(state: State) -> list[str]:
    """Return the CSS classes of the rows whose settings are not the default."""
    return [
        css for css, name in RESETTABLE.items() if getattr(state, name) != SETTINGS[name].default
    ]
