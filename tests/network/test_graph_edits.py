"""Edits of a network's graph: what stands where, who reads what, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import convolution_network

from workbench.errors import ConversionError
from workbench.network.activation import Activation
from workbench.network.affine import Affine
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Add, Identity, Input, Reshape

SHAPE = (3,)


def chain(*names, network="chain"):
    """Identities that read one another."""
    before = ("in", *names)
    nodes = (Node(n, Identity(SHAPE), inputs=(b,)) for b, n in zip(before, names, strict=False))
    return Network(network, (Node("in", Input(SHAPE)), *nodes))


def wiring(network):
    return {node.name: node.inputs for node in network.nodes}


def test_one_node_takes_the_place_of_another():
    network = convolution_network()
    changed = network.replacing({"conv": replace(network["conv"], activation=Activation.LINEAR)})
    assert [node.name for node in changed.nodes] == [node.name for node in network.nodes]
    assert changed["conv"].activation == Activation.LINEAR
    assert network["conv"].activation == Activation.RELU, "the given network stays"
    assert changed["out"] is network["out"]


def test_readers_read_the_last_of_several_nodes():
    first, second = (Node(name, Identity(SHAPE), inputs=("a",)) for name in ("x", "y"))
    changed = chain("a", "b", "c").replacing({"b": (first, replace(second, inputs=("x",)))})
    assert wiring(changed) == {"in": (), "a": ("in",), "x": ("a",), "y": ("x",), "c": ("y",)}


def test_names_within_a_group_mean_its_own_nodes():
    """As the parts of an activation read the sums of the layer that they stand for."""
    network = chain("a", "b")
    parts = {
        name: (
            replace(network[name], activation=Activation.LINEAR),
            Node(f"{name}_on", Identity(SHAPE), Activation.RELU, (name,)),
        )
        for name in ("a", "b")
    }
    assert wiring(network.replacing(parts)) == {
        "in": (),
        "a": ("in",),
        "a_on": ("a",),
        "b": ("a_on",),
        "b_on": ("b",),
    }


def test_readers_of_a_removed_node_read_what_it_read():
    network = chain("a", "b", "c", "d")
    assert wiring(network.removing("b", "c")) == {"in": (), "a": ("in",), "d": ("a",)}
    renamed = network.replacing({"a": Node("x", Identity(SHAPE), inputs=("in",)), "b": ()})
    assert renamed["c"].inputs == ("x",)
    assert renamed == network.removing("b").replacing({"a": renamed["x"]})


def test_a_removed_output_leaves_its_source_as_the_output():
    assert chain("a", "b").removing("b").output.name == "a"


def test_name_report_and_pixel_range_stay():
    rows = (("a", "Identity", "kept"),)
    network = replace(chain("a", "b"), report_rows=rows, pixel_range=(0.0, 255.0))
    changed = network.removing("a")
    assert (changed.name, changed.report_rows, changed.pixel_range) == ("chain", rows, (0, 255))


def test_unread_nodes_go_and_what_is_read_stays():
    network = chain("a", "b")
    aside = Node("aside", Dense(np.ones((3, 2))), inputs=("a",))
    wider = network.with_nodes((*network.nodes[:2], aside, network.nodes[2]))
    assert wider.without_unread() == network
    assert network.without_unread() == network


def test_a_node_that_the_network_does_not_have_is_refused():
    with pytest.raises(ConversionError, match=r"'chain' has no nodes named \['x', 'y'\]. Replace"):
        chain("a").removing("y", "a", "x")


def test_nodes_that_do_not_fit_are_refused():
    network = convolution_network()
    with pytest.raises(ConversionError, match=r"'out' \(Dense\) takes inputs of shape"):
        network.removing("flat")
    with pytest.raises(ConversionError, match="two nodes named 'out'"):
        network.replacing({"conv": replace(network["conv"], name="out")})
    with pytest.raises(ConversionError, match=r"reads .'nowhere'., which do not come before it"):
        network.replacing({"conv": replace(network["conv"], inputs=("nowhere",))})


def test_a_node_of_several_sources_that_is_read_cannot_be_taken_out():
    nodes = (*chain("a", "b").nodes, Node("sum", Add(SHAPE, 2), inputs=("a", "b")))
    network = Network("sums", nodes)
    assert network.removing("sum").output.name == "b"
    wider = network.with_nodes((*nodes, Node("last", Identity(SHAPE), inputs=("sum",))))
    with pytest.raises(ConversionError, match=r"'sum' reads 2 nodes, .* Put another node in its"):
        wider.removing("sum")


def test_a_sole_source_has_one_reader():
    network = convolution_network()
    assert network.sole_source(network["flat"]).name == "conv"
    assert network.sole_source(network["in"]) is None
    second = replace(network["flat"], name="flat_2")
    shared = network.with_nodes((*network.nodes[:3], second, network.nodes[3]))
    assert shared.sole_source(shared["flat"]) is None


@given(st.data())
def test_taking_out_what_does_nothing_keeps_outputs(data):
    """Whatever is put in, in whatever place and number, taking it out gives the network again."""
    network = convolution_network()
    behind = data.draw(st.dictionaries(st.sampled_from(["in", "conv", "flat"]), st.integers(1, 3)))
    changes, idle = {}, []
    for name, count in behind.items():
        shape = network[name].layer.output_shape
        names = [f"{name}_{i}" for i in range(count)]
        ahead = [name, *names[:-1]]
        group = [
            Node(n, Reshape(shape, shape), inputs=(a,)) for a, n in zip(ahead, names, strict=True)
        ]
        changes[name] = (network[name], *group)
        idle += names
    wider = network.replacing(changes)
    assert len(wider.nodes) == len(network.nodes) + len(idle)
    x = np.ones((2, 5, 5, 1), np.float32)
    assert np.array_equal(wider.forward(x), network.forward(x))
    order = data.draw(st.permutations(idle))
    for name in order:
        wider = wider.removing(name)
    assert wider == network
    assert wider.nodes == network.nodes


def test_values_that_are_never_below_zero():
    nodes = (
        Node("in", Input(SHAPE)),
        Node("plain", Identity(SHAPE), inputs=("in",)),
        Node("relu", Identity(SHAPE), Activation.RELU, ("plain",)),
        Node("sum", Add(SHAPE, 2), inputs=("relu", "relu")),
        Node("mixed", Add(SHAPE, 2), inputs=("relu", "plain")),
        Node("scaled", Affine(SHAPE, 2.0), inputs=("sum",)),
        Node("dense", Dense(np.ones((3, 3))), inputs=("scaled",)),
    )
    assert Network("signs", nodes).nonnegative == {"relu", "sum"}
