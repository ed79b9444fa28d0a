import functools

import numpy as np
import pytest
from numba import njit

from workbench.neuron_rules import RESET_RULES, ResetRule
from workbench.simulation.kernels import resets


@njit
def after_spike(reset, u, threshold, s):
    return resets.after_spike(reset, u, threshold, s)


@pytest.mark.parametrize("name", RESET_RULES)
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_kernels_compute_what_the_table_says(name, dtype):
    rule, threshold = RESET_RULES[name], dtype(70_001)
    for u in (70_001, 70_002, 140_002, 2**31 - 1, -1, -70_001):
        for s in (1, -1) if rule.keeps_sum else (1,):
            found = after_spike(rule.code, dtype(u), threshold, s)
            assert found == rule.after(u, int(threshold), s)


def test_a_further_rule_is_compiled_like_the_others():
    rule = ResetRule(
        9, "to half", "halve it", "u // 2", "v = v // 2", lambda u, threshold, s: u // 2
    )
    chosen = functools.reduce(resets.joined, [*RESET_RULES.values(), rule], resets.unchanged)
    compiled = njit(lambda reset, u, threshold: chosen(reset, u, threshold, 1))
    assert [compiled(code, 1001, 400) for code in (9, 0, 1, 2, 3)] == [500, 601, 0, 201, 1001]
