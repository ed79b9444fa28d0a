"""Signed and graded spikes in Brian2, spike for spike those of the NumPy reference."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from exporters.export_cases import CASES

import workbench as wb
from workbench.neuron_rules import SPIKE_RULES

pytest.importorskip("brian2", reason="Brian2 itself is run")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""Brian2 calls pyparsing by its old names."""

NEURONS = {
    "signed": {"neurons": "signed"},
    "4 taps": {"neurons": "multi_threshold", "taps": 4},
    "8 taps": {"neurons": "multi_threshold", "taps": 8, "normalization": "max"},
    "powers of two": {"neurons": "one_shot", "levels": 11, "payload": "power_of_two"},
    "unary": {"neurons": "one_shot", "levels": 5, "payload": "unary"},
}
NETWORKS = ("residual", "max_pooling", "rearranged", "signed")
"""A branch, pooling of graded spikes, paths with relays, and ON and OFF neurons."""

RUNS = [
    # By default each kind of neurons once, and each network once.
    pytest.param(kind, case, marks=() if i % len(NETWORKS) == j else pytest.mark.slow)
    for i, kind in enumerate(NEURONS)
    for j, case in enumerate(NETWORKS)
]


def converted(kind, case):
    settings = {"percentile": 90.0, "initial_potential": 0.5, **NEURONS[kind]}
    return CASES[case]().convert(**settings)


def compared(network, **simulation):
    """Runs of the reference and of Brian2, whose spikes and payloads are equal."""
    x = np.random.default_rng(3).random((2, *network.input_shape)) * 1.2
    asked = wb.Simulation(record="all", **simulation)
    wanted = wb.simulate(network, x, replace(asked, engine="reference"))
    found = wb.run_in_brian2(network, x, asked)
    for layer in wanted.layers:
        pd.testing.assert_frame_equal(found.spikes(layer), wanted.spikes(layer))
        assert np.array_equal(found.counts(layer), wanted.counts(layer))
    assert np.array_equal(found.recording.predictions, wanted.recording.predictions)
    assert np.array_equal(found.outputs(), wanted.outputs())
    return wanted


@pytest.mark.parametrize(("kind", "case"), RUNS)
@pytest.mark.slow
def test_spikes_and_payloads_are_those_of_the_reference(kind, case):
    network = converted(kind, case)
    run = compared(network, steps=12)
    column = "sign" if kind == "signed" else "payload"
    payloads = pd.concat([run.spikes(layer) for layer in network.layers])[column]
    assert (payloads < 0).any(), "nothing was taken back"
    sizes = set(payloads.abs().dropna())
    assert len(sizes) == 1 if kind in ("signed", "unary") else len(sizes) > 2


def test_every_rule_is_compared():
    assert {"plain", *(settings["neurons"] for settings in NEURONS.values())} == set(SPIKE_RULES)
