import dataclasses

import numpy as np
import pytest
from export_cases import (
    LINEAR,
    RELU,
    Stack,
    convolutions,
    flat,
    max_pooling,
    pooled_input,
    residual,
)

from workbench.errors import UnsupportedLayerError
from workbench.export.loihi.chain import chain
from workbench.network.affine import BatchNorm
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.structure import Add, Identity


def analog(layers, x):
    """The chain as an analog network; float64, outputs relative to the thresholds."""
    value = x
    for index, layer in enumerate(layers):
        if layer.map.kind == "Dense":
            value = value.reshape(len(value), -1)
        value = layer.map.forward(value) + layer.bias
        if index < len(layers) - 1:
            value = np.maximum(value, 0)
        value = value / layer.threshold
    return value


@pytest.mark.parametrize("build", [convolutions, flat])
def test_the_chain_computes_what_the_network_does(build):
    network = build().convert()
    x = np.random.default_rng(3).random((4, *network.input_shape)) * network.input_scale
    limit = network.rate_limit(x)["output"]
    found = analog(chain(network), network.encode(x) / 4096)
    decoded = found * network.output.threshold * network.unit * network.output.scale
    assert np.allclose(decoded.reshape(limit.shape), limit, rtol=1e-12)


def test_average_pooling_gets_neurons_of_its_own():
    layers = chain(convolutions().convert())
    assert [layer.name for layer in layers] == ["a", "b", "b_pool", "c", "output"]
    pool = layers[2]
    assert (pool.pool_inputs, pool.threshold, pool.map.groups) == (4, 4.0, 6)
    assert (pool.weights == 1).all()
    # One spike of the pool stands for four of its inputs.
    network = convolutions().convert()
    (projection,) = network.incoming("c")
    assert np.array_equal(layers[3].weights, 4 * projection.maps[-1].kernel)


def test_padding_becomes_the_same_on_both_sides():
    layers = chain(convolutions().convert())
    grown = layers[1].map
    assert isinstance(grown, Conv2D)
    assert all(before == after for before, after in grown.padding)
    assert grown.kernel.shape[:2] == (
        5,
        5,
    )  # 9 rows and 11 columns at stride 2 are padded by (1, 2).
    assert grown.output_shape == (5, 6, 6)


def test_max_pooling_is_refused_with_the_alternative():
    with pytest.raises(UnsupportedLayerError) as refusal:
        chain(max_pooling().convert())
    assert len(refusal.value.problems) == 1
    assert "p and q are max pooling, which Loihi's netx" in str(refusal.value)
    assert 'Conversion(max_pool="average")' in str(refusal.value)


def test_additions_are_refused_by_name():
    message = (
        r"^sum adds up 2 paths \(from a\), merged adds up 2 paths \(from sum\): the network "
        r"branches, [^\n]* without shortcuts\.$"
    )
    with pytest.raises(UnsupportedLayerError, match=message):
        chain(residual().convert())


def test_a_branch_is_refused_by_what_it_reads():
    stack = Stack((12,)).dense("a", 9)
    stack.add("b", Dense(np.ones((12, 9))), RELU, ("input",))
    stack.add("sum", Add((9,), 2), RELU, ("a", "b")).dense("output", 3)
    message = (
        "b reads input, not the layer before it, sum adds .*: the network branches, .* a chain"
    )
    with pytest.raises(UnsupportedLayerError, match=message):
        chain(stack.convert())


def test_pooling_with_cut_off_windows_is_refused():
    stack = Stack((5, 5, 1)).conv("a", 2, 3).pool("mean", same=True).dense("output", 2, LINEAR)
    with pytest.raises(UnsupportedLayerError, match="pooling after a has windows of 1 to 4 inputs"):
        chain(stack.convert())


def test_pooling_of_a_sum_is_refused():
    with pytest.raises(UnsupportedLayerError, match="a_mean pools a weighted sum"):
        chain(pooled_input().convert())


def test_biases_that_differ_from_place_to_place_are_refused():
    stack = Stack((6, 6, 2))
    ones = np.ones(2)
    stack.add("norm", BatchNorm((6, 6, 2), ones, ones, ones, ones, 1e-3)).conv("a", 3, 3)
    with pytest.raises(UnsupportedLayerError, match="a has biases that differ from place to place"):
        chain(stack.dense("output", 2, LINEAR).convert())


def test_a_layer_without_a_form_is_refused_by_name():
    network = flat().convert()
    first = network.projections[0]
    changed = dataclasses.replace(first, maps=(Identity((12,)),))
    broken = dataclasses.replace(network, projections=(changed, *network.projections[1:]))
    with pytest.raises(
        UnsupportedLayerError, match="a reads a Identity, which the export to Loihi"
    ):
        chain(broken)


def test_a_shortcut_alone_is_a_diagonal():
    stack = Stack((4, 4, 2)).conv("a", 3, 3).pool("all", size=4, stride=4)
    layers = chain(stack.convert())
    assert [layer.name for layer in layers] == ["a", "a_pool", "all"]
    assert isinstance(layers[-1].map, Conv2D)
    assert layers[-1].map.kernel.shape == (1, 1, 1, 3)
