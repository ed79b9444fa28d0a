import numpy as np
import pytest
from layer_cases import stored

from workbench.conversion.passes.fold_affine import fold_affine
from workbench.network.affine import BatchNorm


def norms(network):
    return [node.name for node in network.nodes if isinstance(node.layer, BatchNorm)]


@pytest.mark.parametrize(
    "name",
    [
        "batch_norm_after_conv",
        "batch_norm_after_depthwise",
        "batch_norm_after_dense",
        "batch_norm_twice",
        "batch_norm_without_scale_and_center",
        "residual_with_linear_shortcut",
        "softmax_after_batch_norm",
    ],
)
def test_a_norm_behind_a_linear_map_is_gone(name):
    assert norms(fold_affine(stored(name))) == []


@pytest.mark.parametrize(
    "name",
    [
        "batch_norm_first",
        "batch_norm_after_relu",
        "batch_norm_after_max_pool",
        "batch_norm_after_average_pool",
        "batch_norm_on_a_branch",
        "batch_norm_on_vector_of_image",
        "max_pool_of_batch_norm",
    ],
)
def test_a_norm_is_never_moved_through_what_is_not_its_own_linear_map(name):
    network = stored(name)
    assert norms(fold_affine(network)) == norms(network) != []


def test_the_network_given_is_left_alone():
    network = stored("batch_norm_after_conv")
    before = network.content_hash
    nodes = network.nodes
    fold_affine(network)
    assert network.nodes is nodes
    assert type(network)(network.name, nodes).content_hash == before


def test_folded_weights_follow_the_equation():
    network = stored("batch_norm_after_conv")
    conv, norm = network["conv"].layer, network["norm"].layer
    folded = fold_affine(network)["conv"].layer
    s = norm.gamma / np.sqrt(norm.variance + norm.epsilon)
    assert folded.kernel == pytest.approx(conv.kernel * s, rel=1e-5)
    assert folded.bias == pytest.approx(norm.beta - norm.mean * s, rel=1e-5, abs=1e-6)
    assert folded.kernel.dtype == folded.bias.dtype == np.float32
