import numpy as np
import pytest
from layer_cases import CASES, stored

from workbench.conversion.passes.split_signed import split_signed


def added(name):
    network = stored(name)
    known = {node.name for node in network.nodes}
    return [node.name for node in split_signed(network).nodes if node.name not in known]


def test_what_is_left_are_plain_units_inside_the_network():
    for name in CASES:
        network = split_signed(stored(name))
        assert not network.signed, name
        for node in network.nodes[:-1]:
            hidden = network.is_neural(node) and node.activation.hidden
            assert node.activation.is_plain or not hidden, (name, node.name)


def test_a_leaky_rectifier_becomes_on_and_off():
    assert added("leaky_relu") == ["act_on", "act_off", "act_off_gain", "act_sum"]


def test_a_sum_that_is_weighed_again_becomes_on_and_off():
    assert added("dense_two_linear") == [
        "hidden_on",
        "hidden_off",
        "hidden_off_gain",
        "hidden_sum",
    ]


def test_a_separable_convolution_carries_its_middle_by_spikes():
    assert added("separable")[:2] == ["conv_conv2d_on", "conv_conv2d_off"]


def test_a_jump_becomes_a_step():
    assert "act_step" in added("relu_threshold")


@pytest.mark.parametrize("name", ["relu6", "relu_max_value", "quantized_activation", "residual"])
def test_plain_units_stay_as_they_are(name):
    assert added(name) == []


def test_names_that_are_taken_are_avoided():
    network = stored("leaky_relu")
    taken = network.with_nodes(
        tuple(
            type(node)(
                "act_on" if node.name == "conv" else node.name,
                node.layer,
                node.activation,
                tuple("act_on" if name == "conv" else name for name in node.inputs),
            )
            for node in network.nodes
        )
    )
    x = CASES["leaky_relu"].samples(2)
    assert np.allclose(split_signed(taken).forward(x), network.forward(x), atol=1e-5)
