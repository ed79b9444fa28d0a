"""Settings that are worth trying: the presets, and what is near them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from workbench.errors import SettingsError
from workbench.methods.presets import PRESETS, WITHOUT_POTENTIALS, preset
from workbench.settings import Conversion, Simulation

Changes = Mapping[str, Any]

_ROUNDED = {"per_channel": True, "initial_potential": 0.5, "readout": "potential"}
_MMSE = {"normalization": "mmse"}

VARIANTS: Mapping[str, tuple[Changes, ...]] = {
    "default": (_ROUNDED,),
    "few_steps": (
        {"calibrate": "none", "levels": 4},
        {"calibrate": "none", "levels": 8},
        {"calibrate": "none", "levels": 16},
        {"levels": 8},
        {"levels": 16},
        {"calibrate": "bias"},
    ),
    "signed": (
        {**_MMSE, "levels": 4},
        {**_MMSE, "levels": 8},
        {**_MMSE, "levels": 4, "calibrate": "potential"},
    ),
}
"""Changes of a preset that are tried beside it."""


@dataclass(frozen=True)
class Candidate:
    """Settings to try.

    Parameters
    ----------
    settings : str
        The preset, and what is changed of it.
    conversion : Conversion
    simulation : Simulation
        With the steps of the longest run.
    refusal : str
        Why these settings cannot be tried; empty where they can.
    """

    settings: str
    conversion: Conversion
    simulation: Simulation
    refusal: str = ""

    @property
    def serves_all_steps(self) -> bool:
        """Whether one run serves all shorter ones, as the conversion does not depend on steps."""
        return not self.conversion.simulates and not self.conversion.spike_code.in_turns


def candidates(
    steps: int, base: Simulation, target: str | None
) -> Iterator[tuple[bool, Candidate]]:
    """Yield all settings for runs of so many steps, the presets first.

    Parameters
    ----------
    steps : int
    base : Simulation
        What all of them share, besides the steps and the readout.
    target : str or None
        An export target that has to express them.

    Yields
    ------
    is_preset : bool
    Candidate
        None comes twice.
    """
    known: set[str] = set()
    tried: list[tuple[str, Changes]] = [(name, {}) for name in PRESETS]
    tried += [(name, changes) for name in PRESETS for changes in VARIANTS.get(name, ())]
    for name, changes in tried:
        found = _candidate(name, changes, steps, base, target)
        key = repr((found.conversion, found.simulation, found.refusal))
        if key not in known:
            known.add(key)
            yield not changes, found


def runs(
    tried: Iterable[tuple[int, Candidate]],
) -> list[tuple[Candidate, tuple[int, ...]]]:
    """Join settings that one run serves; return them with their numbers of steps.

    Parameters
    ----------
    tried : iterable of (steps, Candidate)
        Settings that differ between numbers of steps, as where a preset sets more for short runs,
        stay apart.
    """
    groups: dict[str, tuple[Candidate, tuple[int, ...]]] = {}
    for steps, found in tried:
        key = run_key(found)
        same, before = groups.get(key, (found, ()))
        groups[key] = (same, (*before, steps))
    return list(groups.values())


def run_key(found: Candidate) -> str:
    """Return what settings share that one run serves: all but the number of steps."""
    return repr((found.conversion, {**vars(found.simulation), "steps": 0}, found.refusal))


def _candidate(
    name: str, changes: Changes, steps: int, base: Simulation, target: str | None
) -> Candidate:
    told = ", ".join((name, *(f"{key}={value!r}" for key, value in changes.items())))
    try:
        conversion, run = preset(name, steps, target)
        own = {field: getattr(run, field) for field in PRESETS[name].simulation}
        of_run = {key: value for key, value in changes.items() if hasattr(run, key)}
        simulation = replace(base, **{**own, **of_run, "steps": steps})
        of_conversion = {key: value for key, value in changes.items() if key not in of_run}
        conversion = replace(conversion, **of_conversion)
    except SettingsError as error:
        # What is refused for a preset is refused for all that is near it.
        return Candidate(name, Conversion(), base, str(error))
    if conversion.spike_code.in_turns:
        refusal = (
            f"Preset {name!r} has the code {conversion.code!r}, whose runs have one length, so "
            "there are no steps to choose. Measure it with wb.simulate."
        )
        return Candidate(name, Conversion(), base, refusal)
    if not conversion.simulates:  # So that all numbers of steps share one conversion.
        plain = Conversion()
        conversion = replace(
            conversion,
            calibrate_steps=plain.calibrate_steps,
            calibrate_rounds=plain.calibrate_rounds,
        )
    moves = conversion.initial_potential != 0 or conversion.calibrate == "potential"
    if target in WITHOUT_POTENTIALS and moves:
        refusal = f"Neurons of the target {target!r} start from 0: no initial potentials."
        return Candidate(told, conversion, simulation, refusal)
    return Candidate(told, conversion, simulation)
