import numpy as np
import pytest

from workbench.network.dense import Dense


def test_forward_is_a_matrix_product_with_bias():
    layer = Dense(np.array([[1.0, 2], [3, 4]]), np.array([10.0, 20]))
    assert (layer.forward(np.array([[1.0, 1]])) == [[14, 26]]).all()


def test_every_input_reaches_every_unit():
    layer = Dense(np.zeros((3, 5)))
    assert layer.synapse_count == layer.macs == 15
    assert (layer.fan_out() == 5).all()
    assert layer.parameter_count == 15
    assert Dense(np.zeros((3, 5)), np.zeros(5)).parameter_count == 20


def test_large_maps_list_their_synapses_in_chunks():
    layer = Dense(np.arange(2_400_000.0).reshape(1200, 2000))
    chunks = list(layer.synapses())
    assert len(chunks) > 1
    pre, post, weight = (np.concatenate(part) for part in zip(*chunks, strict=True))
    assert len(pre) == 2_400_000
    assert (weight == pre * 2000 + post).all()


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_weights_of_another_type_are_brought_to_that_of_the_inputs_in_parts(monkeypatch, dtype):
    rng = np.random.default_rng(0)
    layer = Dense(rng.integers(-(2**20), 2**20, (7, 10)).astype(dtype), np.arange(10.0))
    x = rng.integers(0, 2**20, (3, 7)).astype(np.float64)
    whole = layer.forward(x)
    monkeypatch.setattr("workbench.network.dense.CONVERTED", 21)  # 3 columns at a time
    parts = layer.forward(x)
    assert parts.dtype == np.float64
    np.testing.assert_array_equal(parts, whole)
    monkeypatch.setattr("workbench.network.dense.CONVERTED", 1)
    np.testing.assert_array_equal(layer.forward(x), whole)
