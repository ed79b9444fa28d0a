"""What a spike leaves of a potential: the formulas of `workbench.neuron_rules`, compiled."""

from __future__ import annotations

import functools
from typing import Any

from workbench.neuron_rules import RESET_RULES, ResetRule
from workbench.simulation.kernels.cached import kernel

IN_VECTORS = tuple(rule for rule in RESET_RULES.values() if not rule.divides)
"""Rules that vectors can follow."""

CODES_IN_VECTORS = tuple(rule.code for rule in IN_VECTORS)


def joined(others: Any, rule: ResetRule) -> Any:
    """Return the function that follows a rule where its code is given, else one of the others."""
    code, after = rule.code, kernel(inline=True)(rule.after)

    @kernel(inline=True)
    def after_spike(reset, u, threshold, s):  # type: ignore[no-untyped-def]
        if reset == code:
            return after(u, threshold, s)
        return others(reset, u, threshold, s)

    return after_spike


@kernel(inline=True)
def unchanged(reset, u, threshold, s):  # type: ignore[no-untyped-def]
    return u


after_spike = functools.reduce(joined, RESET_RULES.values(), unchanged)
"""Potential of a neuron that has sent s: a function of (code of the reset, u, threshold, s)."""
