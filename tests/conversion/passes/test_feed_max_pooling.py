import pytest
from layer_cases import stored

from workbench.conversion.passes.feed_max_pooling import feed_max_pooling
from workbench.network.activation import Activation


def test_averages_get_neurons_ahead_of_a_maximum():
    network = feed_max_pooling(stored("max_pool_of_averages"))
    (name,) = network["pool"].inputs
    assert name == "pool_input"
    assert network[name].activation == Activation.RELU
    assert network[name].inputs == ("all",)


@pytest.mark.parametrize("name", ["max_pool", "max_pool_of_max_pool", "max_pool_of_linear"])
def test_a_maximum_of_spikes_or_of_values_with_a_sign_stays_as_it_is(name):
    network = stored(name)
    assert feed_max_pooling(network) == network
