"""What neurons send, and what spikes leave: formulas of `workbench.neuron_rules`, compiled."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from workbench import neuron_rules
from workbench.neuron_rules import RESET_RULES
from workbench.simulation.kernels.cached import kernel

IN_VECTORS = tuple(rule for rule in RESET_RULES.values() if not rule.divides)
"""Resets that vectors can follow."""

CODES_IN_VECTORS = tuple(rule.code for rule in IN_VECTORS)


@kernel(inline=True)
def _where(condition, one, other):  # type: ignore[no-untyped-def]
    return one if condition else other


_sent = kernel(inline=True)(neuron_rules.sent)


@kernel(inline=True)
def sent(u, n, sizes, up, down, most):  # type: ignore[no-untyped-def]
    """Return what a neuron sends at a potential u that has sent n; see `neuron_rules.sent`."""
    return _sent(_where, u, n, sizes, up, down, most)


@kernel(inline=True)
def _unknown(code, u, threshold, more):  # type: ignore[no-untyped-def]
    return u


def by_code(formulas: dict[int, Callable[..., Any]]) -> Any:
    """Return formulas of three numbers as one function of (code, and these), for kernels."""
    # The first is asked for first: most neurons follow the first rules.
    return functools.reduce(_either, reversed(formulas.items()), _unknown)


def _either(others: Any, following: tuple[int, Callable[..., Any]]) -> Any:
    number, formula = following[0], kernel(inline=True)(following[1])

    @kernel(inline=True)
    def chosen(code, u, threshold, more):  # type: ignore[no-untyped-def]
        if code == number:
            return formula(u, threshold, more)
        return others(code, u, threshold, more)

    return chosen


after_spike = by_code({rule.code: rule.after for rule in RESET_RULES.values()})
"""Potential of a neuron that has sent s: a function of (code, u, threshold, s)."""
