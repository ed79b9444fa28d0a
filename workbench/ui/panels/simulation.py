"""Settings of the simulation, and of what is measured and shown."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.settings import Simulation
from workbench.ui.binding import Context
from workbench.ui.panels.layout import (
    grouped,
    section,
    setting_row,
    settings_rows,
    shown_where_it_matters,
)


def simulation_panel(context: Context) -> widgets.VBox:
    """Steps, test samples, encoding, units, and what neurons do besides."""
    # Frames of events are samples of another shape; a script that has them sets the encoding.
    rows = settings_rows(context, Simulation, without={"encoding": ["events"]})
    conditions = {
        "input_rate_hz": lambda state: state.simulation.encoding == "poisson",
        "seed": lambda state: state.simulation.encoding != "constant",
    }
    shown_where_it_matters(context, ["simulation"], rows, conditions)
    first = {
        "steps": rows.pop("steps"),
        "test_samples": setting_row(context, "test_samples"),
    }
    last = {"units": setting_row(context, "units")}
    return section("Simulation", *grouped({**first, **rows, **last}))
