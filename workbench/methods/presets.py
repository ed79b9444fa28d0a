"""Settings that belong together, by name: how many steps there are decides which are best.

Potentials that are read, exact max pooling and a scale of each channel cost nothing and help from
two steps on; what else helps depends on the neurons that a target has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.errors import SettingsError
from workbench.setting import settings_of
from workbench.settings import Conversion, Simulation

Fields = Mapping[str, Any]

ALL_NEURONS = ("builtin", "brian2")
"""Targets that express max pooling, and every kind of neuron."""

PLAIN_NEURONS = ("nest", "nir", "pynn", "loihi")
"""Targets with plain neurons alone."""

KNOWN_TARGETS = (*ALL_NEURONS, *PLAIN_NEURONS)

CHAINS = ("loihi",)
"""Targets of one chain of layers: neurons that replace max pooling exactly need branches."""

WITHOUT_POTENTIALS = ("loihi",)
"""Targets whose neurons start from 0."""

_ROUNDED = {"per_channel": True, "initial_potential": 0.5}
_MOST_CALIBRATED = 1000
_MOST_LEVELS = 32
_REPEATED = 16
"""Steps up to which a second round of calibration is worth its time: what it corrects fades."""
_FEWEST = 2
_FINE_TAPS = {"taps": 8, "normalization": "max"}


@dataclass(frozen=True)
class Preset:
    """Settings with a name.

    Parameters
    ----------
    label : str
        What people call it.
    help : str
        When to take it.
    steps : int
        Time steps where none are given.
    conversion : callable
        From time steps to fields of `Conversion` that are not the default.
    simulation : mapping
        Fields of `Simulation`, besides the steps, that are not the default.
    targets : tuple of str
        Export targets that express its neurons.
    """

    label: str
    help: str
    steps: int
    conversion: Callable[[int], Fields]
    simulation: Fields
    targets: tuple[str, ...] = KNOWN_TARGETS


PRESETS: Mapping[str, Preset] = {
    "default": Preset(
        "Default",
        "Spike counts, the percentile 99.9 of each layer: needs some 30 steps and more.",
        100,
        lambda steps: {},
        {},
    ),
    "few_steps": Preset(
        "Few steps",
        "Plain neurons for 4 to 16 steps: thresholds of least error, calibrated initial "
        "potentials, output potentials.",
        8,
        lambda steps: {
            **_ROUNDED,
            "normalization": "mmse",
            # A count of T steps has T levels.
            "levels": min(max(steps, 2), _MOST_LEVELS),
            "calibrate": "potential",
            "calibrate_steps": min(steps, _MOST_CALIBRATED),
            "calibrate_rounds": 2 if steps <= _REPEATED else 1,
        },
        {"readout": "potential"},
    ),
    "signed": Preset(
        "Signed neurons",
        "Signed neurons (may emit -1) for about 4 steps, also in networks that were trained with "
        "plain ReLU: thresholds found by simulation, output potentials.",
        4,
        lambda steps: {
            **_ROUNDED,
            "normalization": "search",
            "calibrate_steps": min(steps, _MOST_CALIBRATED),
            "neurons": "signed",
        },
        {"readout": "potential"},
        ALL_NEURONS,
    ),
    "graded": Preset(
        "Graded spikes",
        "Multi-threshold neurons for 1 to 4 steps: a spike carries 1, 1/2, 1/4, ... of the "
        "threshold. As in hardware with graded spikes.",
        4,
        lambda steps: {
            "neurons": "multi_threshold",
            **(_FINE_TAPS if steps <= _FEWEST else {"taps": 4}),
        },
        {"readout": "potential"},
        ALL_NEURONS,
    ),
    "one_shot": Preset(
        "One-shot",
        "Neurons that settle at the network quantized to 8 levels and then stay silent: inputs "
        "that do not change.",
        16,
        lambda steps: {
            "per_channel": True,
            "normalization": "mmse",
            "levels": 8,
            "neurons": "one_shot",
            "payload": "power_of_two",
        },
        {"readout": "potential"},
        ALL_NEURONS,
    ),
    "ttfs": Preset(
        "Exact first spikes",
        "One spike per neuron at most, in continuous time: the outputs of the analog network. The "
        "number of time steps makes no difference.",
        100,
        lambda steps: {"code": "ttfs"},
        {},
        ALL_NEURONS,
    ),
}
"""Presets by name, in the order in which they are offered."""


def preset(
    name: str, steps: int | None = None, target: str | None = None
) -> tuple[Conversion, Simulation]:
    """Return settings that belong together.

    Parameters
    ----------
    name : "default", "few_steps", "signed", "graded", "one_shot" or "ttfs"
    steps : int, optional
        Time steps that you will simulate; calibration is for as many. What the preset is made for
        if not given: 100, 8, 4, 4, 16 and 100.
    target : str, optional
        An export target, as "nest": what it cannot express is replaced by the nearest that it can.

    Returns
    -------
    conversion : Conversion
    simulation : Simulation

    Raises
    ------
    SettingsError
        If there is no such preset or target, or the target has no such neurons.

    Examples
    --------
    >>> conversion, simulation = preset("few_steps", steps=4)
    >>> conversion.normalization, conversion.calibrate, simulation.readout
    ('mmse', 'potential', 'potential')
    """
    known = PRESETS.get(name) if isinstance(name, str) else None
    if known is None:
        raise SettingsError(f"There is no preset {name!r}; there are {', '.join(PRESETS)}.")
    if steps is None:
        steps = known.steps
    steps = settings_of(Simulation)["steps"].values.check(f"steps of preset {name!r}", steps)
    values = {**known.conversion(steps), **_replaced(name, known, target)}
    return Conversion(**values), Simulation(steps=steps, **known.simulation)


def _replaced(name: str, known: Preset, target: str | None) -> Fields:
    """Fields that a target asks for."""
    if target is None:
        return {}
    if target not in KNOWN_TARGETS:
        raise SettingsError(f"target is {target!r}; accepted: {', '.join(KNOWN_TARGETS)}.")
    if target not in known.targets:
        others = [other for other, each in PRESETS.items() if target in each.targets]
        raise SettingsError(
            f"The target {target!r} has no neurons for preset {name!r}; accepted: the targets "
            f"{', '.join(known.targets)}. Take the preset {others[-1]!r}{_more(name, target)}."
        )
    fields: dict[str, Any] = {}
    if target not in ALL_NEURONS:
        fields["max_pool"] = "average_pooling" if target in CHAINS else "relu"
    if target in WITHOUT_POTENTIALS and known.conversion(known.steps).get("calibrate"):
        # The biases then make up for the start from 0, too.
        fields |= {"initial_potential": 0.0, "calibrate": "bias"}
    return fields


def _more(name: str, target: str) -> str:
    """Say what hardware could do that a target's files cannot."""
    if target != "loihi" or name not in ("graded", "one_shot"):
        return ""
    return "; Loihi 2 has graded spikes, which the formats written here cannot express"


def preset_fields(name: str, steps: int | None = None) -> dict[str, Any]:
    """Return what a preset sets, by field: all of the conversion, and its own of the simulation.

    Parameters
    ----------
    name, steps
        As of `preset`.

    Raises
    ------
    SettingsError
        If there is no such preset.
    """
    conversion, simulation = preset(name, steps)
    own = {"steps", "readout", "readout_after", *PRESETS[name].simulation}
    return {**vars(conversion), **{field: getattr(simulation, field) for field in own}}


def preset_of(conversion: Conversion, simulation: Simulation) -> str | None:
    """Return the name of the preset that settings are those of, or None.

    Only the fields that presets set are compared, and not the number of steps: encoding, leak,
    delays and how a machine computes make no difference.
    """
    for name, known in PRESETS.items():
        own = {"readout", "readout_after", *known.simulation}
        for steps in (conversion.calibrate_steps, _FEWEST):
            wanted, run = preset(name, steps)
            same = all(getattr(simulation, f) == getattr(run, f) for f in own)
            if same and conversion == wanted:
                return name
    return None
