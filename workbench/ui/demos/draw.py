"""Draw a digit and watch a spiking network make up its mind: for a big screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.demos.fooling import FoolingPanel
from workbench.ui.demos.title import demo_title
from workbench.ui.live_page import LivePage
from workbench.ui.panels.answer import answer_panel
from workbench.ui.panels.drawing import drawing_canvas
from workbench.ui.panels.layout import escape
from workbench.ui.panels.network_strip import network_strip_panel
from workbench.ui.panels.status import status_panel
from workbench.ui.panels.tiles import tiles_panel
from workbench.ui.session.own_input import drawing_problem

PLAY_S = 3.0
"""About so long a run takes to play."""

SETTINGS: Mapping[str, Any] = MappingProxyType(
    # Each layer begins two steps after the one before it, so that layers light up from left to
    # right. Nothing is measured on other samples: all power goes to what is drawn.
    {"steps": 32, "delay_steps": 2, "test_samples": 0}
)


class DrawDemo(LivePage):
    """A canvas, the network that reads it, and what it says.

    Parameters
    ----------
    network : str, path, Network or keras.Model
        One that takes images.
    **others
        As of `Workbench`.
    """

    def __init__(self, network: Any = "lenet", **others: Any):
        super().__init__(network, **{**SETTINGS, **others})
        self.add_class("swb-demo")
        self.add_class("swb-demo-draw")

    def parts(self, context: Context) -> Sequence[widgets.Widget]:
        """Return the canvas beside the network, and the answer over both."""
        self.canvas = drawing_canvas(context)
        title = demo_title("Draw a digit")
        self.problem = widgets.HTML()
        self.problem.add_class("swb-note")
        context.watch(["loaded"], self._offer_canvas)
        self.fooling = FoolingPanel(context)
        left = widgets.VBox([title, self.canvas, self.problem])
        left.add_class("swb-demo-left")
        says = widgets.HBox(
            [answer_panel(context), tiles_panel(context, ("decided", "spikes", "energy"))]
        )
        says.add_class("swb-demo-says")
        strip = network_strip_panel(context, plays="always", play_s=PLAY_S)
        right = widgets.VBox([says, strip, status_panel(context)])
        right.add_class("swb-demo-right")
        both = widgets.HBox([left, right, self.fooling.box])
        both.add_class("swb-demo-both")
        return [both]

    def _offer_canvas(self) -> None:
        """Offer the canvas where the network takes images, and else say why there is none."""
        network = self.state.analog
        problem = "" if network is None else drawing_problem(network)
        self.canvas.disabled = bool(problem)
        self.problem.value = f"<p>No drawing: {escape(problem)}</p>" if problem else ""
