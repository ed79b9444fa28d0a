import pytest
from layer_cases import CASES, MAX_POOLED, stored

from workbench.conversion.passes.average_max_pooling import average_max_pooling
from workbench.network.pooling import AveragePool2D, MaxPool2D


@pytest.mark.parametrize("name", MAX_POOLED)
def test_every_maximum_becomes_an_average_of_the_same_windows(name):
    network = stored(name)
    averaged = average_max_pooling(network)
    for before, after in zip(network.nodes, averaged.nodes, strict=True):
        if isinstance(before.layer, MaxPool2D):
            assert isinstance(after.layer, AveragePool2D)
            assert after.layer.axes == before.layer.axes
        else:
            assert after is before or after.layer is before.layer


def test_a_network_without_maxima_stays_the_same():
    network = stored("average_pool")
    assert average_max_pooling(network) == network


def test_average_pooling_is_below_the_maximum():
    name = "max_pool_overlapping_same"
    network = stored(name)
    x = CASES[name].samples()
    pooled, averaged = (
        net.activations(x)["pool"] for net in (network, average_max_pooling(network))
    )
    assert (averaged <= pooled).all()
    assert (averaged < pooled).any()
