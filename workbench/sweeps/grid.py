"""A grid of settings: axes by name, and the points that they make, each with what refuses it."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.errors import SettingsError
from workbench.methods.candidates import Candidate
from workbench.methods.presets import PRESETS, preset
from workbench.setting import Setting, refuse_unknown, settings_of
from workbench.settings import Conversion, Simulation

Grid = Mapping[str, Any]

PRESET = "preset"
"""Axis of presets, on which the other axes change single settings."""

UNSWEPT = ("record", "record_potentials")
"""Settings that make no difference: a sweep keeps no spikes."""

MOST_POINTS = 1_000_000


@dataclass(frozen=True)
class GridPoint:
    """Settings at one place of the grid.

    Parameters
    ----------
    choice : dict of axis to value
    steps : int
    candidate : Candidate
        With the reason, where these values cannot be combined.
    """

    choice: dict[str, Any]
    steps: int
    candidate: Candidate


def axes_of(grid: Grid) -> dict[str, list[Any]]:
    """Check a grid, and return the values of every axis.

    Parameters
    ----------
    grid : mapping of str to sequence
        By the names of settings, or "preset". A single value is an axis with one.

    Raises
    ------
    SettingsError
        If an axis is no setting, or has no values, the same value twice, or one that is not
        accepted on any account.
    """
    if not isinstance(grid, Mapping):
        raise SettingsError(
            f"grid is a {type(grid).__name__}; accepted: a dict of settings with their values, as "
            "{'percentile': [99, 99.9], 'steps': [8, 16]}."
        )
    known = _known()
    refuse_unknown("The grid", grid, known, "axis")
    axes = {str(name): _values(str(name), given, known[name]) for name, given in grid.items()}
    points = math.prod(len(values) for values in axes.values())
    if points > MOST_POINTS:
        raise SettingsError(
            f"The grid has {points:,} points; accepted: up to {MOST_POINTS:,}. Give fewer values."
        )
    return axes


def _known() -> dict[str, Setting | None]:
    """What can be an axis: every setting, and presets."""
    own = {**settings_of(Conversion), **settings_of(Simulation)}
    return {PRESET: None, **{name: each for name, each in own.items() if name not in UNSWEPT}}


def _values(name: str, given: Any, setting: Setting | None) -> list[Any]:
    """Return the values of an axis, each as the setting keeps it."""
    several = isinstance(given, Sequence) and not isinstance(given, (str, bytes))
    several |= isinstance(given, range) or hasattr(given, "tolist")
    if hasattr(given, "tolist"):  # an array, or a number of NumPy
        given = given.tolist()
        several = isinstance(given, list)
    values = list(given) if several else [given]
    if not values:
        raise SettingsError(f"The grid's axis {name} is empty; accepted: at least one value.")
    if setting is None:
        for value in values:
            preset(value)  # which knows the names
    else:
        values = [setting.values.check(f"{name} in the grid", value) for value in values]
    for number, value in enumerate(values):
        if value in values[:number]:
            raise SettingsError(f"The grid's axis {name} has {value!r} twice; accepted: once.")
    return values


def grid_points(
    axes: Mapping[str, Sequence[Any]], conversion: Conversion | None, simulation: Simulation | None
) -> list[GridPoint]:
    """Return all points of a grid, those of the first axis's first value first.

    Parameters
    ----------
    axes : mapping
        As `axes_of` returns it.
    conversion, simulation : optional
        Settings of what is no axis; the defaults if not given.

    Raises
    ------
    SettingsError
        If a preset is an axis, which sets all of the conversion, and a conversion is given.
    """
    if PRESET in axes and conversion is not None:
        raise SettingsError(
            "The grid has the axis preset, and conversion is given; accepted: one of the two, "
            "because a preset sets all of the conversion. Make what differs axes of the grid."
        )
    return [
        _point(dict(zip(axes, values, strict=True)), conversion, simulation)
        for values in itertools.product(*axes.values())
    ]


def _point(
    values: dict[str, Any], conversion: Conversion | None, simulation: Simulation | None
) -> GridPoint:
    changes = {name: value for name, value in values.items() if name != PRESET}
    run, base = simulation or Simulation(), conversion or Conversion()
    steps = changes.get("steps", run.steps)
    try:
        if PRESET in values:
            name = values[PRESET]
            given = None if simulation is None and "steps" not in changes else steps
            base, own = preset(name, given)
            steps = own.steps
            run = replace(run, **PRESETS[name].simulation, readout_after=0, steps=steps)
            run = replace(run, readout_after=(simulation or run).readout_after)
        of_run = {name: value for name, value in changes.items() if hasattr(run, name)}
        of_base = {name: value for name, value in changes.items() if name not in of_run}
        candidate = made(replace(base, **of_base), replace(run, **of_run))
    except SettingsError as error:
        return GridPoint(values, steps, Candidate(_json(values), Conversion(), run, str(error)))
    if candidate.simulation.encoding == "events":
        reason = (
            "Simulation.encoding is 'events'; a sweep accepts 'constant' and 'poisson', because "
            "recordings are divided into a fixed number of steps. Convert and compare with "
            "wb.simulate for each number of frames."
        )
        return GridPoint(values, steps, replace(candidate, refusal=reason))
    return GridPoint(values, steps, candidate)


def made(conversion: Conversion, simulation: Simulation) -> Candidate:
    """Return settings to measure; as text, they are what is not the default, in JSON."""
    return Candidate(settings_json(conversion, simulation), conversion, simulation)


def settings_json(conversion: Conversion, simulation: Simulation) -> str:
    """Say what is not the default, and the steps, for `settings_from_json`."""
    told: dict[str, Any] = {}
    for part in (conversion, simulation):
        default = type(part)().to_dict()
        for name, value in part.to_dict().items():
            if name not in UNSWEPT and (name == "steps" or value != default.get(name)):
                told[name] = value
    return _json(told)


def settings_from_json(text: str) -> tuple[Conversion, Simulation]:
    """Read what `settings_json` wrote.

    Raises
    ------
    SettingsError
        If it is something else.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"The settings are not valid JSON: {error}.") from error
    if not isinstance(given, dict):
        raise SettingsError(f"The settings are a {type(given).__name__}; accepted: an object.")
    own = settings_of(Conversion)
    refuse_unknown("The row", given, {**own, **settings_of(Simulation)})
    conversion = Conversion.from_dict({k: v for k, v in given.items() if k in own})
    return conversion, Simulation.from_dict({k: v for k, v in given.items() if k not in own})


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps({name: plain_value(value) for name, value in values.items()})


def plain_value(value: Any) -> Any:
    """Return a setting's value as JSON has it; 99 and 99.0 are one."""
    if isinstance(value, Mapping):
        return {name: plain_value(each) for name, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain_value(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
