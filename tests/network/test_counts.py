"""The four numbers people confuse, on the network that can be counted by hand."""

from dataclasses import asdict, replace

import numpy as np
from networks import convolution_network

from workbench.conversion import convert
from workbench.network import counts
from workbench.network.activation import Activation
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.pooling import MaxPool2D
from workbench.network.structure import Identity, Input, Reshape


def test_the_network_that_started_the_project(counting):
    assert asdict(counting.totals) == {
        "parameters": 20_820,
        "neurons": 888,
        "synapses": 28_512,
        "macs": 28_512,
        "operations": 57_912,
        "synapses_border_free": 31_320,
    }


def test_rows_of_the_network_that_started_the_project(counting):
    table = counting.summary().set_index("kind")
    assert table.loc["Conv2D", "parameters"] == 60
    assert table.loc["Conv2D", "neurons"] == 864
    assert table.loc["Conv2D", "synapses"] == 7_776
    assert table.loc["Conv2D", "synapses_border_free"] == 196 * 9 * 6
    assert table.loc["Dense", "parameters"] == 20_760
    assert table.loc["Dense", "neurons"] == 24
    assert table.loc["Dense", "synapses"] == 20_736
    assert table.loc["Reshape", "synapses"] == table.loc["Reshape", "neurons"] == 0


def test_every_total_is_explained():
    assert set(counts.EXPLANATIONS) == set(counts.Totals.__dataclass_fields__)


def test_formulas_say_the_numbers(counting):
    conv, _, dense = counting.nodes[1:]
    lines = counts.formula(counting, conv)
    assert "3 x 3 x 1 x 6 weights + 6 biases = 60" in lines["parameters"]
    assert "12 x 12 x 6 = 864 units" in lines["neurons"]
    assert "7,776" in lines["synapses"]
    assert "2 x 7,776 MACs + 864 additions" in lines["operations"]
    lines = counts.formula(counting, dense)
    assert "864 inputs x 24 units" in lines["synapses"]


def test_formulas_exist_for_every_bundled_layer(lenet):
    for node in lenet.nodes[1:]:
        lines = counts.formula(lenet, node)
        assert set(lines) == {"parameters", "neurons", "synapses", "operations"}
        assert f"{node.layer.macs:,} MACs" in lines["operations"]


def test_units_without_membrane_are_not_counted():
    table = convolution_network().summary().set_index("name")
    assert table["neurons"].to_dict() == {"conv": 18, "flat": 0, "out": 4}


def convolution_pool_relu():
    """As PyTorch's tutorial for MNIST has it: ``relu(max_pool2d(conv(x), 2))``."""
    random = np.random.default_rng(0)
    nodes = [
        Node("input", Input((6, 6, 1))),
        Node("conv", Conv2D((6, 6, 1), random.normal(size=(3, 3, 1, 4))), inputs=("input",)),
        Node("pool", MaxPool2D((4, 4, 4), (2, 2), (2, 2)), inputs=("conv",)),
        Node("relu", Identity((2, 2, 4)), Activation.RELU, ("pool",)),
        Node("flat", Reshape((2, 2, 4), (16,)), inputs=("relu",)),
        Node("out", Dense(random.normal(size=(16, 3))), inputs=("flat",)),
    ]
    return Network("tutorial", tuple(nodes))


def test_neurons_are_counted_where_conversion_puts_them():
    """Ahead of the pooling, which reads spikes: four times as many as the rectifier has here."""
    network = convolution_pool_relu()
    table = network.summary().set_index("name")
    assert table["neurons"].to_dict() == {"conv": 0, "pool": 0, "relu": 64, "flat": 0, "out": 3}
    assert network.totals.neurons == 67
    assert counts.formula(network, network["relu"])["neurons"] == "4 x 4 x 4 = 64 units"
    spiking = convert(network, np.random.default_rng(1).random((8, 6, 6, 1)))
    assert spiking.summary()["neurons"].sum() == 67


def test_neurons_that_a_pooling_becomes_are_counted_in_its_row():
    network = convolution_pool_relu()
    nodes = [replace(n, activation=Activation.LINEAR) for n in network.nodes]
    network = network.with_nodes(tuple(nodes))  # The maximum is one of values with a sign.
    table = network.summary().set_index("name")
    # ON and OFF neurons, and three for each window of four.
    assert table["neurons"].to_dict() == {"conv": 128, "pool": 48, "relu": 0, "flat": 0, "out": 3}
    lines = counts.formula(network, network["pool"])
    assert lines["neurons"] == "2 x 4 x 4 = 32 units; 2 x 2 x 4 = 16 units"
    assert "in 2 populations each" in counts.formula(network, network["conv"])["neurons"]


def test_counting_copies_no_weights():
    network = convolution_pool_relu()
    for node in network.arranged.nodes:
        if node.layer.weighted:
            assert node.layer.kernel is network[node.name].layer.kernel
