"""The neurons of the course are those of the simulator, and come out as on paper."""

from fractions import Fraction

import numpy as np
import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.teaching.lone_neuron import rate_curve, run_chain, run_neuron

STEPS = 24


def on_paper(current, threshold, reset, leak, steps=STEPS):
    """Spikes and what is left, in exact fractions."""
    v, spikes = Fraction(0), []
    for _ in range(steps):
        v -= min(max(v, Fraction(0)), leak * threshold)
        v += current
        spikes.append(v >= threshold)
        if spikes[-1]:
            v = {"subtract": v - threshold, "zero": Fraction(0), "modulo": v % threshold}[reset]
    return spikes, v


@pytest.mark.parametrize("reset", ["subtract", "zero", "modulo"])
@settings(max_examples=examples(12), deadline=None)
@given(
    current=st.integers(-10, 40).map(lambda k: Fraction(k, 20)),
    threshold=st.integers(10, 40).map(lambda k: Fraction(k, 20)),
)
def test_decimals_come_out_as_on_paper(reset, current, threshold):
    run = run_neuron(
        np.ones(STEPS, bool), current=float(current), threshold=float(threshold), reset=reset
    )
    spikes, left = on_paper(current, threshold, reset, Fraction(0))
    assert run.spikes.tolist() == spikes
    assert run.after[-1] == pytest.approx(float(left), abs=1e-3)
    curve = rate_curve(np.array([float(current)]), STEPS, threshold=float(threshold), reset=reset)
    assert curve[0].tolist() == np.cumsum(spikes).tolist()


@pytest.mark.parametrize("reset", ["subtract", "zero", "modulo"])
@pytest.mark.parametrize("current", [0.3, 1.6, -0.2])
@pytest.mark.parametrize("leak", [0.0, 0.13])
def test_what_is_received_is_sent_kept_lost_or_leaked(reset, current, leak):
    arrivals = np.random.default_rng(0).random(STEPS) < 0.6
    run = run_neuron(arrivals, current=current, threshold=0.85, reset=reset, leak=leak)
    spent = run.count * run.threshold + run.after[-1] + run.lost.sum() + run.leaked.sum()
    assert run.received.sum() == pytest.approx(spent, abs=1e-9)
    assert ((run.before >= run.threshold - 1e-12) == run.spikes).all()
    if reset == "subtract":
        assert np.abs(run.lost).max() < 1e-9


def test_all_layers_of_a_chain_hold_the_value_and_later_ones_hear_of_it_later():
    told = run_chain(0.4, 4, 300)
    first = [int(np.flatnonzero(row)[0]) for row in told]
    assert first == sorted(first) and first[0] < first[-1]
    assert np.abs(told[:, -1] - 0.4).max() < 0.02
