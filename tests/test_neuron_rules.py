"""The rules of neurons: one entry says all, and everything that depends on a rule reads it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import spiking_networks as nets
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench.exporters.brian2.script import script_of
from workbench.exporters.unsupported import other_reset
from workbench.neuron_rules import (
    KEEPING_SUM,
    RESET_RULES,
    RESETS,
    SPIKE_RULES,
    Neurons,
    ResetRule,
    sent,
)
from workbench.simulation import simulate

NUMBERS_PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "numbers.md"

potentials = st.integers(-(2**40), 2**40)
thresholds = st.integers(1, 2**40)
received = st.integers(0, 50)


def where(condition, one, other):
    return one if condition else other


def test_rules_are_told_apart():
    codes = [rule.code for rule in RESET_RULES.values()]
    assert codes == list(range(len(codes)))
    assert set(get_args(Neurons)) == {"if"} | set(SPIKE_RULES) - {"plain"}
    assert set(RESETS) == set(RESET_RULES) - {"none"}


@pytest.mark.parametrize("name", RESET_RULES)
@given(potentials, thresholds)
def test_a_reset_is_the_same_in_every_form(name, u, threshold):
    rule = RESET_RULES[name]
    after = rule.after(u, threshold, 1)
    names = {"v": u, "threshold": threshold}
    exec(rule.statement, {}, names)
    assert names["v"] == after
    assert eval(rule.equation, {}, {"u": u, "theta": threshold, "s": 1}) == after


@pytest.mark.parametrize("spikes", SPIKE_RULES)
@pytest.mark.parametrize("name", RESET_RULES)
@given(potentials, thresholds, received)
def test_a_reset_never_leads_out_of_the_range_that_is_proven(name, spikes, u, threshold, n):
    rule, largest = RESET_RULES[name], 4 if SPIKE_RULES[spikes].graded else 1
    s = sent(where, u, n, *SPIKE_RULES[spikes].steps(threshold, largest, 50))
    assert s in (0, 1, -1, 2, -2, 4, -4) and abs(s) <= largest and n + s >= 0
    if s and not (SPIKE_RULES[spikes].needs_sum and not rule.keeps_sum):
        after = rule.after(u, threshold, s)
        assert abs(after) <= max(abs(u), threshold * largest)
        assert not rule.keeps_sum or after + threshold * s == u


def test_the_page_on_numbers_shows_the_equations():
    page = NUMBERS_PAGE.read_text("utf-8")
    for name in RESETS:
        assert f"v = {RESET_RULES[name].equation} " in page
        assert f'(reset "{name}"' in page
        assert RESET_RULES[name].action in wb.settings_table()


def test_an_entry_is_all_that_a_reset_takes(monkeypatch):
    """Halving, say: engines that follow the table, refusals and scripts know it at once."""
    rule = ResetRule(
        len(RESET_RULES),
        "to half",
        "halve it",
        "u // 2",
        "v = v // 2",
        lambda u, threshold, s: u // 2,
    )
    monkeypatch.setitem(RESET_RULES, "halve", rule)
    network = nets.chain([[50_000, 9_000]], reset="halve")
    run = simulate(network, np.ones((1, 1)), wb.Simulation(steps=40, engine="reference"))
    v, expected = np.zeros(2, np.int64), []
    for step in range(40):
        u = v + np.array([50_000, 9_000])
        expected += [(step, unit) for unit in np.nonzero(u >= nets.GRID)[0]]
        v = np.where(u >= nets.GRID, u // 2, u)
    _, step, unit = run.events["out"]
    assert list(zip(step, unit, strict=True)) == expected
    assert network.output.reset_rule.keeps_sum is ("halve" in KEEPING_SUM) is False
    assert 'RESETS = {\n    "halve": "v = v // 2",\n}' in script_of(network, "mine", 100)[0]
    refusal = other_reset(network.output, "NEST", ("subtract", "zero"))
    assert refusal.problem == "resets to half"
    assert 'supported: reset "subtract" and "zero"' in refusal.remedy
