import numpy as np
import pytest

from workbench.conversion.passes.sink_output_activation import sink_output_activation
from workbench.network.activation import Activation, AxisSoftmax
from workbench.network.graph import Network, Node
from workbench.network.rearrange import Pad, Permute, Repeat, Slice
from workbench.network.structure import Identity, Input, Reshape

SHAPE = (2, 3, 4)
X = np.random.default_rng(0).normal(0, 1, (5, *SHAPE)).astype(np.float32)


def network(activation, *layers):
    """An activation, and layers one after the other behind it."""
    nodes = [Node("in", Input(SHAPE)), Node("act", Identity(SHAPE), activation, ("in",))]
    for number, layer in enumerate(layers):
        nodes.append(Node(f"n{number}", layer, inputs=(nodes[-1].name,)))
    return Network("tail", tuple(nodes))


def moved(before):
    after = sink_output_activation(before)
    assert after.forward(X) == pytest.approx(before.forward(X), rel=1e-5, abs=1e-6)
    assert [node.activation for node in after.nodes[:-1]] == [Activation.LINEAR] * (
        len(after.nodes) - 1
    )
    return after.output.activation


@pytest.mark.parametrize("activation", [Activation.SIGMOID, Activation.TANH])
@pytest.mark.parametrize(
    "layers",
    [
        [Reshape(SHAPE, (24,))],
        [Permute(SHAPE, (2, 0, 1)), Reshape((4, 2, 3), (8, 3))],
        [Slice(SHAPE, (0, 1, 0), SHAPE), Repeat((2, 2, 4), (1, 2, 1))],
    ],
    ids=lambda layers: layers[0].kind,
)
def test_what_acts_on_each_unit_moves_behind_whatever_moves_units(activation, layers):
    assert moved(network(activation, *layers)) == activation


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ((1, 0, 2), Activation.SOFTMAX),
        ((2, 0, 1), AxisSoftmax(0)),
        ((0, 2, 1), AxisSoftmax(1)),
    ],
)
def test_a_softmax_follows_the_axis_of_its_summands(order, expected):
    assert moved(network(Activation.SOFTMAX, Permute(SHAPE, order))) == expected


def test_a_softmax_keeps_to_axes_that_a_reshape_leaves():
    assert moved(network(Activation.SOFTMAX, Reshape(SHAPE, (6, 4)))) == Activation.SOFTMAX
    single = Reshape(SHAPE, (6, 4, 1))
    assert moved(network(Activation.SOFTMAX, single)) == AxisSoftmax(1)


@pytest.mark.parametrize(
    "before",
    [
        network(Activation.SOFTMAX, Reshape(SHAPE, (24,))),
        network(Activation.SOFTMAX, Slice(SHAPE, (0, 0, 1), SHAPE)),
        network(Activation.SIGMOID, Pad(SHAPE, (1, 0, 0), (0, 0, 0))),
        network(Activation.RELU, Reshape(SHAPE, (24,))),
        network(Activation.SIGMOID),
    ],
    ids=["flattened", "cut", "padded", "relu", "output"],
)
def test_other_activations_stay(before):
    assert sink_output_activation(before) == before


def test_an_activation_that_others_read_stays():
    before = network(Activation.SIGMOID, Reshape(SHAPE, (24,)))
    other = Node("other", Reshape(SHAPE, (24,)), inputs=("act",))
    before = before.with_nodes((*before.nodes[:2], other, before.nodes[2]))
    assert sink_output_activation(before) == before
