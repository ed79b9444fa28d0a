"""Whole models, and architectures with weights beside them."""

import json
import zipfile

import h5py
import numpy as np
import pytest
from keras2_files import dense, layer, sequential, weighted, write_model, write_weights

from workbench.errors import ModelFileError, UnsupportedLayerError
from workbench.ingest.keras import from_keras, import_keras, load_keras_file
from workbench.workflow import load

keras = import_keras()
layers = keras.layers

WEIGHTS = {"d1": weighted(4, 6), "d2": weighted(6, 3, seed=2)}


def old_architecture(**options):
    first = dense("d1", 6, "relu", batch_input_shape=[None, 4])
    return {**sequential(first, dense("d2", 3)), "keras_version": "2.1.3", **options}


def written(path, architecture):
    path.write_text(json.dumps(architecture))
    return path


def old_answer(x):
    hidden = np.maximum(x @ WEIGHTS["d1"]["kernel"] + WEIGHTS["d1"]["bias"], 0)
    return hidden @ WEIGHTS["d2"]["kernel"] + WEIGHTS["d2"]["bias"]


def samples():
    return np.random.default_rng(0).random((5, 4), np.float32)


def is_the_old_one(network):
    return network.forward(samples()) == pytest.approx(old_answer(samples()), abs=1e-5)


@pytest.mark.parametrize("name", ["p.h5", "p.hdf5", "p_weights.h5", "p.weights.h5"])
@pytest.mark.parametrize("asked", ["architecture", "weights"])
def test_an_architecture_and_weights_are_found_beside_each_other(name, asked, tmp_path):
    architecture = written(tmp_path / "p.json", old_architecture())
    weights = write_weights(tmp_path / name, WEIGHTS, version="2.1.3")
    network = load(architecture if asked == "architecture" else weights)
    assert is_the_old_one(network)
    assert network.name == ("p_weights" if (asked, name) == ("weights", "p_weights.h5") else "p")


def test_weights_are_given_by_name(tmp_path):
    architecture = written(tmp_path / "p.json", old_architecture())
    weights = write_weights(tmp_path / "other.h5", WEIGHTS)
    assert is_the_old_one(load(architecture, weights=weights))


def test_weights_of_a_whole_model_serve_an_architecture(tmp_path):
    architecture = written(tmp_path / "p.json", old_architecture())
    write_model(tmp_path / "p.h5", old_architecture(), WEIGHTS)
    assert is_the_old_one(load(architecture))


def test_an_architecture_written_as_text_in_text_is_read(tmp_path):
    written(tmp_path / "p.json", json.dumps(old_architecture()))
    write_weights(tmp_path / "p.h5", WEIGHTS)
    assert is_the_old_one(load(tmp_path / "p.json"))


@pytest.mark.parametrize("name", ["p.weights.h5", "p.h5"])
def test_both_are_read_as_keras_3_writes_them(name, tmp_path):
    """Also where the weights have lost the ending by which Keras knows them."""
    source = keras.Input((6, 5, 2))
    inner = keras.Sequential([layers.Conv2D(3, 3), layers.BatchNormalization()], name="inner")
    x = layers.Flatten()(inner(source) / 2)
    model = keras.Model(source, layers.Dense(3)(layers.Dropout(0.5)(x)))
    (tmp_path / "p.json").write_text(model.to_json())
    model.save_weights(tmp_path / "p.weights.h5")
    (tmp_path / "p.weights.h5").rename(tmp_path / name)
    assert load(tmp_path / "p.json") == from_keras(model, "p")


def test_operations_are_read_from_hdf5(tmp_path):
    """Keras 3 writes them there and cannot read them."""
    source = keras.Input((4,))
    a, b = layers.Dense(3)(source / 255 - 0.5), layers.Dense(3)(-source)
    model = keras.Model(source, layers.Dense(2)(keras.ops.relu(2 * a - b) + a))
    model.save(tmp_path / "p.h5")
    assert load(tmp_path / "p.h5") == from_keras(model, "p")


