"""max(a, b) = b + relu(a - b), over windows of every kind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_cases import CASES, stored

from workbench import workflow
from workbench.conversion import convert
from workbench.conversion.passes.write_max_pooling_as_relu import (
    write_max_pooling_as_relu,
    write_signed_max_pooling_as_relu,
)
from workbench.network.graph import Network, Node
from workbench.network.pooling import MaxPool2D
from workbench.network.structure import Input
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate


def network_of(pool):
    nodes = (Node("input", Input(pool.input_shape)), Node("pool", pool, inputs=("input",)))
    return Network("pooling", nodes)


def neurons(network):
    return sum(n.layer.output_size for n in network.nodes[1:] if n.activation.label == "relu")


@st.composite
def poolings(draw):
    """Windows of any size, stride and padding; every window holds an input."""
    axes = []
    for _ in range(2):
        window = draw(st.integers(1, 7))
        before, after = (draw(st.integers(0, window - 1)) for _ in range(2))
        size = draw(st.integers(max(1, window - before - after), 12))
        axes.append((size, window, draw(st.integers(1, 8)), (before, after)))
    sizes, windows, strides, padding = zip(*axes, strict=True)
    pool = MaxPool2D((*sizes, 2), windows, strides, padding)
    return pool if min(pool.window_sizes().min(initial=1), *pool.output_shape) else None


@given(poolings().filter(lambda pool: pool is not None))
def test_outputs_are_kept(pool):
    before = network_of(pool)
    after = write_max_pooling_as_relu(before)
    assert not any(isinstance(node.layer, MaxPool2D) for node in after.nodes)
    assert after.output.name == "pool"
    x = np.random.default_rng(0).normal(size=(3, *pool.input_shape)).astype(np.float32)
    assert after.forward(x) == pytest.approx(before.forward(x), rel=1e-5, abs=1e-6)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 3), st.integers(1, 3))
def test_a_window_of_n_inputs_takes_n_minus_1_neurons(height, width, rows, columns):
    pool = MaxPool2D((height * rows, width * columns, 2), (height, width), (height, width))
    expected = (height * width - 1) * rows * columns * 2
    assert neurons(write_max_pooling_as_relu(network_of(pool))) == expected


@pytest.mark.parametrize(
    ("size", "window", "expected"),
    [
        (9, 2, 8),
        (9, 3, 7 + 7),  # pairs, and one more each
        (9, 4, 8 + 6),  # pairs, which windows share, and pairs of pairs
        (1000, 1000, 999),
    ],
)
def test_overlapping_windows_share_what_they_have_in_common(size, window, expected):
    pool = MaxPool2D((1, size, 1), (1, window), (1, 1))
    assert neurons(write_max_pooling_as_relu(network_of(pool))) == expected


def test_windows_at_a_border_take_neurons_for_their_own_inputs_alone():
    pool = MaxPool2D((1, 3, 1), (1, 2), (1, 2), ((0, 0), (0, 1)))
    assert neurons(write_max_pooling_as_relu(network_of(pool))) == 1


def test_a_long_line_takes_few_layers():
    network = write_max_pooling_as_relu(network_of(MaxPool2D((1, 1000, 1), (1, 1000), (1, 1))))
    assert sum(node.activation.label == "relu" for node in network.nodes) == 10


def test_a_maximum_of_spikes_stays_unless_asked():
    network = stored("max_pool")
    assert write_signed_max_pooling_as_relu(network) == network
    assert network["pool"].layer.kind == "MaxPool2D"
    assert write_max_pooling_as_relu(network)["pool"].layer.kind == "Add"


@pytest.mark.parametrize("rule", ["exact", "fir", "relu"])
@pytest.mark.parametrize(
    "name",
    [
        "max_pool_of_linear",
        "max_pool_of_leaky_relu",
        "max_pool_of_both_signs",
        "max_pool_of_hard_tanh",
        "max_pool_on_input",
        "output_max_pool",
    ],
)
def test_values_with_a_sign_convert_under_every_setting(name, rule):
    network = stored(name)
    x = CASES[name].samples(20)
    spiking = convert(network, x, Conversion(max_pool=rule, percentile=100, initial_potential=0.5))
    assert {population.kind for population in spiking.populations} == {"input", "if"}
    run = simulate(spiking, x[:4], Simulation(steps=2000))
    decoded = spiking.decode("output", run.counts[spiking.output.name], run.steps)
    expected = np.maximum(network.forward(x[:4]), 0)
    assert decoded == pytest.approx(expected, abs=0.02 * np.max(spiking.output.scale))


def test_the_report_and_the_origins_name_the_pooling():
    name = "max_pool"
    network, x = stored(name), CASES[name].samples(20)
    spiking = convert(network, x, Conversion(max_pool="relu"))
    row = spiking.report.set_index("layer").loc["pool"]
    assert row["became"] == "neurons: pool_excess_1, pool_excess_2"
    assert row["steps"] == "write max pooling as relu"
    assert {p.origin for p in spiking.populations if "excess" in p.name} == {"pool"}
    # What is set for the layer is set for its neurons.
    set_ = convert(network, x, Conversion(max_pool="relu", thresholds={"pool": 2.0}))
    assert set_.theta(set_.population("pool_excess_2")) == 2.0
    assert set_.theta(set_.population("conv")) == 1.0


def test_correlations_compare_the_neurons_of_a_pooling_too():
    network, x = stored("max_pool"), CASES["max_pool"].samples(20)
    spiking = workflow.convert(network, x, Conversion(max_pool="relu", percentile=100))
    run = workflow.simulate(spiking, x[:5], Simulation(steps=500, record="all"))
    table = run.correlations(network).set_index("layer")
    assert table.loc["pool_excess_1", "correlation"] > 0.98
    assert table.loc["pool_excess_2", "correlation"] > 0.98
