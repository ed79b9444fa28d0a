import dataclasses
import weakref

import numpy as np
import pytest
from networks import convolution_network, dense_network

from workbench.errors import ConversionError, DataError
from workbench.network.activation import Activation
from workbench.network.affine import Affine
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.samples import BATCH
from workbench.network.structure import Add, Identity, Input


def test_nodes_print_as_one_line_each():
    lines = str(convolution_network()).splitlines()
    assert lines[0] == "Network 'small'"
    assert lines[2] == "  conv: Conv2D(in) -> 3 x 3 x 2, relu"


def test_a_network_starts_with_an_input():
    with pytest.raises(ConversionError, match="'x' must start with an input node"):
        Network("x", ())
    with pytest.raises(ConversionError, match="must start with an input node"):
        Network("x", (Node("out", Dense(np.ones((1, 1)))),))


def test_names_are_unique():
    source = Node("same", Input((1,)))
    with pytest.raises(ConversionError, match="two nodes named 'same'"):
        Network("x", (source, Node("same", Dense(np.ones((1, 1))), inputs=("same",))))


def test_sources_come_first():
    with pytest.raises(ConversionError, match=r"'out' reads \['later'\]"):
        Network(
            "x",
            (Node("in", Input((1,))), Node("out", Dense(np.ones((1, 1))), inputs=("later",))),
        )


def test_shapes_must_fit():
    with pytest.raises(ConversionError, match=r"'out' \(Dense\) takes .*\(3,\).*give .*\(2,\)"):
        Network("x", (Node("in", Input((2,))), Node("out", Dense(np.ones((3, 1))), inputs=("in",))))


def test_equal_content_is_equal_whatever_the_name():
    a, b = dense_network([[1.0, 2]], name="a"), dense_network([[1.0, 2]], name="b")
    assert a == b
    assert hash(a) == hash(b)
    assert len(a.content_hash) == 64


@pytest.mark.parametrize(
    "other",
    [
        dense_network([[1.0, 2.0000002]]),
        dense_network([[1.0, 2]], [0, 0]),
        dense_network([[1.0], [2]]),
    ],
)
def test_other_weights_biases_or_shapes_are_another_network(other):
    assert dense_network([[1.0, 2]]) != other


def test_another_activation_is_another_network():
    network = convolution_network()
    nodes = list(network.nodes)
    nodes[1] = dataclasses.replace(nodes[1], activation=Activation.LINEAR)
    assert network.with_nodes(tuple(nodes)) != network
    assert network != "small"


def test_forward_runs_any_number_of_samples():
    network = convolution_network()
    x = np.random.default_rng(0).random((2 * BATCH + 3, 5, 5, 1), np.float32)
    y = network.forward(x)
    assert y.shape == (2 * BATCH + 3, 4)
    assert y[-1] == pytest.approx(network.forward(x[-1:])[0], abs=1e-6)
    assert network.forward(x[:0]).shape == (0, 4)
    assert (network.predictions(x) == y.argmax(axis=1)).all()
    assert network.predictions(x[:0]).shape == (0,)


def test_a_walk_gives_plain_sums_and_outputs_in_order():
    network = convolution_network()
    x = np.random.default_rng(0).random((3, 5, 5, 1), np.float32)
    activations = network.activations(x)
    names = []
    for node, sums, value in network.walk(x):
        names.append(node.name)
        inputs = (activations[name] for name in node.inputs)
        assert np.array_equal(sums, node.layer.forward(*inputs))
        assert np.array_equal(value, activations[node.name])
    assert names == [node.name for node in network.nodes[1:]]


def test_a_walk_lets_values_go_that_nobody_reads_any_more():
    size, depth = 1000, 30
    nodes = [Node("in", Input((size,)))]
    for number in range(depth):
        affine = Affine((size,), 2.0)
        nodes.append(Node(f"n{number}", affine, inputs=(nodes[-1].name,)))
    # One value is read again at the very end.
    last = Node("sum", Add((size,), 2), inputs=("n0", nodes[-1].name))
    network = Network("deep", (*nodes, last))
    alive = weakref.WeakSet()
    held = []
    x = np.ones((1, size), np.float32).view(Watched)
    for _, _, value in network.walk(x):
        alive.add(value)
        held.append(len(alive))
    assert max(held) <= 4
    assert network.input_batches(np.ones((100, size), np.float32)).__next__().shape[0] == BATCH


class Watched(np.ndarray):
    """An array that weak references can point to."""

    __hash__ = object.__hash__


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones((2, 5, 5)), r"shape \(2, 5, 5\); network 'small' takes \(samples, 5, 5, 1\)"),
        (np.ones((5, 5, 1)), r"Samples have shape \(5, 5, 1\)"),
        (np.ones((2, 6, 5, 1)), "Reshape or resize"),
        (np.float32(3), r"Samples have shape \(\)"),
        (np.full((1, 5, 5, 1), np.nan), "NaN or infinite"),
        (np.full((1, 5, 5, 1), -np.inf), "NaN or infinite"),
        (np.full((1, 5, 5, 1), "a"), "accepted: real numbers"),
        (np.full((1, 5, 5, 1), None), "accepted: real numbers"),
    ],
)
def test_samples_that_do_not_fit_are_refused(x, message):
    with pytest.raises(DataError, match=message):
        convolution_network().forward(x)


@pytest.mark.parametrize("dtype", [np.uint8, bool, np.float64, np.int64])
def test_samples_of_every_number_type_are_taken(dtype):
    x = np.ones((1, 5, 5, 1), dtype)
    network = convolution_network()
    assert (network.forward(x) == network.forward(x.astype(np.float32))).all()


def test_units_become_neurons_where_an_activation_or_the_output_is():
    network = convolution_network()
    assert [n.name for n in network.nodes if network.is_neural(n)] == ["conv", "out"]


def test_consumers_are_the_readers_of_a_node():
    network = convolution_network()
    assert [node.name for node in network.consumers("conv")] == ["flat"]
    assert network.consumers("out") == ()


def test_a_population_carries_the_value_of_the_activation_joined_to_it():
    nodes = (
        Node("in", Input((2,))),
        Node("dense", Dense(np.eye(2)), inputs=("in",)),
        Node("relu", Identity((2,)), Activation.RELU, ("dense",)),
        Node("out", Dense(np.eye(2)), inputs=("relu",)),
    )
    network = Network("x", nodes)
    assert network.carrier("dense") == "relu"
    assert network.carrier("out") == "out"


def test_a_single_output_predicts_one_of_two_classes():
    x = np.array([[-1.0], [0.5]], np.float32)
    for activation in (Activation.LINEAR, Activation.SIGMOID, Activation.TANH):
        network = dense_network([[2.0]])
        output = dataclasses.replace(network.output, activation=activation)
        network = network.with_nodes((network.nodes[0], output))
        assert network.predictions(x).tolist() == [0, 1]
