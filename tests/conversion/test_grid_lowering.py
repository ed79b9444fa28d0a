"""Settings of a conversion arrive in the spiking network."""

import numpy as np
import pytest
from layer_cases import CASES, stored
from networks import convolution_network, dense_network

from workbench.conversion import convert
from workbench.conversion.preparation import prepare
from workbench.errors import ConversionError, SettingsError, UnsupportedLayerError
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input
from workbench.settings import Conversion

X = np.random.default_rng(0).random((20, 5, 5, 1), np.float32)


def converted(**settings):
    return convert(convolution_network(), X, Conversion(**settings))


def test_weights_follow_the_normalization():
    """W lambda_source / lambda_target in units of 2^-16 of a threshold."""
    network = convolution_network()
    spiking = converted(percentile=95, threshold=0.5)
    scale = {p.name: p.scale for p in spiking.populations}
    conv = spiking.incoming("conv")[0].maps[0].kernel
    expected = network["conv"].layer.kernel.astype(float) * X.max() / scale["conv"] * 2**16
    assert conv == pytest.approx(expected, abs=0.51)
    dense = spiking.incoming("out")[0].maps[-1].kernel
    # A spike delivers the threshold of the layer it leaves.
    per_spike = 0.5 * scale["conv"] / scale["out"]
    expected = network["out"].layer.kernel.astype(float) * per_spike * 2**16
    assert dense == pytest.approx(expected, abs=0.51)
    bias = network["out"].layer.bias.astype(float) / scale["out"] * 2**16
    assert spiking.output.bias == pytest.approx(bias, abs=0.51)


def test_thresholds_scale_all_layers_or_single_ones():
    spiking = converted(threshold=0.5, thresholds={"out": 2.0})
    assert spiking.population("conv").threshold == 2**15
    assert spiking.population("out").threshold == 2**17


@pytest.mark.parametrize("bits", [8, 12, 20])
def test_resolution_sets_the_grid(bits):
    spiking = converted(resolution_bits=bits)
    assert spiking.unit == 2.0**-bits
    assert spiking.population("conv").threshold == 2**bits


@pytest.mark.parametrize("fraction", [-1, -0.25, 0.5, 1])
def test_initial_potential_is_a_fraction_of_the_threshold(fraction):
    spiking = converted(initial_potential=fraction, threshold=0.5)
    for population in spiking.populations[1:]:
        assert population.initial_potential == fraction * 2**15


@pytest.mark.parametrize("reset", ["subtract", "zero", "modulo"])
def test_reset_is_that_of_every_neuron(reset):
    assert {p.reset for p in converted(reset=reset).populations[1:]} == {reset}


def test_a_coarser_grid_costs_more():
    deviations = [
        converted(resolution_bits=bits).trace.set_index("step").loc["round to the grid"].deviation
        for bits in (8, 12, 16)
    ]
    assert deviations[0] > deviations[1] > deviations[2]


def test_input_scale_is_the_largest_calibration_input():
    assert convert(convolution_network(), 255 * X).input_scale == 255 * X.max()
    assert convert(convolution_network(), -X).input_scale == X.max()


def test_scaled_inputs_spike_alike():
    """Pixels of 0 to 256 through weights made for them are pixels of 0 to 1."""
    network = convolution_network()
    nodes = list(network.nodes)
    conv = nodes[1]
    nodes[1] = type(conv)(
        "conv", conv.layer.replace(kernel=conv.layer.kernel / 256), conv.activation, conv.inputs
    )
    other = convert(network.with_nodes(tuple(nodes)), 256 * X)
    one = convert(network, X)
    for a, b in zip(one.populations, other.populations, strict=True):
        assert (a.threshold, a.scale) == (b.threshold, pytest.approx(b.scale))
    assert (one.encode(X) == other.encode(256 * X)).all()


def test_source_hash_is_of_the_network_given():
    name = "batch_norm_after_conv"
    network = stored(name)
    assert convert(network, CASES[name].samples()).source_hash == network.content_hash


