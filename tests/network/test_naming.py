from networks import convolution_network

from workbench.network.activation import Activation
from workbench.network.graph import Node
from workbench.network.naming import free_name, named_after, origin_of
from workbench.network.structure import Identity


def test_a_free_name_is_taken():
    taken = {"a", "a_"}
    assert free_name("a", taken) == "a__"
    assert free_name("b", taken) == "b"
    assert taken == {"a", "a_", "a__", "b"}


def test_the_longest_name_that_another_begins_with():
    assert named_after("conv_2_on", ["conv", "conv_2", "con"]) == "conv_2"
    assert named_after("conv_2", ["conv_2"]) is None
    assert named_after("convolution", ["conv"]) is None


def test_an_origin_is_the_node_the_layer_it_is_a_part_of_or_its_source():
    network = convolution_network()
    shape = (18,)
    parts = (
        Node("flat", network["flat"].layer, inputs=("conv",)),
        Node("flat_on", Identity(shape), Activation.RELU, ("flat",)),
        Node("other", Identity(shape), inputs=("flat_on",)),
        Node("another", Identity(shape), inputs=("other",)),
    )
    after = network.replacing({"flat": parts})
    found = {node.name: origin_of(after, node.name, network.names) for node in after.nodes}
    expected = {"flat_on": "flat", "other": "flat", "another": "flat"}
    assert found == {name: name for name in network.names} | expected


def test_without_known_nodes_an_origin_is_the_input():
    assert origin_of(convolution_network(), "out", ()) == "in"
