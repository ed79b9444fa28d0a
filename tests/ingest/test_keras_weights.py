"""Weights are put where they belong, or refused."""

import json

import h5py
import numpy as np
import pytest
from keras2_files import dense, layer, random, sequential, weighted, write_model

from workbench.errors import ModelFileError
from workbench.ingest.keras import load_keras_file

A, B = weighted(4, 4), weighted(4, 4, seed=2)


def network(tmp_path, weights, *layers, **options):
    first = dense("a", 4, batch_input_shape=[None, 4])
    architecture = sequential(first, *(layers or (dense("b", 4),)))
    path = write_model(tmp_path / "old.h5", architecture, weights, **options)
    return load_keras_file(path)


def in_order(x, first, second):
    return (x @ first["kernel"] + first["bias"]) @ second["kernel"] + second["bias"]


def samples():
    return np.random.default_rng(0).random((5, 4), np.float32)


def test_layers_are_matched_by_name(tmp_path):
    """The same shapes in another order: Keras, which counts, would take one for the other."""
    found = network(tmp_path, {"b": B, "a": A})
    assert found.forward(samples()) == pytest.approx(in_order(samples(), A, B), abs=1e-5)


def test_layers_with_other_names_are_matched_in_order(tmp_path):
    """Names count up while a program runs, and may differ where weights were saved later."""
    found = network(tmp_path, {"a_3": A, "b_3": B})
    assert found.forward(samples()) == pytest.approx(in_order(samples(), A, B), abs=1e-5)


def test_layers_without_weights_do_not_count(tmp_path):
    parts = layer("Dropout", "drop", rate=0.5), dense("b", 4)
    found = network(tmp_path, {"a_1": A, "drop_1": {}, "b_1": B}, *parts)
    assert found.forward(samples()) == pytest.approx(in_order(samples(), A, B), abs=1e-5)


def test_the_state_of_random_numbers_does_not_count(tmp_path):
    state = {"StateVar": np.zeros(3, np.int64)}
    parts = [
        layer("Reshape", "image", target_shape=[2, 2, 1]),
        layer("RandomFlip", "flip", mode="horizontal", rng_type="stateful"),
        layer("Flatten", "flat"),
        dense("b", 4),
    ]
    found = network(tmp_path, {"a": A, "flip": state, "b": B}, *parts)
    assert found.forward(samples()) == pytest.approx(in_order(samples(), A, B), abs=1e-5)


def test_names_in_chunks_are_read(tmp_path):
    """Keras cuts lists that are too long for the head of an object."""
    path = tmp_path / "old.h5"
    first = dense("a", 4, batch_input_shape=[None, 4])
    write_model(path, sequential(first, dense("b", 4)), {"a": A, "b": B})
    with h5py.File(path, "r+") as file:
        group = file["model_weights"]
        del group.attrs["layer_names"]
        group.attrs["layer_names0"], group.attrs["layer_names1"] = [b"a"], [b"b"]
    found = load_keras_file(path).forward(samples())
    assert found == pytest.approx(in_order(samples(), A, B), abs=1e-5)


def refused(tmp_path, words, weights, **options):
    with pytest.raises(ModelFileError, match=words):
        network(tmp_path, weights, **options)


def test_another_number_of_layers_is_refused(tmp_path):
    words = r"weights of 1 layers \(a\); the model has 2 layers with weights \(a, b\)\. Save both"
    refused(tmp_path, words, {"a": weighted(40, 4)})


@pytest.mark.parametrize("shape", [(4, 5), (5, 4), (4, 4, 1), (16,), (20,)])
def test_another_shape_is_refused(tmp_path, shape):
    words = r"holds weights of the shapes .* for b; the layer has \[\(4, 4\), \(4,\)\]\. Save"
    refused(tmp_path, words, {"a": A, "b": {**B, "kernel": random(*shape)}})


def test_another_number_of_weights_is_refused(tmp_path):
    refused(tmp_path, "holds weights of the shapes", {"a": A, "b": {**B, "more": random(400)}})


def test_another_kind_of_weight_is_refused(tmp_path):
    """Of the same shapes: the variance of a normalization where its mean belongs."""
    ones = np.ones(4, np.float32)
    norm = {"gamma": ones, "beta": ones, "moving_variance": ones, "moving_mean": ones}
    with pytest.raises(
        ModelFileError, match=r"holds n/moving_variance:0 of n where .* moving_mean"
    ):
        network(tmp_path, {"a": A, "n": norm}, layer("BatchNormalization", "n", axis=[1]))