def test_a_max_pool_is_a_population_without_membranes():
    spiking = convert(stored("max_pool"), CASES["max_pool"].samples(20))
    pool = spiking.population("pool")
    assert (pool.kind, pool.max_pool, pool.neurons) == ("max_pool", "exact", 0)
    assert pool.scale == spiking.population("conv").scale
    (projection,) = spiking.incoming("pool")
    assert projection.maps[0].kind == "MaxPool2D"
    assert spiking.summary().set_index("name").loc["pool", "synapses"] == 0


def test_averaged_max_pooling_leaves_no_population():
    spiking = convert(
        stored("max_pool"), CASES["max_pool"].samples(20), Conversion(max_pool="average_pooling")
    )
    assert spiking.layers == ("conv", "head")
    assert "average max pooling" in set(spiking.trace["step"])


@pytest.mark.parametrize("name", ["max_pool_of_hard_tanh", "max_pool_overlapping"])
def test_paths_without_synapses_are_left_out(name):
    """As where a maximum of pairs is placed among others, and another place is read."""
    spiking = convert(stored(name), CASES[name].samples(20), Conversion(max_pool="relu"))
    assert all(projection.synapse_count > 0 for projection in spiking.projections)


def test_all_refusals_of_a_network_come_at_once():
    from workbench.ingest.keras import from_keras, import_keras

    keras = import_keras()
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(4, activation="softmax", name="soft"),
            layers.Dense(4, activation="tanh", name="curved"),
            layers.Dense(3, name="head"),
        ]
    )
    with pytest.raises(UnsupportedLayerError) as caught:
        convert(from_keras(model), np.ones((2, 4)))
    assert len(caught.value.problems) == 2
    assert "soft is a softmax" in str(caught.value)
    assert "curved is a tanh inside the network" in str(caught.value)


def test_weights_beyond_the_grid_are_refused():
    network = dense_network([[1e9, 1.0]], bias=[-1e9, 0])
    x = np.array([[1.0]])
    with pytest.raises(ConversionError, match=r"A weight of Dense is .* thresholds .*resolution_b"):
        convert(network, x, Conversion(resolution_bits=20))


def test_unknown_layers_in_settings_are_refused():
    with pytest.raises(SettingsError, match="thresholds names dense_7; layers with neurons are co"):
        converted(thresholds={"dense_7": 1.0})
    with pytest.raises(SettingsError, match="percentiles names flat"):
        converted(percentiles={"flat": 99})


def test_scales_of_single_units_behind_a_reshape_are_refused_per_channel():
    name = "relu_after_flatten"
    with pytest.raises(ConversionError, match="Use per_channel=False"):
        convert(stored(name), CASES[name].samples(20), Conversion(per_channel=True))


def unequal_inputs(size):
    """Inputs of up to 1, weighed as much as one that reaches `size`."""
    rng = np.random.default_rng(0)
    kernel = rng.normal(0, 1, (4, 3))
    kernel[0] /= size
    nodes = (Node("in", Input((4,))), Node("out", Dense(kernel.astype(np.float32)), inputs=("in",)))
    x = rng.random((20, 4), np.float32)
    x[:, 0] *= size
    return Network("unequal", nodes), x


@pytest.mark.parametrize(("size", "told"), [(1, False), (300, True)])
def test_inputs_that_the_grid_is_coarse_for_are_told(size, told):
    remark = convert(*unequal_inputs(size)).trace.iloc[-1]["remark"]
    assert ("mostly of inputs that are small compared with others" in remark) == told


def test_inputs_that_the_grid_is_too_coarse_for_are_refused():
    expected = (
        r"'unequal' share one grid, 12 bits of the largest of them \(\d+.*\), .* outputs move "
    )
    with pytest.raises(
        ConversionError, match=expected + r"by \d+% .*; 10% is accepted\. Scale all"
    ):
        convert(*unequal_inputs(4000))


def test_the_smallest_inputs_have_a_grid_too():
    network, x = unequal_inputs(1)
    assert prepare(network, x * np.float32(1e-42)).input_rounding < 0.01


def test_the_coarseness_is_measured_once_for_all_settings():
    network, x = unequal_inputs(300)
    for percentile in (99, 100):
        convert(network, x, Conversion(percentile=percentile))
    assert prepare(network, x) is prepare(network, x)
    assert 0.01 < prepare(network, x).input_rounding < 0.1
