from dataclasses import replace

from networks import convolution_network

from workbench.conversion.passes.rewire import merge_into_source, sole_source
from workbench.network.structure import Reshape


def test_readers_of_the_dropped_node_read_its_source():
    network = convolution_network()
    flat = network["flat"]
    merged = replace(network["conv"], layer=network["conv"].layer)
    wider = network.with_nodes(
        (
            *network.nodes[:2],
            replace(flat, name="again", layer=Reshape((3, 3, 2), (3, 3, 2))),
            replace(flat, inputs=("again",)),
            network.nodes[3],
        )
    )
    rewired = merge_into_source(wider, wider["again"], merged)
    assert rewired == network
    assert rewired["flat"].inputs == ("conv",)


def test_a_sole_source_has_one_reader():
    network = convolution_network()
    assert sole_source(network, network["flat"]).name == "conv"
    assert sole_source(network, network["in"]) is None
    shared = network.with_nodes(
        (*network.nodes[:3], replace(network["flat"], name="flat_2"), network.nodes[3])
    )
    assert sole_source(shared, shared["flat"]) is None