def test_a_missing_array_is_refused(tmp_path):
    path = tmp_path / "old.h5"
    first = dense("a", 4, batch_input_shape=[None, 4])
    write_model(path, sequential(first, dense("b", 4)), {"a": A, "b": B})
    with h5py.File(path, "r+") as file:
        del file["model_weights/b/b/bias:0"]
        file["model_weights"].create_dataset("filler", data=np.ones(100))
    with pytest.raises(ModelFileError, match=r"is damaged: .* Save the weights again"):
        load_keras_file(path)


@pytest.mark.parametrize("value", [b"x", 1j, np.void(b"xyz")])
def test_an_array_without_numbers_is_refused(tmp_path, value):
    words = "is damaged: a weight is not an array of numbers"
    refused(tmp_path, words, {"a": A, "b": {**B, "kernel": np.full((4, 4), value)}})


@pytest.mark.parametrize("names", [3, [1, 2], "xy", ["/", "..", ""], [b"gone"]])
def test_damaged_names_are_refused(tmp_path, names):
    path = tmp_path / "old.h5"
    first = dense("a", 4, batch_input_shape=[None, 4])
    write_model(path, sequential(first, dense("b", 4)), {"a": A, "b": B})
    with h5py.File(path, "r+") as file:
        file["model_weights"].attrs["layer_names"] = names
    with pytest.raises(ModelFileError, match=r"is damaged: .* Save the weights again"):
        load_keras_file(path)


def test_weights_of_keras_1_are_refused(tmp_path):
    refused(
        tmp_path,
        r"was written by Keras 1\.2\.2; supported: Keras 2",
        {"a": A, "b": B},
        version="1.2.2",
    )


@pytest.mark.parametrize("kind", ["soft", "external", "stored elsewhere", "virtual"])
def test_nothing_outside_the_file_is_read(tmp_path, kind):
    path = tmp_path / "old.h5"
    first = dense("a", 4, batch_input_shape=[None, 4])
    write_model(path, sequential(first, dense("b", 4)), {"a": A, "b": B})
    secret = tmp_path / "secret.bin"
    secret.write_bytes(np.ones(4, np.float32).tobytes())
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.ones(4, np.float32)
    with h5py.File(path, "r+") as file:
        group, name = file["model_weights/b/b"], "bias:0"
        del group[name]
        if kind == "soft":
            group[name] = h5py.SoftLink("/model_weights/a/a/bias:0")
        elif kind == "external":
            group[name] = h5py.ExternalLink("other.h5", "x")
        elif kind == "virtual":
            layout = h5py.VirtualLayout((4,), np.float32)
            layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "x", (4,))
            group.create_virtual_dataset(name, layout)
        else:
            group.create_dataset(name, (4,), np.float32, external=[(str(secret), 0, 16)])
    with pytest.raises(ModelFileError, match=r"keeps 'model_weights/b/b/bias:0' in another place"):
        load_keras_file(path)


def of_keras_2_13(tmp_path, change=None):
    """Write two dense layers as Keras 2.13 did, which counted those with weights twice."""
    inner = sequential(dense("c", 4, batch_input_shape=[None, 4]))
    inner["config"]["name"] = "inner"
    first = dense("a", 4, batch_input_shape=[None, 4])
    parts = layer("Dropout", "drop", rate=0.5), dense("b", 4), inner
    (tmp_path / "p.json").write_text(json.dumps(sequential(first, *parts)))
    with h5py.File(tmp_path / "p.weights.h5", "w") as file:
        root = file.create_group("_layer_checkpoint_dependencies")
        within = "sequential/_layer_checkpoint_dependencies/dense"
        for name, made in (("dense", A), ("dense_2", B), (within, A)):
            for i, key in enumerate(("kernel", "bias")):
                root[f"{name}/vars/{i}"] = made[key]
        if change:
            change(root)
    return load_keras_file(tmp_path / "p.json")


def test_weights_of_keras_2_13_are_read(tmp_path):
    found = of_keras_2_13(tmp_path).forward(samples())
    expected = in_order(samples(), A, B) @ A["kernel"] + A["bias"]
    assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("gone", ["dense_2", "dense_2/vars/1", "sequential"])
def test_missing_weights_of_keras_2_13_are_refused(tmp_path, gone):
    def change(root):
        del root[gone]
        root["filler"] = np.ones(100)

    words = r"has no weights of .*model\.save\('name\.h5'\)|holds weights of the shapes"
    with pytest.raises(ModelFileError, match=words):
        of_keras_2_13(tmp_path, change)
