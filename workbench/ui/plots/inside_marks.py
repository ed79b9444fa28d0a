"""Colours by which a picked unit is known in every view."""

from __future__ import annotations

from workbench.plot.palette import LAYERS
from workbench.ui.session.inspector import units_in
from workbench.ui.session.state import State


def picked_colours(state: State, layer: str = "") -> dict[int, str]:
    """Return the colour of each picked unit of a layer; of the focused one by default."""
    places = units_in(layer or state.focus, state.picked)
    return {unit: LAYERS[place % len(LAYERS)] for unit, place in places.items()}
