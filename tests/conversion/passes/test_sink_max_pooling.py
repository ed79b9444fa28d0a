import numpy as np
import pytest
from layer_cases import CASES, stored

from workbench.conversion.passes.sink_max_pooling import sink_max_pooling
from workbench.network.pooling import MaxPool2D


def order(network):
    return [node.name for node in network.nodes]


def test_a_rectifier_comes_before_the_pooling():
    before = stored("conv_max_pool_relu")
    assert order(before)[1:4] == ["conv", "pool", "relu"]
    assert order(sink_max_pooling(before))[1:4] == ["conv", "relu", "pool"]


def test_so_does_a_normalization_with_positive_factors():
    after = sink_max_pooling(stored("conv_max_pool_batch_norm_relu"))
    assert order(after)[1:5] == ["conv", "norm", "relu", "pool"]


def test_a_rectifier_comes_before_the_pooling_of_a_whole_image():
    after = sink_max_pooling(stored("global_max_pool_before_relu"))
    assert order(after)[1:5] == ["conv", "relu", "pool_maxpool2d", "pool"]
    assert after["relu"].layer.output_shape == after["conv"].layer.output_shape
    assert after["head"].inputs == ("pool",)


def test_the_pooling_comes_before_affine_maps_of_what_is_rectified():
    before = stored("max_pool_of_batch_norm")
    assert order(before)[1:5] == ["conv", "norm", "rescaling", "pool"]
    after = sink_max_pooling(before)
    assert order(after)[1:6] == ["conv", "pool", "norm", "rescaling", "conv_2"]
    assert after["conv_2"].inputs == ("rescaling",)


@pytest.mark.parametrize(
    "name",
    [
        "max_pool_before_batch_norm_of_both_signs",
        "max_pool_of_both_signs",
        "relu_max_pool_batch_norm",
        "max_pool",
    ],
)
def test_a_pooling_stays_where_it_must_or_may(name):
    network = stored(name)
    assert sink_max_pooling(network) == network


def test_branches_are_pooled_by_themselves():
    after = sink_max_pooling(stored("max_pool_of_concatenation"))
    pools = [node for node in after.nodes if isinstance(node.layer, MaxPool2D)]
    assert [(pool.name, pool.inputs) for pool in pools] == [
        ("pool_1", ("conv_a",)),
        ("pool_2", ("conv_b",)),
    ]
    assert after["pool"].layer.kind == "Concatenate"
    x = CASES["max_pool_of_concatenation"].samples(2)
    assert np.isfinite(after.forward(x)).all()
