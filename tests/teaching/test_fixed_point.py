"""Networks of few bits: integers times a step, which neurons never need to know."""

import numpy as np
import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.network.activation import Activation
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input
from workbench.teaching.fixed_point import largest_integer, rounded, step_of, weights_of

STEPS = 30


def small(seed):
    rng = np.random.default_rng(seed)
    nodes = [Node("input", Input((5,)))]
    for name, before, units in (("first", 5, 8), ("second", 8, 6)):
        weights = rng.normal(0.2, 0.6, (before, units)).astype(np.float32)
        layer = Dense(weights, rng.normal(0, 0.1, units).astype(np.float32))
        nodes.append(Node(name, layer, Activation.RELU, (nodes[-1].name,)))
    calibration = rng.random((20, 5)).astype(np.float32)
    settings = wb.Conversion(initial_potential=0.5)
    return wb.convert(Network("small", tuple(nodes)), calibration, settings)


@settings(max_examples=examples(15), deadline=None)
@given(seed=st.integers(0, 1000), bits=st.integers(2, 12))
def test_integers_alone_give_the_spikes(seed, bits):
    network = rounded(small(seed), bits)
    run = wb.simulate(
        network,
        np.random.default_rng(seed).random((3, 5)).astype(np.float32),
        wb.Simulation(steps=STEPS, record="all", engine="reference"),
    )
    arriving, sent = (np.zeros((3, STEPS, units), np.int64) for units in (8, 6))
    for train, layer in ((arriving, "first"), (sent, "second")):
        train[tuple(run.spikes(layer)[["sample", "step", "unit"]].to_numpy().T)] = 1

    step = step_of(small(seed), "second", bits)
    (paths,), second = network.incoming("second"), network.population("second")
    parts = paths.maps[0].kernel, second.bias, np.array(second.threshold), second.starts
    assert all(not (part % step).any() for part in parts)
    weights, bias, threshold, start = (part.astype(np.int64) // step for part in parts)
    assert np.abs(weights).max() <= largest_integer(bits)

    potential = np.tile(start, (3, 1))
    for now in range(STEPS):
        potential += arriving[:, now] @ weights + bias
        spikes = potential >= threshold
        potential -= spikes * threshold
        assert (spikes == sent[:, now]).all()


@pytest.mark.parametrize("common", [False, True])
def test_no_weight_changes_by_more_than_half_a_step(common):
    network = small(4)
    steps = {name: step_of(network, name, 5) for name in network.layers}
    smaller = rounded(network, 5, common=common)
    for name in network.layers:
        change = np.abs(weights_of(smaller, name) - weights_of(network, name))
        assert change.max() <= (max(steps.values()) if common else steps[name]) / 2
