import warnings

import numpy as np
import pytest
from cases.covering import mostly_slow
from layer_cases import CASES, CONVERTED, stored

from workbench.analysis.correlation import correlations
from workbench.conversion import convert
from workbench.conversion.rewriting import rewritten
from workbench.errors import DataError, WorkbenchWarning
from workbench.network.activation import softmax_axis
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate


def compared(name, samples=3, steps=400, conversion=None, **settings):
    network, x = stored(name), CASES[name].samples(20)
    conversion = conversion or Conversion(percentile=100, initial_potential=0.5, max_pool="exact")
    settings = {"record": "all", **settings}
    recording = simulate(
        convert(network, x, conversion), x[:samples], Simulation(steps=steps, **settings)
    )
    return recording, correlations(recording, network, rewritten(network), x[:samples])


@pytest.mark.parametrize("name", mostly_slow(CONVERTED, neighbours=False))
def test_every_layer_is_compared_with_the_activation_it_carries(name):
    recording, table = compared(name)
    assert table["layer"].tolist() == list(recording.network.layers)
    staircase = name == "quantized_activation"  # of 8 levels, which long runs smooth
    assert (table["mean_error"] < (1 / 16 if staircase else 0.02)).all()
    # An output that never spikes has no correlation. A softmax misses what is below zero.
    known = table["correlation"].dropna()
    assert (known > (0.97 if softmax_axis(stored(name).output.activation) else 0.98)).all()
    assert len(known) >= len(table) - 1


def test_random_input_is_not_compared_but_its_layers_are():
    recording, table = compared("conv_odd_same", encoding="poisson", steps=2000)
    assert recording.layers == ("pixels", "conv", "head")
    assert table["layer"].tolist() == ["conv", "head"]
    assert (table["correlation"] > 0.9).all()


def test_recorded_layers_alone_are_compared():
    _, table = compared("residual", record=("conv_1",))
    assert table["layer"].tolist() == ["conv_1"]


def test_units_that_fire_at_every_step_are_saturated():
    name = "conv_odd_same"
    _, table = compared(name, conversion=Conversion(percentile=50))
    saturated = table.set_index("layer").loc["conv", "saturated"]
    assert 0.1 < saturated < 0.6
    _, none = compared(name, conversion=Conversion(percentile=100, threshold=2))
    assert none.set_index("layer").loc["conv", "saturated"] == 0


def test_a_constant_side_has_no_correlation():
    name = "dense_without_bias"
    network, x = stored(name), CASES[name].samples(20)
    recording = simulate(convert(network, x), 0 * x[:2], Simulation(steps=10))
    table = correlations(recording, network, rewritten(network), 0 * x[:2])
    assert np.isnan(table["correlation"][0])
    assert table["mean_error"][0] == 0


def test_another_network_is_refused():
    recording, _ = compared("conv_odd_same", steps=5)
    other = stored("conv_even_same")
    with pytest.raises(DataError, match="'conv_even_same' is not the one that 'conv_odd_same' was"):
        correlations(recording, other, other, CASES["conv_odd_same"].samples(3))


@pytest.mark.parametrize("code", ["phase", "ttfs_steps", "ttfs"])
def test_layers_in_turns_are_saturated_at_their_largest_value(code):
    name, network = "conv_odd_same", stored("conv_odd_same")
    x = CASES[name].samples(20)
    conversion = Conversion(code=code, percentile=50, thresholds={"conv": 0.3})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WorkbenchWarning)  # early spikes
        run = simulate(convert(network, x, conversion), x[:3], Simulation(record="all"))
    table = correlations(run, network, rewritten(network), x[:3]).set_index("layer")
    spiking, layer = run.network, run.network.population("conv")
    limit = np.broadcast_to(layer.scale, layer.shape) * spiking.theta(layer)
    levels = np.inf if code == "ttfs" else conversion.levels
    analog = network.activations(x[:3])["conv"].reshape(3, *layer.shape)
    expected = (analog >= limit * (1 - 0.5 / levels)).mean()
    assert table.loc["conv", "saturated"] == pytest.approx(expected, abs=0.02) and expected > 0
    assert table.loc["head", "saturated"] == 0
