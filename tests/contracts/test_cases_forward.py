"""Every case computes what Keras computes, and stores what Keras stores."""

import numpy as np
import pytest
from cases.covering import mostly_slow
from cases.table import NETWORKS
from layer_cases import CASES, built, stored


def test_every_case_is_stored_and_nothing_else():
    files = {path.stem for path in NETWORKS.glob("*.snn")}
    assert files == set(CASES), "run: python tests/cases/store.py"


@pytest.mark.parametrize("name", mostly_slow(tuple(CASES)))
def test_what_is_stored_is_what_keras_makes_now(name):
    model, network = built(name)
    kept = stored(name)
    assert (kept, kept.name) == (network, name), "run: python tests/cases/store.py"
    assert kept.report_rows == network.report_rows, "run: python tests/cases/store.py"
    assert kept.input_parts == network.input_parts, "run: python tests/cases/store.py"
    assert_reports_every_layer(model, network)
    assert_has_the_shapes_and_parameters(model, network)


def assert_reports_every_layer(model, network):
    told = network.report["layer"]
    for layer in model.layers:
        inside = told.str.startswith(f"{layer.name}/")  # of a nested model
        assert ((told == layer.name) | inside).any(), layer.name
    assert (network.report["action"] != "").all()


def assert_has_the_shapes_and_parameters(model, network):
    assert network.totals.parameters == model.count_params()
    shapes = {layer.name: layer.output.shape[1:] for layer in model.layers}
    for node in network.nodes:
        if node.name in shapes:
            shape = shapes[node.name]
            if network.name.startswith("channels_first") and len(shape) > 1:
                shape = (*shape[1:], shape[0])
            assert node.layer.output_shape in (shape, shapes[node.name])


@pytest.mark.parametrize("name", CASES)
def test_forward_equals_keras_on_inputs_of_either_sign(name):
    model, network = built(name)
    x = np.concatenate([CASES[name].samples(5), 6 * CASES[name].samples(3, seed=2) - 3])
    expected = CASES[name].expected(model, x)
    assert network.forward(x) == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_sequential_and_functional_models_read_alike():
    from workbench.ingest.keras import from_keras, import_keras

    keras = import_keras()
    layers = [keras.layers.Conv2D(2, 3, activation="relu"), keras.layers.Flatten()]
    sequential = keras.Sequential([keras.Input((6, 5, 2)), *layers, keras.layers.Dense(3)])
    functional = keras.Model(sequential.inputs[0], sequential.outputs[0])
    assert from_keras(sequential) == from_keras(functional)
