"""What an export target can say of how neurons spike, and what is nearest where it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.neuron_rules import SPIKE_RULES
from workbench.spike_codes import CODES

EXACT_STEPS = 32
"""Steps after which rates of plain neurons come close to activations that are not rounded."""


@dataclass(frozen=True)
class Abilities:
    """What a target can say: one declaration, which refusals, presets' tests and docs read.

    Parameters
    ----------
    target : str
        Name of the target, as people type it.
    title : str
        As refusals call it: "NEST".
    codes : tuple of str
        Spike codes (`workbench.spike_codes`) of the networks that it can express.
    neurons : tuple of str
        Neurons (`workbench.neuron_rules.SPIKE_RULES`) that it can express.
    remark : str
        What else to know where neurons are refused, behind a semicolon.
    """

    target: str
    title: str
    codes: tuple[str, ...] = ("rate",)
    neurons: tuple[str, ...] = ("plain",)
    remark: str = ""

    def __post_init__(self) -> None:
        for name, known in (("codes", CODES), ("neurons", SPIKE_RULES)):
            given, least = getattr(self, name), next(iter(known))
            if least not in given or not set(given) <= set(known):
                raise ValueError(
                    f"Abilities.{name} of {self.target!r} are {given!r}; accepted: {least!r}, and "
                    f"any of {', '.join(map(repr, list(known)[1:]))} besides."
                )


@dataclass(frozen=True)
class Nearest:
    """The setting that comes nearest to one that a target cannot say.

    Parameters
    ----------
    says : str
        What is said instead, as keywords.
    call : str
        What gives all settings of it, in Python.
    """

    says: str
    call: str


LIKE_CODE: Mapping[str, tuple[str, ...]] = {
    "phase": ("ttfs_steps",),
    "ttfs_steps": ("phase",),
    "ttfs": ("ttfs_steps", "phase"),
}
"""Codes of the same values, the nearest first; where a target has none of them, rates are left."""

PRESET_OF: Mapping[str, tuple[str, str, int]] = {
    "one_shot": ("one_shot", "one_shot", 16),
    "multi_threshold": ("multi_threshold", "graded", 4),
    "signed": ("signed", "signed", 8),
    "plain": ("if", "few_steps", 8),
}
"""Neurons that may replace others, the nearest first: their name among `Conversion.neurons`, the
preset that is made for them, and steps after which it was measured to lose about half a point."""


def nearest_code(code: str, levels: int, abilities: Abilities) -> Nearest:
    """Return what a target can say that is nearest to a code."""
    for other in LIKE_CODE.get(code, ()):
        if other in abilities.codes:
            fields = f"code={other!r}, levels={levels}"
            return Nearest(fields.replace(", ", " with "), f"wb.Conversion({fields})")
    steps = EXACT_STEPS if CODES[code].is_continuous else 2 * levels
    return Nearest(f"code='rate' with steps={steps}", _preset("few_steps", steps, abilities))


def nearest_neurons(rule: str, abilities: Abilities) -> Nearest:
    """Return what a target can say that is nearest to neurons of a rule."""
    other = next(each for each in PRESET_OF if each in abilities.neurons and each != rule)
    neurons, preset, steps = PRESET_OF[other]
    return Nearest(f"neurons={neurons!r} with steps={steps}", _preset(preset, steps, abilities))


def targets_with(kind: str, name: str) -> str:
    """Name the targets of this package that have a code ("codes") or neurons ("neurons")."""
    from workbench.exporters.registry import built_in

    able = [each.name for each in built_in().values() if name in getattr(each.abilities, kind)]
    return "the target " + " or ".join(f'"{each}"' for each in able)


def _preset(name: str, steps: int, abilities: Abilities) -> str:
    from workbench.exporters.registry import built_in

    known = f", target={abilities.target!r}" if abilities.target in built_in() else ""
    return f"wb.preset({name!r}, steps={steps}{known})"
