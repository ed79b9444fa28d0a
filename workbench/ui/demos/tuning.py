"""Three sliders, a big answer, and what they cost: accuracy against energy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.demos.title import demo_title
from workbench.ui.live_page import LivePage
from workbench.ui.panels.answer import answer_panel
from workbench.ui.panels.estimate import estimate_line
from workbench.ui.panels.figures import FiguresPanel
from workbench.ui.panels.layout import setting_row
from workbench.ui.panels.network_strip import network_strip_panel
from workbench.ui.panels.rail import FIRST
from workbench.ui.panels.sample import sample_panel
from workbench.ui.panels.status import status_panel
from workbench.ui.panels.tiles import tiles_panel

NETWORKS = (("Digits", "lenet"), ("Fashion", "fashion"))
"""What visitors choose from."""


class TuningDemo(LivePage):
    """The three most telling settings, and what they do to accuracy and energy.

    Parameters
    ----------
    network : str, path, Network or keras.Model
    **others
        As of `Workbench`.
    """

    def __init__(self, network: Any = "lenet", **others: Any):
        super().__init__(network, **others)
        self.add_class("swb-demo")
        self.add_class("swb-demo-tuning")

    def parts(self, context: Context) -> Sequence[widgets.Widget]:
        """Return the controls beside the answer, the point that moves and the network."""
        title = demo_title("Tune it")
        choice = widgets.ToggleButtons(options=list(NETWORKS))
        if context.state.network not in dict(NETWORKS).values():  # a network of one's own
            choice.layout.display = "none"
        else:
            context.bind(choice, "network")
        first = widgets.VBox([*(setting_row(context, name) for name in FIRST)])
        first.add_class("swb-first")
        left = widgets.VBox([title, choice, first, estimate_line(context)])
        left.add_class("swb-demo-left")
        left.add_class("swb-controls")
        says = widgets.HBox([sample_panel(context), answer_panel(context), tiles_panel(context)])
        says.add_class("swb-demo-says")
        self.figures = FiguresPanel(context, "tuning")
        right = widgets.VBox(
            [
                says,
                self.figures.box,
                network_strip_panel(context),
                status_panel(context),
            ]
        )
        right.add_class("swb-demo-right")
        both = widgets.HBox([left, right])
        both.add_class("swb-demo-both")
        return [both]
