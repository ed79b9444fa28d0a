"""Units of a spiking network that follow one rule."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, cast

import numpy as np

from workbench.errors import StructureError
from workbench.network.activation import Activation
from workbench.network.field_types import fits, hints, plain, shown
from workbench.network.layer import MOST_UNITS, Shape, frozen
from workbench.neuron_rules import (
    KEEPING_SUM,
    LARGEST_PAYLOAD,
    MOST_LEVELS,
    RESET_RULES,
    SPIKE_RULES,
    ResetRule,
    SpikeRule,
    SpikeSteps,
)
from workbench.settings import MAX_POOL_RULES, OLDER_MAX_POOLS

KINDS = ("input", "if", "max_pool")
FINEST = 44
"""Extra bits of a population's own grid."""

_GRADED = tuple(name for name, rule in SPIKE_RULES.items() if rule.graded)


@dataclass(frozen=True, eq=False, repr=False)
class Population:
    """Units that follow one rule.

    Parameters
    ----------
    name : str
        Name of the rewritten network's layer whose activation the population carries.
    kind : "input", "if" or "max_pool"
        Integrate-and-fire neurons have a membrane; the other two only pass spikes on.
    shape : tuple of int
    threshold : int
        What a spike of payload 1 stands for, in grid units; 0 where there is no membrane.
    initial_potential : int or ndarray of int64, shape (size,)
        Before the first step, in grid units: one for all units, or one of each. 0 where there is
        no membrane.
    reset : str
        Of neurons, one of `workbench.neuron_rules.RESET_RULES`; "none" where they carry a step
        function: they fire whenever their potential, never reset, is at the threshold or above.
    bias : ndarray of int64, shape (size,)
        Constant drive of every step, in grid units.
    scale : float or ndarray, shape (channels,)
        The layer's lambda: the activation that one spike of a unit threshold per step represents;
        of a step function, the activation that one spike per step represents.
    max_pool : str
        Rule of a max-pool population: "exact", "fir", "exp" or "recent".
    extra_bits : int
        How much finer than the network's this population's own grid is.
    origin : str
        Name of the source network's layer that the population belongs to; one layer may become
        several populations, for instance ON and OFF. Its own name where this is empty.
    ceiling : float
        Activation at which the layer is clipped; 0 where it is not.
    levels : int
        Steps of a staircase up to the ceiling; 0 where there is none.
    signed : bool
        Whether units also send spikes below 0: neurons that take spikes back, and the pooling of
        such.
    read : str
        How an output is read: "" by its spikes, "membrane" or "on_off"; see
        `workbench.network.readout`.
    output_activation : Activation
        Of an output: what the analog network applies to its sums (a softmax, say), where no
        neuron does it.
    rule : "", "multi_threshold" or "one_shot"
        Of neurons whose spikes carry payloads, and of the pooling of such: one of
        `workbench.neuron_rules.SPIKE_RULES`. "" where all spikes are 1, or -1 if `signed`.
    largest : int
        Largest absolute payload of a spike.
    most : int
        Of one-shot neurons, the levels of an activation: their net output lies within 0 and these.

    Raises
    ------
    StructureError
        When it is made, if its fields do not fit together.
    """

    name: str
    kind: str
    shape: Shape
    threshold: int
    initial_potential: int | np.ndarray
    reset: str
    bias: np.ndarray
    scale: float | np.ndarray = 1.0
    max_pool: str = ""
    extra_bits: int = 0
    origin: str = ""
    ceiling: float = 0.0
    levels: int = 0
    signed: bool = False
    read: str = ""
    output_activation: Activation = Activation.LINEAR
    rule: str = ""
    largest: int = 1
    most: int = 0

    def __post_init__(self) -> None:
        expected = hints(cast("Any", type(self)))
        for field in fields(self):
            value = plain(getattr(self, field.name))
            if not fits(value, expected[field.name]):
                self._demand(False, f"its {field.name} is {shown(value)}", f"{field.type}, finite")
            value = frozen(value) if isinstance(value, np.ndarray) else value
            object.__setattr__(self, field.name, value)
        object.__setattr__(self, "max_pool", OLDER_MAX_POOLS.get(self.max_pool, self.max_pool))
        self._check_units()
        self._check_rule()

    def _demand(self, fits_together: bool, problem: str, accepted: str) -> None:
        if not fits_together:
            raise StructureError(f"Population '{self.name}': {problem}; accepted: {accepted}.")

    def _check_units(self) -> None:
        shape, size = self.shape, self.size
        self._demand(
            0 < len(shape) <= 8 and min(shape) > 0 and size < MOST_UNITS,
            f"it has the shape {shape}",
            f"1 to {MOST_UNITS:,} units",
        )
        self._demand(
            self.bias.dtype == np.int64 and self.bias.shape == (size,),
            f"its bias is {self.bias.dtype} of the shape {self.bias.shape}",
            f"int64 of the shape {(size,)}",
        )
        start = np.asarray(self.initial_potential)
        self._demand(
            start.dtype == np.int64 and start.shape in ((), (size,)),
            f"its initial_potential is {start.dtype} of the shape {start.shape}",
            f"an integer, or int64 of the shape {(size,)}",
        )
        scale = np.asarray(self.scale)
        self._demand(
            scale.shape in ((), (1,), shape[-1:]) and bool((scale > 0).all()),
            f"its scale is {scale.min(initial=np.inf):g} or more, of the shape {scale.shape}",
            "numbers above 0, one for all or one per channel",
        )
        fits_together = self.ceiling >= 0 and self.levels >= 0
        self._demand(fits_together, "its ceiling or levels are below 0", "at least 0")

    def _check_rule(self) -> None:
        kind, reset = self.kind, self.reset
        self._demand(kind in KINDS, f"it is of the kind {kind!r}", ", ".join(KINDS))
        resets = tuple(RESET_RULES) if kind == "if" else ("",)
        self._demand(reset in resets, f"its reset is {reset!r}", ", ".join(map(repr, resets)))
        rules = MAX_POOL_RULES if kind == "max_pool" else ("",)
        accepted = ", ".join(map(repr, rules))
        self._demand(self.max_pool in rules, f"its max_pool is {self.max_pool!r}", accepted)
        positive = kind != "if" or not self.reset_rule.has_threshold or self.threshold > 0
        self._demand(positive, f"its threshold is {self.threshold}", "1 or more grid units")
        fits_together = 0 <= self.extra_bits <= FINEST
        self._demand(fits_together, f"its extra_bits are {self.extra_bits}", f"0 to {FINEST}")
        self._demand(
            not self.signed or kind == "max_pool" or reset in KEEPING_SUM,
            f"it is signed, of the kind {kind!r} with reset {reset!r}",
            f"reset {', '.join(map(repr, KEEPING_SUM))} where neurons are signed",
        )

        self._check_payloads()

    def _check_payloads(self) -> None:
        rule, largest, most = self.rule, self.largest, self.most
        accepted = ", ".join(map(repr, ("", *_GRADED)))
        self._demand(rule in ("", *_GRADED), f"its rule is {rule!r}", accepted)
        self._demand(
            not rule or (self.signed and not self.is_step),
            f"it has the rule {rule!r}, but is not signed, or has a step function",
            "signed neurons that reset by subtraction, and the pooling of such",
        )
        sizes = [2**k for k in range(LARGEST_PAYLOAD.bit_length())]
        self._demand(
            largest in (sizes if rule else (1,)),
            f"its largest payload is {largest}",
            f"{', '.join(map(str, sizes))} with a rule, else 1",
        )
        limits = (largest, MOST_LEVELS) if rule and self.spike_rule.once else (0, 0)
        self._demand(
            limits[0] <= most <= limits[1],
            f"its net output is at most {most}",
            f"{limits[0]} to {limits[1]}",
        )

    def __repr__(self) -> str:
        return f"Population '{self.name}': {self.kind}, {' x '.join(map(str, self.shape))}"

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def starts(self) -> np.ndarray:
        """Initial potential of every unit; int64, shape (size,), read-only."""
        return np.broadcast_to(np.asarray(self.initial_potential, np.int64), (self.size,))

    @property
    def reset_rule(self) -> ResetRule:
        """What a spike does to the potential; of neurons alone."""
        return RESET_RULES[self.reset]

    @property
    def spike_rule(self) -> SpikeRule:
        """What the neurons send, or those that a pooling reads."""
        return SPIKE_RULES[self.rule or ("signed" if self.signed else "plain")]

    @property
    def spike_steps(self) -> SpikeSteps:
        """The numbers of its rule; of neurons alone."""
        return self.spike_rule.steps(self.threshold, self.largest, self.most)

    @property
    def payload_unit(self) -> float:
        """What a payload of 1 is in units of the threshold that people set."""
        return 1 / self.largest if self.spike_rule.divides else 1.0

    def in_thresholds(self, payloads: np.ndarray) -> np.ndarray:
        """Return payloads, or sums of them, in units of the threshold that people set.

        As they are where that is a payload of 1, else float64.
        """
        return payloads if self.payload_unit == 1 else payloads * self.payload_unit

    def averaged_over(self, steps: int) -> int:
        """Steps by which sums of payloads are divided to give activations: 1 of one-shot code."""
        return 1 if self.spike_rule.once else steps

    def most_sent(self, steps: int) -> int:
        """Largest sum of payloads after some steps."""
        return self.most if self.spike_rule.once else self.largest * steps

    @property
    def is_step(self) -> bool:
        """Whether these are neurons of a step function, whose spikes stand for no potential."""
        return self.kind == "if" and not self.reset_rule.has_threshold

    @property
    def neurons(self) -> int:
        """Number of units with a membrane."""
        return self.size if self.kind == "if" else 0
