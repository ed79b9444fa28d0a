"""What stays in sight above all tabs: the sample, the answer, four figures and the status."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.answer import answer_panel
from workbench.ui.panels.pin import pin_panel
from workbench.ui.panels.sample import sample_panel
from workbench.ui.panels.status import status_panel
from workbench.ui.panels.tiles import tiles_panel
from workbench.ui.panels.title import TitlePanel


def header_panel(context: Context) -> widgets.VBox:
    """The head of the workbench."""
    strip = widgets.HBox([sample_panel(context), answer_panel(context), tiles_panel(context)])
    strip.add_class("swb-top-strip")
    box = widgets.VBox([TitlePanel(context).box, strip, status_panel(context), pin_panel(context)])
    box.add_class("swb-header")
    return box
