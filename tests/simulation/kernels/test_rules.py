"""Kernels compute what the tables of rules say."""

import numpy as np
import pytest
from numba import njit

from workbench import neuron_rules
from workbench.neuron_rules import RESET_RULES, SPIKE_RULES
from workbench.simulation.kernels import rules

POTENTIALS = (70_001, 70_000, 140_002, 2**31 - 1, 0, -1, -70_001)


@njit
def after_spike(code, u, threshold, s):
    return rules.after_spike(code, u, threshold, s)


@njit
def sent(u, n, sizes, up, down, most):
    return rules.sent(u, n, sizes, up, down, most)


@pytest.mark.parametrize("rule", RESET_RULES.values(), ids=RESET_RULES)
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_what_a_spike_leaves(rule, dtype):
    for u in POTENTIALS:
        for s in (1, -1) if rule.keeps_sum else (1,):
            assert after_spike(rule.code, dtype(u), dtype(70_001), s) == rule.after(u, 70_001, s)


@pytest.mark.parametrize("rule", SPIKE_RULES.values(), ids=SPIKE_RULES)
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_what_neurons_send(rule, dtype):
    numbers = rule.steps(70_001, 4 if rule.graded else 1, 30)
    sizes, *ends, most = numbers
    compiled = (np.array(sizes, np.int32), *(np.array(end, dtype) for end in ends), most)
    for u in POTENTIALS:
        for n in (0, 1, 30):
            expected = neuron_rules.sent(lambda c, one, other: one if c else other, u, n, *numbers)
            assert sent(dtype(u), np.int32(n), *compiled) == expected


def test_a_further_rule_is_compiled_like_the_others():
    formulas = {rule.code: rule.after for rule in RESET_RULES.values()}
    halving = rules.by_code(formulas | {9: lambda u, threshold, s: u // 2})
    compiled = njit(lambda code, u, threshold: halving(code, u, threshold, 1))
    assert [compiled(code, 1001, 400) for code in (9, 0, 1, 2, 3)] == [500, 601, 0, 201, 1001]
