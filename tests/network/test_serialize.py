import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import convolution_network

from workbench.network.serialize import decode, digest, encode

keys = st.sampled_from(["array", "layer", "mapping", "a", "b c"]) | st.text(max_size=3)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_plain_values_come_back(value):
    arrays = []
    text = json.dumps(encode(value, arrays))
    assert decode(json.loads(text), arrays) == value


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8])
def test_arrays_come_back_with_their_type(dtype):
    value = np.arange(6, dtype=dtype).reshape(2, 3)
    arrays = []
    again = decode(json.loads(json.dumps(encode({"x": (value,)}, arrays))), arrays)["x"][0]
    assert again.dtype == dtype
    assert (again == value).all()


def test_layers_come_back():
    for node in convolution_network().nodes:
        arrays = []
        again = decode(json.loads(json.dumps(encode(node.layer, arrays))), arrays)
        assert type(again) is type(node.layer)
        assert again.output_shape == node.layer.output_shape
        assert digest(again) == digest(node.layer)


def test_digests_tell_type_shape_and_place_of_numbers_apart():
    x = np.zeros(4, np.float32)
    different = [x, x.astype(np.float64), x.reshape(2, 2), np.array([0, 0, 0, 1], np.float32), [x]]
    assert len({digest(value) for value in different}) == len(different)


def test_digests_do_not_depend_on_memory_order():
    x = np.arange(6.0).reshape(2, 3)
    assert digest(x) == digest(np.asfortranarray(x))


def test_numpy_numbers_are_plain_numbers():
    assert encode(np.int64(3), []) == 3
    assert digest(np.float64(0.5)) == digest(0.5)
