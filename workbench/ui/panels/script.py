"""The lines of Python that do what the workbench shows."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape
from workbench.ui.panels.tab_page import TabPage
from workbench.ui.session.all_settings import ASKED
from workbench.ui.session.code import code_of
from workbench.ui.widgets import CopyButton


def script_panel(context: Context) -> widgets.VBox:
    """Show the script of the state, whenever a setting changes, with a button that copies it."""
    text, copy = widgets.HTML(), CopyButton("Copy", hint="Copy these lines to the clipboard")

    def refresh() -> None:
        copy.text = code = code_of(context.state)
        text.value = f'<pre class="swb-code" tabindex="0">{escape(code)}</pre>'

    context.watch([*ASKED, "loaded"], refresh, later=True)
    note = widgets.HTML(
        '<p class="swb-note">These lines do what the workbench shows. Copy them into a notebook or '
        "a script.</p>"
    )
    box = widgets.VBox([note, copy, text])
    box.add_class("swb-page-box")
    return box


PYTHON = TabPage("Python", script_panel)
