import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.conversion.passes.fold_permute import fold_permute
from workbench.conversion.preparation import relative_deviation
from workbench.network.activation import Activation
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.rearrange import Pad, Permute, Repeat
from workbench.network.structure import Add, Identity, Input, Reshape


def weights(n, outputs=3, seed=0):
    return np.random.default_rng(seed).normal(0, 1, (n, outputs)).astype(np.float32)


def kinds(network):
    return [node.layer.kind for node in network.nodes]


def chain(shape, *layers, activation=Activation.LINEAR):
    """A network of layers one after the other; the activation is that of the first."""
    nodes = [Node("in", Input(shape))]
    for number, layer in enumerate(layers):
        own = activation if number == 0 else Activation.LINEAR
        nodes.append(Node(f"n{number}", layer, own, (nodes[-1].name,)))
    return Network("chain", tuple(nodes))


def assert_kept(network, folded):
    x = np.random.default_rng(1).normal(0, 1, (5, *network.input_shape)).astype(np.float32)
    assert relative_deviation(folded.forward(x), network.forward(x)) <= 1e-6


@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=4).flatmap(
        lambda shape: st.tuples(
            st.just(tuple(shape)),
            st.permutations(range(len(shape))),
            st.permutations(range(len(shape))),
        )
    )
)
def test_any_permutations_ahead_of_a_dense_layer_are_folded(drawn):
    shape, first, second = drawn
    one = Permute(shape, tuple(first))
    other = Permute(one.output_shape, tuple(second))
    size = int(np.prod(shape))
    network = chain(shape, one, other, Reshape(other.output_shape, (size,)), Dense(weights(size)))
    folded = fold_permute(network)
    assert_kept(network, folded)
    moves = any(np.any(layer.sources() != np.arange(size)) for layer in (one, other))
    assert ("Permute" in kinds(folded)) == (not moves)


def test_what_moves_nothing_stays_as_it_is():
    network = chain((2, 3), Reshape((2, 3), (6,)), Dense(weights(6)))
    assert fold_permute(network) == network


def test_units_that_others_read_too_stay_for_them():
    permute = Permute((2, 3), (1, 0))
    nodes = (
        Node("in", Input((2, 3))),
        Node("moved", permute, inputs=("in",)),
        Node("flat", Reshape((3, 2), (6,)), inputs=("moved",)),
        Node("dense", Dense(weights(6, 6)), inputs=("flat",)),
        Node("sum", Add((6,), 2), inputs=("dense", "flat")),
    )
    network = Network("branches", nodes)
    folded = fold_permute(network)
    assert_kept(network, folded)
    assert folded["dense"].inputs == ("dense_flat",)
    assert folded["sum"].inputs == ("dense", "flat")


@pytest.mark.parametrize(
    "layer", [Pad((2, 3), (0, 0), (1, 0)), Repeat((2, 3), (1, 2))], ids=["pad", "repeat"]
)
def test_layers_that_do_more_than_move_stay(layer):
    permute = Permute(layer.output_shape, (1, 0))
    size = permute.output_size
    flat = Reshape(permute.output_shape, (size,))
    network = chain((2, 3), layer, permute, flat, Dense(weights(size)))
    folded = fold_permute(network)
    assert kinds(folded) == ["Input", layer.kind, "Reshape", "Dense"]
    assert_kept(network, folded)


def test_an_activation_ends_the_chain():
    permute = Permute((2, 3), (1, 0))
    flat = Reshape((3, 2), (6,))
    network = chain((2, 3), permute, flat, Dense(weights(6)), activation=Activation.RELU)
    assert fold_permute(network) == network


def test_the_activation_of_the_dense_layer_stays():
    permute, flat = Permute((2, 3), (1, 0)), Reshape((3, 2), (6,))
    nodes = (
        Node("in", Input((2, 3))),
        Node("first", Identity((2, 3)), Activation.RELU, ("in",)),
        Node("moved", permute, inputs=("first",)),
        Node("flat", flat, inputs=("moved",)),
        Node("dense", Dense(weights(6)), Activation.RELU, ("flat",)),
    )
    network = Network("activated", nodes)
    folded = fold_permute(network)
    assert folded.output.activation == Activation.RELU
    assert_kept(network, folded)
