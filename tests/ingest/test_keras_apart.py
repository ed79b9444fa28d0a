"""Large Keras files, read in a process of their own."""

import numpy as np
import pytest
from networks import convolution_network

from workbench.errors import ModelFileError, UnsupportedLayerError
from workbench.ingest import keras as keras_reader
from workbench.ingest import keras_apart
from workbench.ingest.keras import load_keras_file
from workbench.network import storage


def program(path, text):
    """Write a program that is run instead of Python, and return its path."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return str(path)


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A file that counts as large, which is read in this process as a network of its own."""
    monkeypatch.setattr(keras_apart, "LARGE_BYTES", 10)
    monkeypatch.setattr(keras_reader, "read_keras_file", lambda *given: given)
    path = tmp_path / "large.keras"
    path.write_bytes(bytes(20))
    return path


def test_what_another_process_has_read_is_the_network(model, tmp_path, monkeypatch):
    stored = storage.save(convolution_network(), tmp_path / "result.snn", packed=False)
    script = program(tmp_path / "python", f'[ -z "${{4##*large.keras*}}" ] && cp {stored} "$5"')
    monkeypatch.setattr(keras_apart.sys, "executable", script)
    assert load_keras_file(model) == convolution_network()


def test_what_another_process_refuses_is_read_here(model, tmp_path, monkeypatch):
    monkeypatch.setattr(keras_apart.sys, "executable", program(tmp_path / "python", "exit 1"))
    assert load_keras_file(model, output="dense") == (model, None, None, "dense")
    monkeypatch.setattr(keras_apart.sys, "executable", None)
    assert load_keras_file(model) == (model, None, None, None)


def test_a_process_that_was_killed_is_told(model, tmp_path, monkeypatch):
    monkeypatch.setattr(keras_apart.sys, "executable", program(tmp_path / "python", "kill -9 $$"))
    with pytest.raises(ModelFileError, match="ended by signal 9: often that is memory"):
        load_keras_file(model)


def test_weights_beside_an_architecture_count(tmp_path, monkeypatch):
    monkeypatch.setattr(keras_apart, "LARGE_BYTES", 10)
    path, weights = tmp_path / "net.json", tmp_path / "net.weights.h5"
    path.write_bytes(bytes(5))
    assert not keras_apart.is_large(path)
    weights.write_bytes(bytes(6))
    assert keras_apart.is_large(path)
    assert keras_apart.is_large(path, weights)
    assert not keras_apart.is_large(tmp_path / "missing.keras")


@pytest.mark.slow
def test_networks_and_refusals_are_those_of_reading_here(tmp_path, monkeypatch):
    layers = keras_reader.import_keras().layers
    keras = keras_reader.import_keras()
    model = keras.Sequential([layers.Input((None, None, 1)), layers.Conv2D(3, 3)])
    model.save(tmp_path / "net.keras")
    refused = keras.Sequential([layers.Input((4,)), layers.Dense(3, "selu"), layers.Dense(2)])
    refused.save(tmp_path / "refused.keras")
    here = load_keras_file(tmp_path / "net.keras", input_shape=(5, 6, 1))
    monkeypatch.setattr(keras_apart, "LARGE_BYTES", 10)
    read_here, taken = keras_reader.read_keras_file, []
    monkeypatch.setattr(
        keras_reader, "read_keras_file", lambda *given: taken.append(given) or read_here(*given)
    )
    apart = load_keras_file(tmp_path / "net.keras", input_shape=(5, 6, 1))
    assert not taken
    assert apart == here
    assert (apart.verification, apart.report_rows) == (here.verification, here.report_rows)
    x = np.random.default_rng(0).random((3, 5, 6, 1), np.float32)
    np.testing.assert_array_equal(apart.forward(x), here.forward(x))
    with pytest.raises(UnsupportedLayerError, match="selu"):
        load_keras_file(tmp_path / "refused.keras")
    assert taken
