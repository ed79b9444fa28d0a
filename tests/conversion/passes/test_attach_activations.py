import pytest
from layer_cases import stored

from workbench.conversion.passes.attach_activations import attach_activations
from workbench.network.activation import Softmax
from workbench.network.structure import Identity


def alone(network):
    return [node.name for node in network.nodes if isinstance(node.layer, Identity)]


@pytest.mark.parametrize(
    "name", ["separate_activations", "activations_in_a_row", "residual", "relu_after_flatten"]
)
def test_an_activation_joins_the_map_before_it(name):
    assert alone(attach_activations(stored(name))) == []


def test_a_softmax_joins_the_output():
    network = attach_activations(stored("separate_activations"))
    assert network.output.name == "head"
    assert isinstance(network.output.activation, Softmax)


@pytest.mark.parametrize("name", ["relu_on_input", "relu_twice"])
def test_an_activation_stays_alone_on_the_input_or_behind_another(name):
    assert alone(attach_activations(stored(name))) == ["relu"]


def test_an_activation_stays_alone_where_others_read_the_plain_values():
    assert "relu_b" in alone(attach_activations(stored("batch_norm_on_a_branch")))
