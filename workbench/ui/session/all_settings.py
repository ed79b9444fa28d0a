"""All that has a control: settings of conversion and simulation, and the workbench's own."""

from __future__ import annotations

from typing import Any, Literal, get_args

from workbench.setting import Setting, settings_of
from workbench.setting_values import Choice, Integer, Truth, plain
from workbench.settings import Conversion, Simulation

Units = Literal["steps", "ms"]
UNITS: tuple[Units, ...] = get_args(Units)

OWN_SETTINGS = {
    "sample": Setting(
        Integer(0, 10**9),
        "Sample",
        "Which test sample is shown, counted from 0.",
    ),
    "test_samples": Setting(
        Integer(0, 1_000_000),
        "Test samples",
        "Test samples on which accuracy is measured; 0 for none.",
        places=tuple(range(0, 1001, 50)),
        step=50,
        group="Read-out",
    ),
    "live": Setting(Truth(), "Live", "Run after every change."),
    "presentation": Setting(
        Truth(),
        "Present",
        "Large type, the answer and three controls, for a projector; Esc leaves.",
        group=None,
        default=False,
    ),
    "units": Setting(
        Choice(Units, {"steps": "steps, spikes per step", "ms": "ms, Hz"}),
        "Units",
        "Units of time and of rates in the plots; exact first spikes are always in windows.",
        group="Read-out",
    ),
}
"""Settings of the workbench itself."""

SETTINGS = {**settings_of(Conversion), **settings_of(Simulation), **OWN_SETTINGS}
"""All that has a control, by name."""

CONVERSION = tuple(settings_of(Conversion))
SIMULATION = tuple(settings_of(Simulation))
OWN = ("network", "data", "own_input", *OWN_SETTINGS)

ASKED = ("network", "data", "conversion", "simulation", "sample", "test_samples", "own_input")
"""Traits whose change asks for a new run."""

UNDONE = (*ASKED, "units")
"""Traits that `undo` and `redo` set. Live is not a setting but a way to work."""


def trait_of(setting: str) -> str:
    """Name of the trait that holds a setting: "percentile" is part of "conversion"."""
    if setting in CONVERSION:
        return "conversion"
    return "simulation" if setting in SIMULATION else setting


def checked(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of the workbench's own settings as they are kept."""
    names = OWN_SETTINGS.keys() & values
    return {name: OWN_SETTINGS[name].values.check(name, plain(values[name])) for name in names}
