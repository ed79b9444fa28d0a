"""The first tab: the network at work, beside the controls that change it."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.figures import figures_panel
from workbench.ui.panels.inside import inside_panel
from workbench.ui.panels.network_strip import network_strip_panel
from workbench.ui.panels.rail import rail_panel
from workbench.ui.panels.tab_page import TabPage


def explore_panel(context: Context) -> widgets.VBox:
    """The controls beside the network and the plots."""
    shown = widgets.VBox([network_strip_panel(context), figures_panel(context)])
    shown.add_class("swb-shown")
    main = widgets.HBox([rail_panel(context), shown])
    main.add_class("swb-main")
    box = widgets.VBox([main, inside_panel(context)])
    box.add_class("swb-explore")
    return box


EXPLORE = TabPage("Explore", explore_panel)
