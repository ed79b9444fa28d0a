"""How spikes carry activations: what a neuron sends for its value, and what a spike is worth.

With the code "rate", every layer spikes in every step, and the number of spikes counts. With the
other codes, layers take turns: while one layer sends, in a window of its own, the next one listens,
and only then sends. So a neuron knows all of its input before its first spike, and the result is
that of the analog network: quantized to `Conversion.levels` levels where windows have slots, exact
where time is continuous.

All that differs between codes stands in this table: settings, conversion, simulation, refusals,
figures and the documentation read it here.

References
----------
.. [1] A. Stanojevic et al., "High-performance deep spiking neural networks with 0.3 spikes per
   neuron", Nature Communications 15, 2024 (the model B1).
.. [2] B. Rueckauer and S.-C. Liu, "Conversion of analog to spiking neural networks using sparse
   temporal coding", ISCAS 2018.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Code = Literal["rate", "phase", "ttfs_steps", "ttfs"]

SLICES = 100
"""Equal parts of a run in continuous time, after each of which accuracy is known."""

MARGIN = 1.5
"""What a window of continuous time stands for, in largest activations of the calibration data."""


@dataclass(frozen=True)
class SpikeCode:
    """One way in which spikes carry activations.

    Parameters
    ----------
    label : str
        What menus show.
    meaning : str
        What a spike says, for the help and the documentation; a sentence.
    sends : function of (value, slot, levels) to truth, or None
        Whether a neuron of a value from 0 to `levels` spikes in a slot of its window, from 0. None
        where there are no slots.
    weight : function of (slot, levels) to int, or None
        Levels that a spike in a slot stands for; what a neuron sends adds up to its value.
    in_turns : bool
        Whether layers take turns.
    why : str
        What all neurons of the code do, behind "whose"; for refusals.
    conversion, simulation : mapping of field to tuple
        Values that the settings may have with this code, where not all of them.
    """

    label: str
    meaning: str
    sends: Callable[[Any, Any, int], Any] | None = None
    weight: Callable[[Any, int], Any] | None = None
    in_turns: bool = True
    why: str = "neurons send once, after all their input is known"
    conversion: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    simulation: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def has_slots(self) -> bool:
        """Whether a layer's window is divided into `Conversion.levels` slots."""
        return self.sends is not None

    @property
    def is_continuous(self) -> bool:
        """Whether spikes have times rather than steps."""
        return self.in_turns and not self.has_slots


def _bits_sent(value: Any, slot: Any, levels: int) -> Any:
    bits = levels.bit_length()
    return (slot < bits) & ((value >> (bits - 1 - slot) * (slot < bits)) & 1 == 1)


def _bit_weight(slot: Any, levels: int) -> Any:
    bits = levels.bit_length()
    return (1 << (bits - 1 - slot) * (slot < bits)) * (slot < bits)


def _sent_once(value: Any, slot: Any, levels: int) -> Any:
    return (value > 0) & (slot == levels - value)


def _levels_left(slot: Any, levels: int) -> Any:
    return levels - slot


_CONVERSION: Mapping[str, tuple[Any, ...]] = {
    "reset": ("subtract",),
    "neurons": ("if",),
    "calibrate": ("none",),
    "normalization": ("percentile", "max", "mmse"),
    "initial_potential": (0.0, 0.5),
    "max_pool": ("exact", "relu", "average_pooling"),
    "output_sign": ("auto", "membrane", "none"),
}
_SIMULATION: Mapping[str, tuple[Any, ...]] = {
    "encoding": ("constant",),
    "refractory_steps": (0,),
    "leak": (0.0,),
    "delay_steps": (0,),
    "clamp_steps": ({},),
}

CODES: Mapping[str, SpikeCode] = {
    "rate": SpikeCode(
        "rate",
        "the number of spikes stands for the activation; all layers spike in every step",
        in_turns=False,
    ),
    "phase": SpikeCode(
        "phase (binary digits)",
        "the spikes of a window are the binary digits of the quantized activation, the largest "
        "first",
        _bits_sent,
        _bit_weight,
        conversion=_CONVERSION,
        simulation=_SIMULATION,
    ),
    "ttfs_steps": SpikeCode(
        "time to first spike, in steps",
        "one spike, the earlier the larger the quantized activation",
        _sent_once,
        _levels_left,
        conversion=_CONVERSION,
        simulation=_SIMULATION,
    ),
    "ttfs": SpikeCode(
        "time to first spike (exact)",
        "one spike in continuous time, the earlier the larger the activation, which is not rounded",
        conversion={
            **_CONVERSION,
            "normalization": ("percentile", "max"),
            "percentiles": ({},),
            "initial_potential": (0.0,),
        },
        simulation=_SIMULATION,
    ),
}
"""Codes by the names that settings and files have for them."""


def refusal(code: str, kind: str, settings: object) -> str:
    """Say which settings make no sense with a code, and what to do; "" where all of them do.

    Parameters
    ----------
    code : str
    kind : "conversion" or "simulation"
    settings : Conversion or Simulation
    """
    known = CODES[code]
    for name, accepted in getattr(known, kind).items():
        value = getattr(settings, name, accepted[0])
        if value not in accepted:
            values = ", ".join(map(repr, accepted))
            return (
                f"{type(settings).__name__}.{name} is {value!r} with code {code!r}, whose "
                f"{known.why}; accepted: {values}. Set {name}={accepted[0]!r}, or convert with "
                "code='rate'."
            )
    return ""
