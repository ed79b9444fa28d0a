"""What a pass says of itself, and what it may not do."""

from functools import partial

import pytest
from networks import convolution_network

from workbench.conversion.passes.conversion_pass import Pass
from workbench.errors import ConversionError
from workbench.network.graph import Network


@partial(Pass, does="nothing", outputs="to the bit", when={"max_pool": "relu"})
def leave_alone(network: Network) -> Network:
    return network


@partial(Pass, does="takes the last layer off", outputs="approximately", unless={"a": 1})
def cut_off(network: Network, *, count: int = 1) -> Network:
    return network.removing(*(node.name for node in network.nodes[-count:]))


def test_a_pass_has_the_name_of_its_function():
    assert (leave_alone.name, leave_alone.exact) == ("leave alone", True)
    assert (cut_off.name, cut_off.exact) == ("cut off", False)
    assert repr(cut_off) == "Pass('cut off', outputs kept approximately)"


def test_settings_say_whether_it_runs():
    assert leave_alone.runs_with({"max_pool": "relu", "a": 1})
    assert not leave_alone.runs_with({"max_pool": "exact"})
    assert cut_off.runs_with({"a": 2})
    assert not cut_off.runs_with({"a": 1})


def test_other_shapes_of_the_outputs_are_refused():
    network = convolution_network()
    assert leave_alone(network) is network
    with pytest.raises(ConversionError, match=r"The pass 'cut off' changed the shapes .*'small'"):
        cut_off(network)
    with pytest.raises(ConversionError, match=r"to \(\(5, 5, 1\), \(3, 3, 2\)\)\. A pass must"):
        cut_off(network, count=2)
