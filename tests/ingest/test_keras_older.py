"""Files of Keras 2: as it wrote them, and what Keras 3 writes, put into the words of Keras 2."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from keras2_files import (
    conv,
    dense,
    layer,
    sequential,
    weighted,
    write_model,
)

from workbench.errors import ModelFileError, UnsupportedLayerError
from workbench.ingest.keras import from_keras, import_keras, load_keras_file
from workbench.ingest.keras_older import renewed

keras = import_keras()
layers = keras.layers

PATH = Path("old.h5")
GLOROT = {"class_name": "GlorotUniform", "config": {"seed": None}}
TRAINING = {"kernel_initializer": GLOROT, "kernel_regularizer": None, "kernel_constraint": None}
WORDS = {
    "DepthwiseConv1D": {"groups": 1, "filters": None, **TRAINING},
    "DepthwiseConv2D": {"groups": 1, "filters": None, **TRAINING},
    "SeparableConv1D": {"groups": 1, **TRAINING},
    "SeparableConv2D": {"groups": 1, **TRAINING},
    "Conv1DTranspose": {"groups": 1},
    "Conv2DTranspose": {"groups": 1},
    "SpatialDropout1D": {"noise_shape": None},
    "SpatialDropout2D": {"noise_shape": None},
    "Dense": {"dtype": {"class_name": "Policy", "config": {"name": "float32"}}},
}
"""Options of Keras 2 that Keras 3 does not know."""


def aged(config):
    """Put the configuration of a model of Keras 3 into the words of Keras 2."""
    for entry in config["layers"]:
        kind, options = entry["class_name"], entry["config"]
        if "layers" in options:
            aged(options)
            continue
        options["dtype"] = "float32"
        options.pop("quantization_config", None)
        options.update(WORDS.get(kind, {}))
        if kind == "InputLayer":
            options["batch_input_shape"] = options.pop("batch_shape")
        elif kind == "LeakyReLU":
            options["alpha"] = options.pop("negative_slope")
        elif kind == "BatchNormalization":
            options["axis"] = [options["axis"] % 4]
            for new in ("synchronized", "renorm", "renorm_clipping", "renorm_momentum"):
                options.pop(new, None)


def as_keras_2(model, path, change=aged):
    model.save(path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config["config"])
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = "2.10.0"
    return path


MODELS = {
    "images": lambda: [
        keras.Input((8, 8, 3)),
        layers.Conv2D(4, 3),
        layers.BatchNormalization(),
        layers.LeakyReLU(negative_slope=0.1),
        layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
        layers.SpatialDropout2D(0.2),
        layers.SeparableConv2D(3, 2, activation="relu"),
        keras.Sequential([layers.Conv2DTranspose(2, 3, strides=2, name="up")], name="inner"),
        layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    ],
    "sequences": lambda: [
        keras.Input((9, 2)),
        layers.DepthwiseConv1D(3),
        layers.SpatialDropout1D(0.2),
        layers.SeparableConv1D(3, 2, activation="relu"),
        layers.Conv1DTranspose(2, 3),
        layers.Flatten(),
        layers.Dense(3),
    ],
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_read_as_keras_3_writes_it(name, tmp_path):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(MODELS[name]())
    assert load_keras_file(as_keras_2(model, tmp_path / "old.h5")) == from_keras(model)


def renewed_layer(entry):
    made = renewed(sequential(layer("InputLayer", "x", batch_input_shape=[None, 4]), entry), PATH)
    return made["config"]["layers"][1]["config"]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("Conv2DTranspose", {"groups": 2}),
        ("BatchNormalization", {"axis": [1, 2]}),
        ("LeakyReLU", {"negative_slope": 0.2}),
        ("SpatialDropout2D", {"noise_shape": [1, 2], "rate": 0.5}),
    ],
)
def test_options_that_say_something_stay(kind, options):
    """Keras 3 refuses them: what they ask for it has no longer."""
    made = renewed_layer(layer(kind, "a", **options))
    assert {name: made[name] for name in options} == options


def test_options_of_training_are_left_out_whatever_they_hold():
    odd = {"class_name": "Own", "config": {"dtype": "float32"}}
    options = dict.fromkeys(("kernel_initializer", "bias_regularizer", "kernel_constraint"), odd)
    assert renewed_layer(dense("a", 3, **options)) == {
        "name": "a",
        "trainable": True,
        "units": 3,
        "activation": "linear",
        "use_bias": True,
    }


def test_what_is_renewed_stays_as_it_is():
    given = sequential(dense("a", 3, batch_input_shape=[8, 4]), dense("b", 2))
    once = renewed(given, PATH)
    assert renewed(once, PATH) == once
    assert given == sequential(dense("a", 3, batch_input_shape=[8, 4]), dense("b", 2))


def test_a_file_with_such_an_option_is_refused(tmp_path):
    def grouped(config):
        aged(config)
        config["layers"][1]["config"]["groups"] = 2

    model = keras.Sequential([keras.Input((4, 4, 2)), layers.Conv2DTranspose(2, 3)])
    with pytest.raises(ModelFileError, match=r"Keras says: .*passed to Conv2DTranspose: .*groups"):
        load_keras_file(as_keras_2(model, tmp_path / "old.h5", grouped))


HIDDEN, HEAD = weighted(20, 16), weighted(16, 5, seed=2)
"""Weights of a network with one hidden layer."""


def multilayer(x):
    hidden = np.maximum(x @ HIDDEN["kernel"] + HIDDEN["bias"], 0)
    return hidden @ HEAD["kernel"] + HEAD["bias"]


def vectors(size, n=5):
    return np.random.default_rng(1).random((n, size), np.float32)


@pytest.mark.parametrize("version", ["2.0.4", "2.1.6", "2.2.4", "2.3.1", "2.2.4-tf", "2.15.0"])
@pytest.mark.parametrize("listed", [False, True])
def test_a_sequential_model_without_an_input_layer_is_read(version, listed, tmp_path):
    first = dense("d1", 16, "relu", batch_input_shape=[None, 20], dtype="float32")
    architecture = sequential(first, dense("d2", 5), listed=listed)
    weights = {"d1": HIDDEN, "d2": HEAD}
    path = write_model(tmp_path / "old.h5", architecture, weights, version=version)
    network = load_keras_file(path)
    assert network.forward(vectors(20)) == pytest.approx(multilayer(vectors(20)), abs=1e-5)
    assert [node.name for node in network.nodes] == ["d1_input", "d1", "d2"]


def test_a_model_that_was_built_without_a_shape_is_read(tmp_path):
    architecture = sequential(dense("d1", 16, "relu"), dense("d2", 5))
    architecture["config"]["build_input_shape"] = [None, 20]
    path = write_model(tmp_path / "old.h5", architecture, {"d1": HIDDEN, "d2": HEAD})
    assert load_keras_file(path).input_shape == (20,)


def test_a_model_with_a_fixed_number_of_samples_is_read(tmp_path):
    first = dense("d1", 16, "relu", batch_input_shape=[1, 20])
    path = write_model(
        tmp_path / "old.h5", sequential(first, dense("d2", 5)), {"d1": HIDDEN, "d2": HEAD}
    )
    assert load_keras_file(path).forward(vectors(20)) == pytest.approx(
        multilayer(vectors(20)), abs=1e-5
    )


def functional(*entries, inputs, outputs):
    config = {"name": "model_1", "layers": list(entries)}
    config |= {"input_layers": inputs, "output_layers": outputs}
    return {"class_name": "Model", "config": config}


def called(entry, *sources):
    """Say in which calls of which layers an entry reads its inputs; one list per call."""
    nodes = [[[name, call, 0, {}] for name, call in each] for each in sources]
    return {**entry, "name": entry["config"]["name"], "inbound_nodes": nodes}


def given(name, *shape):
    return called(layer("InputLayer", name, batch_input_shape=[None, *shape], dtype="float32"))


def test_a_functional_model_with_dtypes_in_initializers_is_read(tmp_path):
    typed = {"kernel_initializer": {"class_name": "GlorotUniform", "config": {"dtype": "float32"}}}
    architecture = functional(
        given("i", 20),
        called(dense("a", 16, "relu", **typed), [("i", 0)]),
        called(dense("b", 5, **typed), [("a", 0)]),
        inputs=[["i", 0, 0]],
        outputs=[["b", 0, 0]],
    )
    path = write_model(tmp_path / "old.h5", architecture, {"a": HIDDEN, "b": HEAD})
    assert load_keras_file(path).forward(vectors(20)) == pytest.approx(
        multilayer(vectors(20)), abs=1e-5
    )


@pytest.mark.parametrize("kind", ["Sequential", "Model"])
@pytest.mark.parametrize("last", [False, True])
def test_a_model_that_is_used_twice_in_a_model_is_read(kind, last, tmp_path):
    """Its calls count from 1 in files of Keras 2, as making it was call 0."""
    inner = sequential(given("ii", 20), dense("a", 16, "relu"))
    if kind == "Model":
        entries = given("ii", 20), called(dense("a", 16, "relu"), [("ii", 0)])
        inner = functional(*entries, inputs=[["ii", 0, 0]], outputs=[["a", 0, 0]])
    inner["config"]["name"] = "inner"
    reads = [called(inner, [("i", 0)], [("j", 0)])]
    if not last:
        reads.append(called(layer("Subtract", "minus"), [("inner", 1), ("inner", 2)]))
    architecture = functional(
        given("i", 20),
        given("j", 20),
        *reads,
        inputs=[["i", 0, 0], ["j", 0, 0]],
        outputs=[["inner", 2, 0]] if last else [["minus", 0, 0]],
    )
    path = write_model(tmp_path / "old.h5", architecture, {"inner": HIDDEN})
    i, j = vectors(20), 1 - vectors(20)
    a, b = (np.maximum(x @ HIDDEN["kernel"] + HIDDEN["bias"], 0) for x in (i, j))
    found = load_keras_file(path).forward(np.concatenate([i, j], axis=1))
    assert found == pytest.approx(b if last else a - b, abs=1e-5)


def convolved(x, kernel, bias):
    """Return what a convolution gives of (samples, channels, height, width), channels first."""
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], (2, 3))
    return np.einsum("nchwij,ijcf->nfhw", windows, kernel) + bias[:, None, None]


@pytest.mark.parametrize("backend", ["tensorflow", "theano", "cntk"])
def test_channels_first_are_read_as_the_backend_computed_them(backend, tmp_path):
    """Theano mirrored kernels, and Flatten of Keras 2.0 took the axes as they were."""
    first = conv("c", 4, 3, "relu", data_format="channels_first", batch_input_shape=[None, 2, 8, 8])
    architecture = sequential(first, layer("Flatten", "f"), dense("d", 3), listed=True)
    weights = {"c": weighted(3, 3, 2, 4), "f": {}, "d": weighted(4 * 6 * 6, 3)}
    path = tmp_path / "old.h5"
    write_model(path, architecture, weights, version="2.0.4", backend=backend)
    x = np.random.default_rng(1).random((3, 2, 8, 8), np.float32)
    kernel = weights["c"]["kernel"][::-1, ::-1] if backend == "theano" else weights["c"]["kernel"]
    hidden = np.maximum(convolved(x, kernel, weights["c"]["bias"]), 0).reshape(3, -1)
    expected = hidden @ weights["d"]["kernel"] + weights["d"]["bias"]
    assert load_keras_file(path).forward(x) == pytest.approx(expected, abs=1e-5)


def test_biases_of_keras_2_belong_to_the_channels(tmp_path):
    """As many as columns, and Keras 3 would add them to these."""
    options = {"data_format": "channels_first", "dilation_rate": [2, 2], "padding": "same"}
    first = conv("c", 5, 1, batch_input_shape=[None, 2, 4, 5], **options)
    weights = {"c": weighted(1, 1, 2, 5)}
    path = write_model(tmp_path / "old.h5", sequential(first), weights)
    x = np.random.default_rng(1).random((3, 2, 4, 5), np.float32)
    assert load_keras_file(path).forward(x) == pytest.approx(convolved(x, **weights["c"]), abs=1e-5)


def test_a_model_of_keras_1_is_refused(tmp_path):
    entry = layer("Convolution2D", "conv_1", nb_filter=4, border_mode="same", dim_ordering="th")
    path = write_model(tmp_path / "old.h5", sequential(entry, listed=True), {}, version="1.0.7")
    with pytest.raises(ModelFileError, match=r"was written by Keras 1: conv_1 has .*Keras 2\.2"):
        load_keras_file(path)


def test_a_class_of_its_own_is_refused(tmp_path):
    path = write_model(tmp_path / "old.h5", {"class_name": "MyNet", "config": {}}, {})
    with pytest.raises(ModelFileError, match="holds a model of the class MyNet; accepted: Seq"):
        load_keras_file(path)


@pytest.mark.parametrize("config", [None, 3, [], [1], {"layers": 3}, {"layers": [{"config": 3}]}])
def test_what_is_no_architecture_is_refused(config, tmp_path):
    path = write_model(tmp_path / "old.h5", {"class_name": "Sequential", "config": config}, {})
    with pytest.raises((ModelFileError, UnsupportedLayerError)):
        load_keras_file(path)


def test_layers_that_keras_3_no_longer_has_are_named(tmp_path):
    odd = layer("ThresholdedReLU", "odd", theta=0.5)
    first = dense("d1", 16, "relu", batch_input_shape=[None, 20])
    path = write_model(tmp_path / "old.h5", sequential(first, odd), {"d1": HIDDEN})
    with pytest.raises(UnsupportedLayerError, match=r"^odd \(ThresholdedReLU\) is not supported"):
        load_keras_file(path)
