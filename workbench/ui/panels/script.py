"""The lines of Python that do what the workbench shows."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape
from workbench.ui.session.state import ASKED


def script_panel(context: Context, code: Callable[[], str]) -> widgets.VBox:
    """Show what `code` returns, whenever a setting changes."""
    text = widgets.HTML()

    def refresh() -> None:
        text.value = (
            '<p class="swb-note">These lines do what the workbench shows. Copy them into a '
            "notebook or a script.</p>"
            f'<pre class="swb-code" tabindex="0">{escape(code())}</pre>'
        )

    context.watch([*ASKED, "loaded"], refresh)
    refresh()
    box = widgets.VBox([text])
    box.add_class("swb-page-box")
    return box
