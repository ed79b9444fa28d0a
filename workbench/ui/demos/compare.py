"""Two ways to compute with spikes, side by side: one sample, one clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import ipywidgets as widgets

from workbench.errors import SettingsError
from workbench.methods.presets import preset_fields
from workbench.ui.binding import Context
from workbench.ui.cells import replace_former
from workbench.ui.demos.title import demo_title
from workbench.ui.live_page import LivePage
from workbench.ui.panels.answer import answer_panel
from workbench.ui.panels.network_strip import network_strip_panel
from workbench.ui.panels.sample import sample_panel
from workbench.ui.panels.status import status_panel
from workbench.ui.panels.tiles import tiles_panel
from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.widgets import close_tree

PLAY_S = 4.0
"""About so long a run takes to play."""


@dataclass(frozen=True)
class Way:
    """Settings with a name.

    Parameters
    ----------
    label : str
        For visitors.
    preset : str
        A preset of the package.
    steps : int or None
        None takes those of the preset.
    """

    label: str
    preset: str
    steps: int | None = None


WAYS: Mapping[str, Way] = MappingProxyType(
    {
        "rate": Way("rate, 32 steps", "default", 32),
        "few": Way("rate, 8 steps", "few_steps", 8),
        "once": Way("one spike per neuron", "ttfs"),
        "signed": Way("spikes of +1 and −1, 8 steps", "signed", 8),
        "graded": Way("graded spikes, 4 steps", "graded", 4),
    }
)
"""What can be compared."""


class Side(LivePage):
    """One of the two: its way, its answer and its network.

    Parameters
    ----------
    way : str
        A name of `WAYS`.
    first : bool
        Whether it shows the sample for both, and the time bar.
    **others
        As of `Workbench`.
    """

    def __init__(self, way: str, *, first: bool, **others: Any):
        self._way, self._first, self._others = way, first, others
        super().__init__(**{**_settings(way), **others})
        if self.sample is not None:
            self._beside.append(self.sample)
        self.add_class("swb-side")
        if not first:
            self.add_class("swb-side-follows")

    def parts(self, context: Context) -> Sequence[widgets.Widget]:
        """Return the choice of a way, the answer and the network."""
        self.choice = widgets.Dropdown(
            options=[(way.label, name) for name, way in WAYS.items()],
            value=self._way,
            tooltip="How this side computes with spikes.",
        )
        self.choice.observe(self._on_way, "value")
        self._actions = context.actions
        self.choice.add_class("swb-way")
        says = widgets.HBox([answer_panel(context), tiles_panel(context, ("spikes", "energy"))])
        says.add_class("swb-demo-says")
        # The other side's sample follows this one, which stands above both.
        self.sample = sample_panel(context) if self._first else None
        clock = "leads" if self._first else "follows"
        strip = network_strip_panel(context, plays="always", play_s=PLAY_S, clock=clock)
        return [self.choice, says, strip, status_panel(context)]

    def _on_way(self, change: Mapping[str, str]) -> None:
        kept = {name: value for name, value in self._others.items() if name in SETTINGS}
        self._actions.change(**{**_settings(change["new"]), **kept})


class CompareDemo(widgets.VBox):
    """Two sides with one sample.

    Parameters
    ----------
    network : str, path, Network or keras.Model
    left, right : str
        Names of `WAYS`.
    **others
        As of `Workbench`, for both sides.
    """

    def __init__(
        self, network: Any = "lenet", left: str = "rate", right: str = "once", **others: Any
    ):
        replace_former(self)
        for side, name in (("left", left), ("right", right)):
            if name not in WAYS:
                raise SettingsError(f"{side} is {name!r}; accepted: {', '.join(WAYS)}.")
        shared = {"network": network, "test_samples": 0, **others}
        self.sides = (Side(left, first=True, **shared), Side(right, first=False, **shared))
        title = demo_title("Two ways to say it")
        # The sample is chosen for both.
        own, other = (side.state for side in self.sides)
        own.observe(lambda change: other.change(sample=change["new"]), "sample")
        sample = self.sides[0].sample
        head = widgets.HBox([title, sample])
        head.add_class("swb-demo-head")
        both = widgets.HBox(list(self.sides))
        both.add_class("swb-sides")
        super().__init__([head, both])
        for name in ("swb-app", "swb-demo", "swb-demo-compare", "swb-one-clock"):
            self.add_class(name)

    def wait(self, timeout: float | None = 60.0) -> bool:
        """Block until all work of both sides is done and shown; for scripts."""
        return all(side.wait(timeout) for side in self.sides)

    def close(self) -> None:
        """Stop all work and remove both sides from the page."""
        for side in getattr(self, "sides", ()):
            side.close()
        close_tree(*self.children)
        self.set_trait("children", ())
        super().close()


def _settings(name: str) -> dict[str, Any]:
    """Return everything that a way sets, for `State.change`."""
    way = WAYS[name]
    return preset_fields(way.preset, way.steps)
