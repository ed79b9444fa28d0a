import numpy as np
import pytest
from exporters.export_cases import (
    LINEAR,
    RELU,
    Stack,
    convolutions,
    flat,
    max_pooling,
    pooled_input,
)

from workbench.errors import UnsupportedLayerError
from workbench.exporters.loihi.layer_chain import chain
from workbench.network.activation import Step
from workbench.network.affine import BatchNorm
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.rearrange import Permute
from workbench.network.structure import Add


def analog(layers, x):
    """The chain as an analog network; float64, outputs relative to the thresholds."""
    value = x
    for index, layer in enumerate(layers):
        value = layer.map.forward(value.reshape(len(value), *layer.map.input_shapes[0]))
        value = value + layer.bias
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
    assert "p and q are max pooling of spikes, which Loihi" in str(refusal.value)
    assert 'Conversion(max_pool="average_pooling")' in str(refusal.value)
    assert 'max_pool="relu" make branches, which Loihi cannot have' in str(refusal.value)


def test_neurons_for_max_pooling_are_refused_as_branches():
    with pytest.raises(UnsupportedLayerError) as refusal:
        chain(max_pooling().convert(max_pool="relu"))
    assert "the network branches, but a netx file is one chain of layers" in str(refusal.value)


def test_what_follows_max_pooling_is_judged_as_if_that_were_there(monkeypatch):
    monkeypatch.setitem(chain.__globals__, "LARGEST_DENSE", 600)
    with pytest.raises(UnsupportedLayerError, match=r"^p and q are max pooling [^\n]*\.$"):
        chain(max_pooling().convert())


def test_additions_are_refused_by_name():
    message = r"^merged adds up 2 paths \(from mean, c\): the network branches, [^\n]* shortcuts\.$"
    stack = Stack((7, 7, 1)).conv("mean", 4, 3).conv("c", 4, 3)
    stack.add("merged", Add((7, 7, 4), 2), RELU, ("mean", "c")).dense("output", 3)
    with pytest.raises(UnsupportedLayerError, match=message):
        chain(stack.convert())


def test_a_branch_is_refused_by_what_it_reads():
    stack = Stack((12,)).dense("a", 9)
    stack.add("b", Dense(np.ones((12, 9))), RELU, ("input",))
    stack.add("sum", Add((9,), 2), RELU, ("a", "b")).dense("output", 3)
    message = (
        "b reads input, not the layer before it, sum adds .*: the network branches, .* a chain"
    )
    with pytest.raises(UnsupportedLayerError, match=message):
        chain(stack.convert())


def test_signed_values_are_refused_with_their_reason():
    network = Stack((12,)).dense("a", 9, LINEAR).dense("output", 3).convert()
    message = (
        r"^a becomes several populations \(a_on, a_off\), because values below 0, .* one chain of "
        r'layers [^\n]*\. Use relu there, or the target "brian2" or "builtin"\.$'
    )
    with pytest.raises(UnsupportedLayerError, match=message):
        chain(network)


def test_spikes_cannot_be_taken_back_on_the_chip():
    network = Stack((12,)).dense("a", 9).dense("output", 3).convert(signed_neurons=True)
    message = r"^a and output have signed neurons .*, which Loihi cannot express; .*neurons='if'"
    with pytest.raises(UnsupportedLayerError, match=message):
        chain(network)


def test_steps_are_refused_with_their_reason():
    network = Stack((12,)).dense("a", 9, Step()).dense("output", 3).convert()
    with pytest.raises(UnsupportedLayerError, match=r"^a consists of neurons of a step function"):
        chain(network)


def uneven_windows():
    stack = Stack((5, 5, 1)).conv("a", 2, 3).pool("mean", same=True)
    return stack.conv("b", 3, 2, same=False).dense("output", 2, LINEAR)


def biases_of_places():
    stack = Stack((6, 6, 2))
    ones = np.ones(2)
    stack.add("norm", BatchNorm((6, 6, 2), ones, ones, ones, ones, 1e-3)).conv("a", 3, 3)
    return stack.dense("output", 2, LINEAR)


def turned():
    stack = Stack((4, 3, 2)).add("turn", Permute((4, 3, 2), (1, 2, 0))).conv("a", 3, 2)
    return stack.add("again", Permute(stack.shape(), (2, 0, 1))).dense("output", 2, LINEAR)


def doubled():
    stack = Stack((4, 3, 2)).conv("a", 3, 2)
    stack.add("b", Add(stack.shape(), 2), LINEAR, ("a", "a"))
    return stack.dense("output", 2, LINEAR)


@pytest.mark.parametrize(
    ("build", "folded"),
    [
        (uneven_windows, {"b": "averages windows of 1 to 4 inputs", "output": ""}),
        (pooled_input, {"a_relu": "has a SumPool2D behind its weights", "output": ""}),
        (biases_of_places, {"a": "has biases that differ from place to place", "output": ""}),
        (turned, {"a": "has a Permute before its weights"}),
        (doubled, {"output": "adds up 2 paths from a"}),
    ],
)
def test_what_is_no_convolution_becomes_the_dense_map_it_equals(build, folded):
    network = build().convert()
    layers = chain(network)
    for layer in layers:
        assert layer.folded == "" or layer.map.kind == "Dense"
        if folded.get(layer.name):
            assert layer.folded == folded[layer.name]
    assert any(layer.folded for layer in layers)
    x = np.random.default_rng(3).random((4, *network.input_shape)) * network.input_scale
    limit = network.rate_limit(x)[network.output.name]
    found = analog(layers, network.encode(x) / 4096)
    decoded = found * network.theta(network.output) * network.output.scale
    assert np.allclose(decoded.reshape(limit.shape), limit, rtol=1e-9)


def test_a_dense_map_beyond_the_chips_memory_is_refused(monkeypatch):
    monkeypatch.setitem(chain.__globals__, "LARGEST_DENSE", 100)
    message = (
        r"^b averages windows of 1 to 4 inputs, which makes a dense layer of 50 x 12 weights, more "
        r"than the synapse memory of a chip; .* Make the layer smaller"
    )
    with pytest.raises(UnsupportedLayerError, match=message):
        chain(uneven_windows().convert())


def test_a_shortcut_alone_is_a_diagonal():
    stack = Stack((4, 4, 2)).conv("a", 3, 3).pool("all", size=4, stride=4)
    layers = chain(stack.convert())
    assert [layer.name for layer in layers] == ["a", "a_pool", "all"]
    assert isinstance(layers[-1].map, Conv2D)
    assert layers[-1].map.kernel.shape == (1, 1, 1, 3)