def test_an_archive_of_keras_2_is_read(tmp_path):
    """Keras 2.12 to 2.15 wrote Keras 3's weights and an architecture in words of their own."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(6, "relu"), layers.Dense(3)])
    model.save_weights(tmp_path / "model.weights.h5")
    x = samples()
    expected = np.asarray(model(x))
    with zipfile.ZipFile(tmp_path / "old.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(old_architecture()))
        archive.writestr("metadata.json", json.dumps({"keras_version": "2.15.0"}))
        archive.write(tmp_path / "model.weights.h5", "model.weights.h5")
    assert load(tmp_path / "old.keras").forward(x) == pytest.approx(expected, abs=1e-5)


def refused(path, words, error=ModelFileError, **options):
    with pytest.raises(error, match=words):
        load(path, **options)


def test_an_architecture_alone_is_refused(tmp_path):
    path = written(tmp_path / "p.json", old_architecture())
    refused(
        path,
        r"an architecture without weights, and none of p\.weights\.h5, p\.h5, .* is beside it\.",
    )


def test_one_of_several_files_of_weights_must_be_chosen(tmp_path):
    path = written(tmp_path / "p.json", old_architecture())
    write_weights(tmp_path / "p.h5", WEIGHTS)
    chosen = write_weights(tmp_path / "p_weights.h5", WEIGHTS)
    refused(
        path, r"several files of weights beside it: p\.h5, p_weights\.h5\. Choose one: wb\.load"
    )
    assert is_the_old_one(load(path, weights=str(chosen)))


def test_weights_alone_are_refused(tmp_path):
    path = write_weights(tmp_path / "p_weights.h5", WEIGHTS)
    refused(
        path, r"holds weights only, no architecture, and there is no p\.json or p_weights\.json"
    )


@pytest.mark.parametrize("source", ["lenet", "p.h5", "p.onnx"])
def test_weights_belong_to_an_architecture(source):
    refused(source, rf"weights is w\.h5, and {source} is not an architecture", weights="w.h5")


def test_weights_that_are_missing_are_refused(tmp_path):
    path = written(tmp_path / "p.json", old_architecture())
    refused(path, r"gone\.h5 does not exist", weights=tmp_path / "gone.h5")


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '"text"', "\x00\xff"])
def test_a_file_without_an_architecture_is_refused(text, tmp_path):
    (tmp_path / "p.json").write_text(text, "latin-1")
    write_weights(tmp_path / "p.h5", WEIGHTS)
    refused(tmp_path / "p.json", r"p\.json has no architecture that can be read")


@pytest.mark.parametrize("value", [{}, [], 3, {"layers": []}, {"class_name": 3, "config": {}}])
def test_other_json_is_refused(value, tmp_path):
    written(tmp_path / "p.json", value)
    write_weights(tmp_path / "p.h5", WEIGHTS)
    refused(tmp_path / "p.json", r"p\.json does not hold the architecture of a Keras model")


def test_other_hdf5_is_refused(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"] = np.ones(3)
    refused(tmp_path / "data.h5", "holds neither a Keras model nor weights of one. Save")


def test_an_architecture_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.ingest.keras_files.MOST_BYTES", 100)
    path = written(tmp_path / "p.json", old_architecture())
    write_weights(tmp_path / "p.h5", WEIGHTS)
    refused(path, r"has [\d,]+ bytes; accepted: architectures of up to 100")


def test_memory_is_not_taken_for_weights_that_are_not_stored(tmp_path):
    """A billion of them; and none is made later, when Keras makes another model."""
    huge = sequential(dense("d1", 10**8, batch_input_shape=[None, 10]), dense("d2", 3))
    path = write_model(tmp_path / "p.h5", huge, WEIGHTS)
    refused(path, r"has layers with 1,400,000,003 weights, and 51 numbers are stored\. Save arch")
    assert keras.Sequential([keras.Input((4,)), layers.Dense(3)]).count_params() == 15


def test_code_in_a_layer_is_refused_before_keras_sees_it(tmp_path, monkeypatch):
    def made(*_, **__):
        raise AssertionError("Keras was asked")

    monkeypatch.setattr(keras.saving, "deserialize_keras_object", made)
    code = layer("Lambda", "odd", function=["YWJj", None, None], function_type="lambda")
    first = dense("d1", 6, batch_input_shape=[None, 4])
    path = write_model(tmp_path / "p.h5", sequential(first, code), {"d1": WEIGHTS["d1"]})
    refused(path, r"^odd \(Lambda\) is not supported to read from Keras", UnsupportedLayerError)


def test_an_unsupported_layer_beside_the_chosen_output_is_no_obstacle(tmp_path):
    source = keras.Input((4,))
    hidden = layers.Dense(3, name="left")(source)
    other = layers.LayerNormalization(name="right")(hidden)
    path = tmp_path / "two.h5"
    keras.Model(source, [hidden, other]).save(path)
    assert load_keras_file(path, output="left").report["layer"].tolist()[-1] == "left"


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"\n<!DOCTYPE html>\n<html>", "is a web page, not a model. Download the file itself"),
        (b"version https://git-lfs.example/v1\noid", "is a Git LFS pointer.* git lfs pull"),
    ],
)
@pytest.mark.parametrize("name", ["p.h5", "p.json", "p.keras"])
def test_what_stands_in_place_of_a_file_is_named(name, head, words, tmp_path):
    (tmp_path / name).write_bytes(head)
    refused(tmp_path / name, words)


def test_a_saved_model_of_tensorflow_is_named(tmp_path):
    folder = tmp_path / "net"
    folder.mkdir()
    (folder / "saved_model.pb").touch()
    refused(folder, r"net is a TensorFlow SavedModel, a folder\. .* model\.save\('name\.h5'\)")


def test_an_array_that_claims_a_size_is_not_read(tmp_path):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    (tmp_path / "p.json").write_text(model.to_json())
    model.save_weights(tmp_path / "p.weights.h5")
    with h5py.File(tmp_path / "p.weights.h5", "r+") as file:
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", (10**6, 10**6), "f4", chunks=(1000, 1000))
        file["more"] = np.ones(100)
    refused(tmp_path / "p.json", r"p\.weights\.h5 is too large: it takes 4\.0 TB of memory; ")


def test_an_array_that_claims_a_size_makes_no_room_for_weights(tmp_path):
    huge = sequential(dense("d1", 10**9, batch_input_shape=[None, 10]))
    path = write_model(tmp_path / "p.h5", huge, {"d1": WEIGHTS["d1"]})
    with h5py.File(path, "r+") as file:
        file.create_dataset("more", (10**6, 10**6), "f4", chunks=(1000, 1000))
    refused(path, r"p\.h5 is too large: it takes 4\.0 TB of memory; ")
