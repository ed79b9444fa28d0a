"""Outputs are read with their sign: from spikes, membranes, or pairs of neurons."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spiking_networks import GRID, chain

from workbench.network.activation import Activation, AxisSoftmax, Clip
from workbench.network.readout import (
    gathered,
    net_counts,
    on_and_off,
    one_spike_moves,
    predicted,
    values,
)
from workbench.settings import Simulation
from workbench.simulation import simulate


def reading(network, read, **changes):
    """The network with an output that is read in a way of its own."""
    output = dataclasses.replace(network.output, read=read, **changes)
    return dataclasses.replace(network, populations=(*network.populations[:-1], output))


def membrane(*weights, **options):
    return reading(chain([list(weights)], **options), "membrane")


def pairs(*weights, **options):
    return reading(chain([[*weights, *(-w for w in weights)]], **options), "on_off")


def ran(network, steps=10, x=1.0, **settings):
    return simulate(network, np.full((1, 1), x), Simulation(steps=steps, **settings))


@given(
    drive=st.integers(-GRID, GRID),
    initial=st.sampled_from([0, GRID // 2, -GRID // 4]),
    steps=st.integers(1, 40),
)
def test_a_membrane_counts_what_an_on_and_an_off_neuron_would(drive, initial, steps):
    one = ran(membrane(drive, initial=initial), steps)
    assert one.gathered[0, -1, 0] == steps * drive
    two = ran(pairs(drive, initial=initial), steps)
    on, off = two.output_counts[0]
    assert net_counts(one.network, one.gathered[:, -1])[0, 0] == on - off


@pytest.mark.parametrize("network", [membrane, pairs])
@pytest.mark.parametrize("engine", ["event", "reference"])
def test_the_largest_value_decides_below_zero_too(network, engine):
    weights = [-GRID // 2, -GRID // 8, -GRID]
    run = ran(network(*weights), 20, engine=engine)
    assert run.predictions[0, -1] == 1
    assert (run.predictions[0, 10:] == 1).all()


@pytest.mark.parametrize("network", [membrane, pairs])
@pytest.mark.parametrize(("weight", "expected"), [(GRID // 3, 1), (-GRID // 3, 0)])
def test_a_single_output_decides_by_its_sign(network, weight, expected):
    assert ran(network(weight)).predictions[0, -1] == expected
    assert ran(network(weight), readout="potential").predictions[0, -1] == expected


@pytest.mark.parametrize("network", [membrane, pairs])
def test_nothing_that_reaches_the_outputs_decides_nothing(network):
    for weights in ([0], [0, 0, 0]):
        for readout in ("counts", "potential"):
            assert (ran(network(*weights), readout=readout).predictions == -1).all()


def test_a_start_potential_is_no_value():
    half = GRID // 2
    for network in (membrane(-GRID // 8, initial=half), pairs(-GRID // 8, initial=half)):
        for readout in ("counts", "potential"):
            run = ran(network, 30, readout=readout)
            assert run.predictions[0, -1] == 0
    plain = ran(chain([[-GRID // 8]], initial=half), 3, readout="potential")
    assert plain.predictions[0].tolist() == [0, 0, 0]


def test_a_tie_of_pairs_goes_to_what_they_hold_and_of_membranes_to_the_first():
    network = pairs(0, 0)
    counts, potentials = np.array([[1, 1, 0, 0]]), np.array([[5, 9, 3, 2]])
    assert predicted(network, counts, potentials)[0] == 1
    single = pairs(0)
    assert predicted(single, np.array([[2, 2]]), np.array([[3, 8]]))[0] == 0
    level = membrane(0, 0, 0)
    assert predicted(level, np.array([[0, 1, 1]]), np.array([[-GRID, 7, 7]]))[0] == 1


def test_halves_are_those_of_the_channels():
    whole = pairs(1, 1, 1, 1)
    output = dataclasses.replace(whole.output, shape=(2, 1, 4))
    on, off = on_and_off(output, np.arange(8))
    assert on.tolist() == [0, 1, 4, 5]
    assert off.tolist() == [2, 3, 6, 7]
    network = dataclasses.replace(whole, populations=(whole.input, output))
    assert network.output_shape == (2, 1, 2)
    assert network.classes == 4


def test_values_have_the_units_of_the_analog_network():
    network = membrane(-GRID // 4, GRID // 2)
    network = reading(network, "membrane", scale=3.0, output_activation=Activation.TANH)
    run = ran(network, 8)
    sums = 3 * np.array([[-0.25, 0.5]])
    assert run.outputs(activation=False) == pytest.approx(sums)
    assert run.outputs() == pytest.approx(np.tanh(sums))
    total = gathered(network, np.zeros((2, 5, 2)), np.zeros((2, 5, 2)))
    assert values(network, total, 3).shape == (2, 5, 2)


@pytest.mark.parametrize(
    "activation",
    [Activation.LINEAR, Activation.SIGMOID, Activation.SOFTMAX, AxisSoftmax(0), Clip(0, 1)],
)
def test_a_spike_more_or_less_moves_an_output_by_its_uncertainty(activation):
    sums = np.random.default_rng(0).normal(size=(3, 2, 4))
    found = one_spike_moves(activation, sums, np.array(0.3))
    for place in np.ndindex(2, 4):
        moved = []
        for change in (0.3, -0.3):
            other = sums.copy()
            other[(slice(None), *place)] += change
            moved.append(np.abs(activation(other) - activation(sums))[(slice(None), *place)])
        assert found[(slice(None), *place)] == pytest.approx(np.max(moved, axis=0))
