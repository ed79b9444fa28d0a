import pytest
from layer_cases import CASES, stored

from workbench.conversion import convert
from workbench.conversion.passes.give_pools_neurons import give_pools_neurons
from workbench.network.activation import Activation
from workbench.settings import Conversion


def test_averages_of_spikes_become_neurons():
    network = give_pools_neurons(stored("average_pool_twice"))
    assert [network[name].activation for name in ("pool_1", "pool_2")] == [Activation.RELU] * 2


@pytest.mark.parametrize("name", ["average_pool_on_input", "average_pool_before_relu"])
def test_averages_with_a_sign_stay_as_they_are(name):
    network = stored(name)
    assert give_pools_neurons(network) == network


def test_conversion_does_so_when_asked():
    network, x = stored("average_pool"), CASES["average_pool"].samples(20)
    plain, spiking = (
        convert(network, x, Conversion(spiking_pools=choice)) for choice in (False, True)
    )
    assert plain.layers == ("conv", "head")
    assert spiking.layers == ("conv", "pool", "head")
    assert spiking.population("pool").neurons == network["pool"].layer.output_size
    decoded = spiking.rate_limit(x[:4])["pool"]
    assert decoded == pytest.approx(network.activations(x[:4])["pool"], abs=2e-3)
