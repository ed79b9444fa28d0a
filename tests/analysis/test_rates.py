import numpy as np
import pytest
from spiking_networks import GRID, chain

from workbench.analysis.rates import active_layers, rates
from workbench.settings import Simulation
from workbench.simulation import simulate

NETWORK = chain([[GRID // 2, GRID]], [[GRID], [0]])
X = np.ones((3, 1))


def test_rates_are_spikes_per_unit_and_step():
    table = rates(simulate(NETWORK, X, Simulation(steps=4)))
    assert table.columns.tolist() == ["layer", "step", "mean_rate", "rate_hz"]
    first = table[table["layer"] == "layer_1"]
    assert first["step"].tolist() == [1, 2, 3, 4]
    assert first["mean_rate"].tolist() == [0.5, 1, 0.5, 1]
    assert table[table["layer"] == "out"]["mean_rate"].tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(("dt_ms", "factor"), [(1.0, 1000), (0.5, 2000), (10.0, 100)])
def test_hertz_follow_the_length_of_a_step(dt_ms, factor):
    table = rates(simulate(NETWORK, X, Simulation(steps=4, dt_ms=dt_ms)))
    assert table["rate_hz"].tolist() == (factor * table["mean_rate"]).tolist()


def test_the_input_has_a_rate_only_where_it_spikes():
    constant = simulate(NETWORK, X, Simulation(steps=2))
    random = simulate(NETWORK, X, Simulation(steps=2, encoding="bernoulli"))
    assert active_layers(constant) == ("layer_1", "out")
    assert active_layers(random) == ("in", "layer_1", "out")
    table = rates(random)
    assert table[table["layer"] == "in"]["mean_rate"].tolist() == [1, 1]
