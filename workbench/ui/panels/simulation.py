"""Settings of the simulation, and of what is measured and shown."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from workbench.settings import Simulation
from workbench.ui.binding import Context
from workbench.ui.panels.layout import setting_row, settings_rows, shown_where_it_matters


def simulation_rows(context: Context, chosen: Callable[[str], bool]) -> dict[str, widgets.HBox]:
    """Return the rows of the chosen settings of the simulation and of what is shown, by name."""
    # Frames of events are samples of another shape; a script that has them sets the encoding.
    rows = settings_rows(context, Simulation, chosen, without={"encoding": ["events"]})
    conditions = {
        "input_rate_hz": lambda state: state.simulation.encoding == "poisson",
        "seed": lambda state: state.simulation.encoding != "constant",
    }
    shown_where_it_matters(context, ["simulation"], rows, conditions)
    own = {name: setting_row(context, name) for name in ("test_samples", "units") if chosen(name)}
    return {**rows, **own}
