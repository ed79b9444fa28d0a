"""A grid of settings: axes by name, and the points that they make, each with what refuses it."""

from __future__ import annotations

import functools
import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.errors import SettingsError
from workbench.methods.candidates import Candidate
from workbench.methods.presets import PRESETS, preset
from workbench.setting import Setting, refuse_unknown, settings_of
from workbench.setting_values import shown
from workbench.settings import Conversion, Simulation

Grid = Mapping[str, Any]

PRESET = "preset"
"""Axis of presets, on which the other axes change single settings."""

UNSWEPT = ("record", "record_potentials")
"""Settings that make no difference: a sweep keeps no spikes."""

MOST_POINTS = 200_000

NO_EVENTS = (
    "Simulation.encoding is 'events'; a sweep accepts 'constant' and 'poisson', because "
    "recordings are divided into a fixed number of steps. Convert and compare with "
    "wb.simulate for each number of frames."
)


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
    refuse_unknown("The grid", _named(grid, "The grid"), known, "axis")
    axes = {str(name): _values(str(name), given, known[name]) for name, given in grid.items()}
    points = math.prod(len(values) for values in axes.values())
    if points > MOST_POINTS:
        raise SettingsError(
            f"The grid has {points:,} points; accepted: up to {MOST_POINTS:,}. Give fewer values."
        )
    return axes


def _named(values: Mapping[Any, Any], owner: str) -> Mapping[str, Any]:
    """Refuse names that are no text."""
    for name in values:
        if not isinstance(name, str):
            raise SettingsError(
                f"{owner} has the name {name!r}, of type {type(name).__name__}; accepted: names "
                "of settings as text, as in {'steps': [8, 16]}."
            )
    return values


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
    known: set[str] = set()
    for value in values:
        text = json.dumps(plain_value(value), sort_keys=True)
        if text in known:
            raise SettingsError(f"The grid's axis {name} has {value!r} twice; accepted: once.")
        known.add(text)
    return values


def grid_points(
    axes: Mapping[str, Sequence[Any]],
    conversion: Conversion | None,
    simulation: Simulation | Mapping[str, Any] | None,
) -> Iterator[GridPoint]:
    """Yield all points of a grid, those of the first axis's first value first.

    Parameters
    ----------
    axes : mapping
        As `axes_of` returns it.
    conversion : Conversion, optional
        The settings that are not an axis; the defaults if not given.
    simulation : Simulation or mapping, optional
        Likewise. What a mapping names is kept with every preset; a preset sets the rest.

    Raises
    ------
    SettingsError
        If a preset is an axis, which sets all of the conversion, and a conversion is given; or
        these are no settings.
    """
    check_settings(conversion, "conversion", Conversion)
    if isinstance(simulation, Mapping):
        known = settings_of(Simulation)
        refuse_unknown("simulation", _named(simulation, "simulation"), known)
        simulation = {
            name: known[name].values.check(f"simulation's {name}", value)
            for name, value in simulation.items()
        }
    else:
        check_settings(simulation, "simulation", Simulation)
    if PRESET in axes and conversion is not None:
        raise SettingsError(
            "The grid has the axis preset, and conversion is given; accepted: one of the two, "
            "because a preset sets all of the conversion. Make what differs axes of the grid."
        )
    make = _Maker(conversion, simulation)
    for values in itertools.product(*axes.values()):
        yield make.point(dict(zip(axes, values, strict=True)))


class _Maker:
    """Makes points; many of them share a conversion or a simulation, which is checked once."""

    def __init__(
        self, conversion: Conversion | None, simulation: Simulation | Mapping[str, Any] | None
    ):
        named = simulation if isinstance(simulation, Mapping) else {}
        run = simulation if isinstance(simulation, Simulation) else Simulation()
        self._run = {name: getattr(run, name) for name in settings_of(Simulation)}
        self._base = conversion or Conversion()
        self._fixed = dict(named)
        self._has_steps = isinstance(simulation, Simulation) or "steps" in named
        self._known: dict[str, Any] = {}

    def point(self, values: dict[str, Any]) -> GridPoint:
        """Return the point with some values of the axes."""
        changes = {name: value for name, value in values.items() if name != PRESET}
        of_run = {name: value for name, value in changes.items() if name in self._run}
        of_base = {name: value for name, value in changes.items() if name not in of_run}
        of_run = {**self._fixed, **of_run}
        steps, name = of_run.get("steps", self._run["steps"]), values.get(PRESET)
        try:
            own: dict[str, Any] = {}
            base = self._base
            if name is not None:
                given = steps if self._has_steps or "steps" in changes else None
                base, run = self._once(preset, name, given)
                steps = run.steps
                own = dict(PRESETS[name].simulation)
            conversion, told = self._once(_with_text, base, of_base)
            run = {**self._run, **own, **of_run, "steps": steps}
            simulation, more = self._once(_simulation_with_text, run)
        except SettingsError as error:
            refused = Candidate(_json(values), Conversion(), Simulation(), str(error))
            return GridPoint(values, steps, refused)
        reason = NO_EVENTS if simulation.encoding == "events" else ""
        text = _json({**told, **more})
        return GridPoint(values, steps, Candidate(text, conversion, simulation, reason))

    def _once(self, make: Callable[..., Any], *given: Any) -> Any:
        """Call a function, unless its result for the same arguments is known; refusals, too."""
        key = repr((make.__name__, given))
        if key not in self._known:
            try:
                self._known[key] = make(*given)
            except SettingsError as error:
                self._known[key] = error
        found = self._known[key]
        if isinstance(found, SettingsError):
            raise SettingsError(str(found))
        return found


def _with_text(base: Any, changes: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    changed = replace(base, **changes)
    return changed, _told(changed)


def _simulation_with_text(values: Mapping[str, Any]) -> tuple[Simulation, dict[str, Any]]:
    return _with_text(Simulation(**values), {})


def check_settings(value: object, name: str, kind: type) -> None:
    """Refuse what is not settings of a kind, nor None for the defaults.

    Raises
    ------
    SettingsError
    """
    if value is not None and not isinstance(value, kind):
        told = shown(value) if isinstance(value, str) else f"a {type(value).__name__}"
        raise SettingsError(
            f"{name} is {told}; accepted: wb.{kind.__name__}(...) with the settings that are not "
            "the defaults, or None."
        )


def _told(part: Conversion | Simulation) -> dict[str, Any]:
    """Return what is not the default, and the steps."""
    default = _default(type(part))  # type: ignore[arg-type]
    return {
        name: value
        for name, value in part.to_dict().items()
        if name not in UNSWEPT and (name == "steps" or value != default.get(name))
    }


@functools.cache
def _default(kind: Any) -> dict[str, Any]:
    values: dict[str, Any] = kind().to_dict()
    return values


def made(conversion: Conversion, simulation: Simulation) -> Candidate:
    """Return settings to measure; as text, they are what is not the default, in JSON."""
    return Candidate(settings_json(conversion, simulation), conversion, simulation)


def settings_json(conversion: Conversion, simulation: Simulation) -> str:
    """Say what is not the default, and the steps, for `settings_from_json`."""
    return _json({**_told(conversion), **_told(simulation)})


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
