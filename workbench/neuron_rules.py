"""How neurons spike: what they send, and what a spike leaves of the membrane potential.

In every step, with the potential u that includes the step's input, the threshold theta, and n,
the sum of what the neuron has sent so far::

    s = sends(u, theta, n)                             one of `SPIKE_RULES`
    v = after(u, theta, s) where s is not 0, else u    one of `RESET_RULES`

Both are formulas of integers in plain operators, so that NumPy, numba, TensorFlow and vectors of
LLVM compute them from the same lines. All else that depends on a rule stands in its entry, too:
engines, settings, refusals, scripts and tables read it here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Reset = Literal["subtract", "zero", "modulo"]
"""Rules that a conversion may choose; a type checker wants them as literals."""


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

    Parameters
    ----------
    code : int
        Number by which kernels know the rule.
    sends : function of (where, u, threshold, n) to s
        `where` chooses between two values, as ``numpy.where`` does.
    values : tuple of int
        What s may be.
    needs_sum : bool
        Whether it goes with a reset alone that keeps the sum.
    """

    code: int
    sends: Callable[[Callable[..., Any], Any, Any, Any], Any]
    values: tuple[int, ...]
    needs_sum: bool = False


def _plain(where: Callable[..., Any], u: Any, threshold: Any, n: Any) -> Any:
    return where(u >= threshold, 1, 0)


def _signed(where: Callable[..., Any], u: Any, threshold: Any, n: Any) -> Any:
    return where(u >= threshold, 1, where((u < 0) & (n > 0), -1, 0))


SPIKE_RULES: Mapping[str, SpikeRule] = {
    "plain": SpikeRule(0, _plain, (0, 1)),
    "signed": SpikeRule(1, _signed, (-1, 0, 1), needs_sum=True),
}
