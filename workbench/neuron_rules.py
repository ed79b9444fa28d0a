"""How neurons spike: what they send, and what a spike leaves of the membrane potential.

In every step, with the potential u that includes the step's input, the threshold theta, and n,
the sum of what the neuron has sent so far::

    s = sent(u, n)                                     one of `SPIKE_RULES`
    v = after(u, theta, s) where s is not 0, else u    one of `RESET_RULES`

Both are formulas of integers in plain operators, so that NumPy, numba, TensorFlow and vectors of
LLVM compute them from the same lines. All else that depends on a rule stands in its entry, too:
engines, settings, refusals, scripts and tables read it here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

Reset = Literal["subtract", "zero", "modulo"]
"""Rules that a conversion may choose; a type checker wants them as literals."""

Neurons = Literal["if", "signed", "multi_threshold", "one_shot"]
"""Neurons that a conversion may choose; "if" are the plain ones."""


@dataclass(frozen=True)
class ResetRule:
    """What a spike does to the membrane potential.

    Parameters
    ----------
    code : int
        Number by which kernels know the rule.
    label : str
        What menus and refusals show, behind the word "reset".
    action : str
        What a spike does to the potential, as an infinitive.
    equation : str
        The new potential in the symbols u, theta and s.
    statement : str
        The same as a line of Python that changes v, for scripts; "" where nothing changes.
    after : function of (u, threshold, s) to the new potential
        For integers, or arrays of integers, where s is not 0. No rule may lead further from 0 than
        the larger of \\|u\\| and the threshold: the range of potentials is proven by that.
    keeps_sum : bool
        Whether what a neuron has sent, times the threshold, and its potential always add up to
        what it has received. Signed neurons and reading a membrane rely on it.
    has_threshold : bool
        Whether the threshold is above 0, and a spike stands for that much of the potential.
    divides : bool
        Whether it takes a division, for which processors have no vectors.
    """

    code: int
    label: str
    action: str
    equation: str
    statement: str
    after: Callable[[Any, Any, Any], Any]
    keeps_sum: bool = False
    has_threshold: bool = True
    divides: bool = False


def _subtract(u: Any, threshold: Any, s: Any) -> Any:
    return u - threshold * s


def _zero(u: Any, threshold: Any, s: Any) -> Any:
    return u * 0


def _modulo(u: Any, threshold: Any, s: Any) -> Any:
    return u % threshold


def _keep(u: Any, threshold: Any, s: Any) -> Any:
    return u


RESET_RULES: Mapping[str, ResetRule] = {
    "subtract": ResetRule(
        0,
        "by subtraction",
        "subtract the threshold",
        "u - theta * s",
        "v -= threshold",
        _subtract,
        keeps_sum=True,
    ),
    "zero": ResetRule(1, "to zero", "set it to zero", "0", "v = 0", _zero),
    "modulo": ResetRule(
        2,
        "by modulo",
        "keep the remainder modulo the threshold",
        "u % theta",
        "v = v % threshold",
        _modulo,
        divides=True,
    ),
    # A step function: it spikes for as long as its potential is at the threshold or above.
    "none": ResetRule(3, "none", "leave it as it is", "u", "", _keep, has_threshold=False),
}
"""Rules by the names that settings and files have for them."""

RESETS: tuple[Reset, ...] = get_args(Reset)
"""Those that a conversion may choose; the last one comes with a step function."""

KEEPING_SUM = tuple(name for name in RESETS if RESET_RULES[name].keeps_sum)


@dataclass(frozen=True)
class SpikeRule:
    """What a neuron sends.

    A spike carries a payload: an integer that counts units of ``threshold``. Its absolute is one of
    the neuron's sizes, 1, 2, 4, ..., and the largest size for which there is reason is sent::

        size where u >= rises(threshold, size) and n + size <= most
        -size where u <= falls(threshold, size) and n >= size
        0 else

    Parameters
    ----------
    label : str
        What menus and refusals call the neurons.
    equation : str
        What is sent, for scripts and tables.
    rises : function of (threshold, size)
        Lowest potential at which a size is sent.
    falls : function of (threshold, size), optional
        Highest potential at which a size is taken back; without it nothing is taken back.
    needs_sum : bool
        Whether it goes with a reset alone that keeps the sum.
    divides : bool
        Whether sizes divide the threshold that people set: the largest is that threshold. Else the
        smallest is.
    once : bool
        Whether input and bias enter in one step alone, the net output is limited, and its value
        is the activation, whatever the number of steps.
    """

    label: str
    equation: str
    rises: Callable[[Any, int], Any]
    falls: Callable[[Any, int], Any] | None = None
    needs_sum: bool = False
    divides: bool = False
    once: bool = False

    @property
    def graded(self) -> bool:
        """Whether spikes differ in size."""
        return self.divides or self.once

    def steps(self, threshold: Any, largest: int, most: int) -> SpikeSteps:
        """Return the rule for neurons of a threshold, whose spikes have some largest size."""
        sizes = [2**k for k in range(largest.bit_length())]
        return SpikeSteps(
            sizes,
            [self.rises(threshold, size) for size in sizes],
            [self.falls(threshold, size) for size in sizes] if self.falls else [],
            most if self.once else MOST_NET,
        )


class SpikeSteps(NamedTuple):
    """A rule with its numbers, as `sent` takes them.

    Parameters
    ----------
    sizes : sequence of int
        In ascending order.
    up, down : sequence of int, or of arrays with a number per unit
        Potentials from which on, and up to which, each size is sent and taken back; `down` is
        empty where nothing is taken back.
    most : int
        Largest sum of what is sent.
    """

    sizes: Any
    up: Any
    down: Any
    most: int


def sent(where: Any, u: Any, n: Any, sizes: Any, up: Any, down: Any, most: Any) -> Any:
    """Return what neurons send at a potential u, having sent n in all.

    `where` chooses between two values, as ``numpy.where`` does; the rest is that of `SpikeSteps`.
    """
    s = 0
    for k in range(len(sizes)):
        s = where((u >= up[k]) & (n <= most - sizes[k]), sizes[k], s)
        if len(down) > 0:
            s = where((u <= down[k]) & (n >= sizes[k]), -sizes[k], s)
    return s


def _reached(threshold: Any, size: int) -> Any:
    return threshold * size


def _below_zero(threshold: Any, size: int) -> Any:
    return threshold * 0 - 1


def _three_quarters(threshold: Any, size: int) -> Any:
    return -(-3 * size * threshold // 4)  # rounded up: potentials are integers


def _minus_three_quarters(threshold: Any, size: int) -> Any:
    return -_three_quarters(threshold, size)


def _owed(threshold: Any, size: int) -> Any:
    return -(size - 1) * threshold - 1


MOST_NET = 2**31 - 1
"""Sums of what is sent stay below, as counters are int32."""

LARGEST_PAYLOAD = 128
"""Largest size of a spike: a choice, which keeps sums of spikes small."""

MOST_LEVELS = 2 * LARGEST_PAYLOAD - 1
"""Levels whose differences are sums of such sizes."""

SPIKE_RULES: Mapping[str, SpikeRule] = {
    "plain": SpikeRule("plain neurons", "1 where u >= theta, else 0", _reached),
    "signed": SpikeRule(
        "signed neurons (may emit -1)",
        "1 where u >= theta; -1 where u < 0 and n > 0",
        _reached,
        _below_zero,
        needs_sum=True,
    ),
    "multi_threshold": SpikeRule(
        "multi-threshold neurons (graded spikes)",
        "the largest 2^-i with u >= 0.75 2^-i theta; -2^-i where -u is as much and n >= 2^-i",
        _three_quarters,
        _minus_three_quarters,
        needs_sum=True,
        divides=True,
    ),
    "one_shot": SpikeRule(
        "one-shot neurons (graded spikes)",
        "1, 2, 4, ..., the largest that does not exceed floor(u / theta), up or down, within the "
        "levels",
        _reached,
        _owed,
        needs_sum=True,
        once=True,
    ),
}
"""Rules by the names that settings and files have for them."""
