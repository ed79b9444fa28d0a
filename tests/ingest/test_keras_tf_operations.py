"""Arithmetic between the layers of tf.keras, from TensorFlow 2.4 on."""

import numpy as np
import pytest
from keras2_files import dense, layer, weighted, write_model

from workbench.errors import UnsupportedLayerError
from workbench.ingest.keras import load_keras_file

A, B = weighted(4, 4), weighted(4, 3, seed=2)


def operation(name, function, call):
    return {**layer("TFOpLambda", name, function=function), "name": name, "inbound_nodes": [call]}


def loaded(tmp_path, *operations):
    """Load input, dense layer a, operations, and dense layer b on the last one."""
    source = layer("InputLayer", "i", batch_input_shape=[None, 4], dtype="float32")
    last = operations[-1]["name"]
    parts = [
        {**source, "name": "i", "inbound_nodes": []},
        {**dense("a", 4), "name": "a", "inbound_nodes": [[["i", 0, 0, {}]]]},
        *operations,
        {**dense("b", 3), "name": "b", "inbound_nodes": [[[last, 0, 0, {}]]]},
    ]
    config = {"name": "m", "layers": parts}
    config |= {"input_layers": [["i", 0, 0]], "output_layers": [["b", 0, 0]]}
    architecture = {"class_name": "Functional", "config": config}
    path = write_model(tmp_path / "old.h5", architecture, {"a": A, "b": B}, version="2.9.0")
    return load_keras_file(path)


def after(x, made):
    return made(x @ A["kernel"] + A["bias"]) @ B["kernel"] + B["bias"]


def with_number(function, value):
    return [operation("tf.op", function, ["a", 0, 0, {"y": value, "name": None}])]


def number_first(function, value):
    return [
        operation(
            "tf.op", function, ["_CONSTANT_VALUE", -1, value, {"y": ["a", 0, 0], "name": None}]
        )
    ]


def with_tensor(function):
    return [operation("tf.op", function, ["a", 0, 0, {"y": ["i", 0, 0], "name": None}])]


def alone(function):
    return [operation("tf.op", function, ["a", 0, 0, {"name": None}])]


CHANNELS = [0.5, 1.0, 2.0, -4.0]
SINGLE = {
    "add": (with_number("__operators__.add", 2.0), lambda x: x + 2),
    "add_nothing": (with_number("math.add", 0), lambda x: x),
    "add_per_channel": (with_number("math.add", CHANNELS), lambda x: x + CHANNELS),
    "subtract": (with_number("math.subtract", 1), lambda x: x - 1),
    "subtract_per_channel": (with_number("math.subtract", CHANNELS), lambda x: x - CHANNELS),
    "multiply": (with_number("math.multiply", -2.0), lambda x: x * -2),
    "divide": (with_number("math.truediv", 4.0), lambda x: x / 4),
    "divide_per_channel": (with_number("math.divide", CHANNELS), lambda x: x / CHANNELS),
    "from_number": (number_first("math.subtract", 1.0), lambda x: 1 - x),
    "number_times": (number_first("math.multiply", 3), lambda x: 3 * x),
    "number_plus": (number_first("__operators__.add", 3), lambda x: 3 + x),
    "relu": (alone("nn.relu"), lambda x: np.maximum(x, 0)),
    "relu6": (alone("nn.relu6"), lambda x: np.clip(x, 0, 6)),
    "negative": (alone("math.negative"), lambda x: -x),
}


def samples():
    return np.random.default_rng(0).random((5, 4), np.float32)


@pytest.mark.parametrize("name", SINGLE)
def test_an_operation_is_read(name, tmp_path):
    operations, expected = SINGLE[name]
    found = loaded(tmp_path, *operations).forward(samples())
    assert found == pytest.approx(after(samples(), expected), abs=1e-5)


@pytest.mark.parametrize(
    ("function", "made"),
    [
        ("__operators__.add", np.add),
        ("math.add", np.add),
        ("math.subtract", np.subtract),
    ],
)
def test_an_operation_on_two_tensors_is_read(function, made, tmp_path):
    x = samples()
    found = loaded(tmp_path, *with_tensor(function)).forward(x)
    assert found == pytest.approx(after(x, lambda hidden: made(hidden, x)), abs=1e-5)


def test_operations_follow_one_another(tmp_path):
    first = operation("tf.math.truediv", "math.truediv", ["a", 0, 0, {"y": 127.5}])
    then = operation("tf.sub", "math.subtract", ["tf.math.truediv", 0, 0, {"y": 1.0}])
    network = loaded(tmp_path, first, then)
    expected = after(samples(), lambda x: x / 127.5 - 1)
    assert network.forward(samples()) == pytest.approx(expected, abs=1e-5)
    assert [node.name for node in network.nodes] == ["i", "a", "tf.math.truediv", "tf.sub", "b"]


@pytest.mark.parametrize(
    "operations",
    [
        with_tensor("math.multiply"),
        number_first("math.truediv", 1.0),
        alone("math.exp"),
        with_number("math.multiply", "2"),
        with_number("math.pow", 2.0),
        [operation("tf.op", "nn.relu", [["a", 0, 0, {}]])],
        [operation("tf.op", "nn.relu", ["_CONSTANT_VALUE", -1, 2.0, {}])],
    ],
)
def test_others_are_refused_by_name(operations, tmp_path):
    with pytest.raises(UnsupportedLayerError, match=r"^tf\.op \(TFOpLambda\) is not supported"):
        loaded(tmp_path, *operations)


def test_a_division_by_nothing_is_refused_by_name(tmp_path):
    with pytest.raises(UnsupportedLayerError, match=r"^tf\.op \(.*\) has weights that are NaN"):
        loaded(tmp_path, *with_number("math.truediv", 0))
