"""The bundled networks still are what data/README.md says of them, asked of Keras itself."""

import keras
import numpy as np
import pytest

import workbench as wb
from workbench.datasets import load, model_names, model_path

# What the project promises of each network, not what the shipped weights happen to reach.
FLOORS = {"lenet": 0.985, "mlp": 0.965, "maxpool": 0.985, "resnet": 0.985, "counting": 0.93}


def opened(name: str) -> keras.Model:
    return keras.saving.load_model(model_path(name))


def test_every_bundled_network_has_a_floor():
    assert set(FLOORS) == set(model_names())


@pytest.mark.parametrize("name", FLOORS)
def test_accuracy_stays_above_its_floor(name):
    digits = load("mnist14" if name == "counting" else "mnist")
    scores = opened(name).predict(digits.x_test, batch_size=500, verbose=0)
    assert np.mean(scores.argmax(axis=1) == digits.y_test) >= FLOORS[name]


@pytest.mark.parametrize("name", FLOORS)
def test_files_hold_no_optimizer_state(name):
    model = opened(name)
    assert not model.compiled
    # Four bytes a parameter and some structure; an optimizer would add two or three times that.
    assert model_path(name).stat().st_size < 8 * model.count_params()


@pytest.mark.parametrize(
    ("name", "parameters"), [("counting", 20_820), ("lenet", 215_370), ("mlp", 235_146)]
)
def test_parameter_counts_are_the_ones_worked_out_by_hand(name, parameters):
    assert opened(name).count_params() == parameters


def test_counting_network_has_60_and_20760_parameters_and_no_bias_of_zero():
    model = opened("counting")
    convolution, dense = model.get_layer("conv1"), model.get_layer("output")
    assert (convolution.count_params(), dense.count_params()) == (60, 20_760)
    assert convolution.output.shape == (None, 12, 12, 6)
    assert dense.output.shape == (None, 24)
    for layer in (convolution, dense):
        assert np.abs(layer.get_weights()[1]).min() >= 2**-7  # survives rounding to 8 bits


def test_counting_network_never_answers_with_an_unused_output():
    scores = opened("counting").predict(load("mnist14").x_test, batch_size=500, verbose=0)
    assert scores.argmax(axis=1).max() < 10


def test_resnet_is_small_and_adds_three_times():
    model = opened("resnet")
    kinds = [type(layer).__name__ for layer in model.layers]
    assert model.count_params() < 100_000
    assert kinds.count("Add") == 3
    assert "BatchNormalization" in kinds
    assert "GlobalAveragePooling2D" in kinds


def test_maxpool_normalizes_before_relu_and_pools_after_it():
    kinds = [type(layer).__name__ for layer in opened("maxpool").layers]
    block = ["Conv2D", "BatchNormalization", "Activation", "MaxPooling2D"]
    assert kinds == [*block * 3, "Flatten", "Dense", "Dense"]


@pytest.mark.parametrize("name", FLOORS)
def test_activations_are_not_heavy_tailed(name):
    """A maximum far above the 99.9th percentile would be clipped by every conversion."""
    digits = load("mnist14" if name == "counting" else "mnist")
    model = opened(name)
    rectified = [
        layer.output
        for layer in model.layers
        if getattr(layer, "activation", None) is keras.activations.relu
    ]
    values = keras.Model(model.inputs, rectified).predict(
        digits.calibration, batch_size=500, verbose=0
    )
    for layer in values if isinstance(values, list) else [values]:
        assert layer.max() <= 3 * np.percentile(layer, 99.9)


@pytest.mark.parametrize("name", FLOORS)
def test_saved_network_is_what_its_keras_file_reads_as(name):
    assert wb.load(name) == wb.load(model_path(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", FLOORS)
def test_spiking_network_is_within_half_a_point_of_its_source(name):
    network = wb.load(name)
    digits = wb.datasets.for_shape(network.input_shape)
    spiking = wb.convert(network, digits.calibration, wb.Conversion(percentile=99.9))
    run = wb.simulate(spiking, digits.x_test, wb.Simulation(steps=100))
    last = run.accuracy(digits.y_test, network).iloc[-1]
    assert abs(last["snn"] - last["ann"]) <= 0.005


def test_hidden_layers_of_lenet_correlate_with_their_source():
    network, digits = wb.load("lenet"), load("mnist")
    spiking = wb.convert(network, digits.calibration, wb.Conversion(percentile=99.9))
    run = wb.simulate(spiking, digits.x_test[:100], wb.Simulation(steps=100, record="all"))
    table = run.correlations(network).set_index("layer")
    assert (table["correlation"] > 0.99).all()
