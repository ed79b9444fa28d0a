"""Files of Keras 2: what Keras 3 writes, put into the words that Keras 2 had."""

import json

import numpy as np
import pytest

from workbench.errors import ModelFileError
from workbench.ingest.keras import from_keras, import_keras, load_keras_file
from workbench.ingest.keras_older import KINDS, older_layers, renewed

keras = import_keras()
layers = keras.layers
h5py = pytest.importorskip("h5py")

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
    for layer in config["layers"]:
        kind, options = layer["class_name"], layer["config"]
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


def test_every_kind_of_layer_that_has_changed_is_tried():
    tried = {type(layer).__name__ for build in MODELS.values() for layer in build()}
    assert set(KINDS) - tried == {"Conv2DTranspose"}  # inside a nested model
    assert set(older_layers(keras)) == {*KINDS, "Policy"}


def test_options_that_say_something_stay():
    """Keras 3 refuses them: what they ask for it has no longer."""
    assert renewed("Conv2DTranspose", {"groups": 2}) == {"groups": 2}
    assert renewed("BatchNormalization", {"axis": [1, 2]}) == {"axis": [1, 2]}
    assert renewed("LeakyReLU", {"negative_slope": 0.2}) == {"negative_slope": 0.2}


def test_a_file_with_such_an_option_is_refused(tmp_path):
    def grouped(config):
        aged(config)
        config["layers"][1]["config"]["groups"] = 2

    model = keras.Sequential([keras.Input((4, 4, 2)), layers.Conv2DTranspose(2, 3)])
    with pytest.raises(ModelFileError, match=r"Keras says: .*Conv2DTranspose"):
        load_keras_file(as_keras_2(model, tmp_path / "old.h5", grouped))


def test_a_file_as_keras_2_wrote_it_is_read(tmp_path):
    """The configuration of Keras 2.15 with the groups of weights that it had."""
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(4, 3)).astype("f"), rng.normal(size=3).astype("f")
    dense = {"name": "head", "units": 3, "activation": "relu", "use_bias": True}
    config = {
        "name": "old",
        "layers": [
            {
                "class_name": "InputLayer",
                "config": {"batch_input_shape": [None, 4], "dtype": "float32", "name": "input_1"},
            },
            {"class_name": "Dense", "config": {**dense, "trainable": True, "dtype": "float32"}},
        ],
    }
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = "2.15.0", "tensorflow"
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config})
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [b"head"]
        group = weights.create_group("head")
        group.attrs["weight_names"] = [b"head/kernel:0", b"head/bias:0"]
        group["head/kernel:0"], group["head/bias:0"] = kernel, bias
    x = rng.random((5, 4)).astype("f")
    expected = np.maximum(x @ kernel + bias, 0)
    assert load_keras_file(path).forward(x) == pytest.approx(expected, rel=1e-4, abs=1e-5)
