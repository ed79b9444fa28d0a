"""Neurons under a constant drive, compared with networks that are driven so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.methods.own_answer import own_answer
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.spiking import SpikingNetwork
from workbench.network.structure import Reshape
from workbench.settings import Simulation
from workbench.simulation import stream
from workbench.simulation.neuron_options import dynamics_of

UNITS = 7


def neurons(reset="subtract", threshold=10, start=0, signed=False, bias=0):
    return Population(
        name="neurons",
        kind="if",
        shape=(UNITS,),
        threshold=threshold,
        initial_potential=start,
        reset=reset,
        bias=np.full(UNITS, bias, np.int64),
        signed=signed,
    )


def driven(population, drive, settings):
    """Spikes of a network whose input is the drive itself."""
    nothing = np.zeros(UNITS, np.int64)
    source = Population("input", "input", (UNITS,), 0, 0, "", nothing)
    link = Projection("input", "neurons", (Reshape((UNITS,), (UNITS,)),))
    network = SpikingNetwork("driven", (source, population), (link,))
    x = drive.astype(np.float64)
    (window,) = stream(network, x, settings, settings.steps)
    return window.counts["neurons"], dynamics_of(network, settings)["neurons"]


@pytest.mark.parametrize(
    "settings",
    [{}, {"leak": 0.3}, {"refractory_steps": 2}, {"clamp_steps": {"neurons": 3}}],
    ids=str,
)
@pytest.mark.parametrize(
    "population",
    [
        neurons(),
        neurons(start=5, bias=3),
        neurons("zero"),
        neurons("modulo", start=-7),
        neurons("none"),
        neurons(start=9, signed=True, bias=-4),
        neurons(start=-35),
        neurons(start=np.arange(-4, 17, 3)),
    ],
    ids=lambda p: f"{p.reset}, {p.initial_potential}{', signed' if p.signed else ''}",
)
def test_it_is_what_the_simulator_gives(population, settings):
    drive = np.array([[0, 1, 4, 10, 13, 16, -6], [-12, 2, 9, 11, 15, 5, 7]])
    steps = 12
    expected, dynamics = driven(population, drive, Simulation(steps=steps, record=(), **settings))
    total = steps * (drive + population.bias)
    answer = own_answer(population, dynamics, total, steps)
    np.testing.assert_array_equal(answer, expected)


@given(
    total=st.lists(st.integers(-500, 500), min_size=UNITS, max_size=UNITS),
    start=st.integers(-10, 10),
    steps=st.integers(1, 20),
)
def test_sums_that_do_not_divide_are_spread_evenly(total, start, steps):
    """Against real-valued potentials in the smallest numbers that have no rounding."""
    population = neurons(start=start)
    _, dynamics = driven(population, np.zeros((1, UNITS), int), Simulation(steps=1, record=()))
    answer = own_answer(population, dynamics, np.array([total]), steps)
    for unit, whole in enumerate(total):
        potential, spikes = start * steps, 0  # in parts of a step's drive
        for _ in range(steps):
            potential += whole
            if potential >= 10 * steps:
                potential, spikes = potential - 10 * steps, spikes + 1
        assert answer[0, unit] == spikes
