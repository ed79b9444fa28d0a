"""The bundled files still are what data/README.md says of them, the networks asked of Keras."""

import functools
import hashlib
import re

import keras
import numpy as np
import pytest

import workbench as wb
from workbench.datasets import for_network, load, model_names, model_path
from workbench.util.package_data import data_folder

# What the project promises of each network, not what the shipped weights happen to reach.
FLOORS = {
    "lenet": 0.985,
    "mlp": 0.965,
    "maxpool": 0.985,
    "resnet": 0.985,
    "resnet_plain": 0.985,
    "fashion": 0.88,
    "counting": 0.93,
}

README = (data_folder() / "README.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)` \|(.*)\|$", README, re.MULTILINE))
"""The table of networks: layers, parameters, test accuracy and more, by name."""

CHECKSUMS = dict(re.findall(r"^([0-9a-f]{64})  (\S+)$", README, re.MULTILINE))


@functools.cache
def opened(name: str) -> keras.Model:
    return keras.saving.load_model(model_path(name))


def test_every_bundled_network_has_a_floor():
    assert set(FLOORS) == set(model_names())


@functools.cache
def chosen(name: str) -> np.ndarray:
    """What Keras answers for every test sample."""
    return (
        opened(name)
        .predict(for_network(wb.load(name)).x_test, batch_size=500, verbose=0)
        .argmax(axis=1)
    )


@pytest.mark.parametrize("name", FLOORS)
def test_accuracy_stays_above_its_floor_and_is_what_is_told(name):
    accuracy = np.mean(chosen(name) == for_network(wb.load(name)).y_test)
    assert accuracy >= FLOORS[name]
    told = re.search(r"([\d.]+) %", ROWS[name])
    # Where two classes are all but equal, another processor may choose the other one.
    assert abs(accuracy - float(told[1]) / 100) <= 2.5 / 2000


@pytest.mark.parametrize("name", FLOORS)
def test_layers_have_as_many_parameters_as_is_told(name):
    assert f"| {opened(name).count_params():,} |" in ROWS[name]


def test_every_file_of_samples_and_of_keras_is_the_one_that_is_described():
    files = {p.relative_to(data_folder()).as_posix() for p in data_folder().glob("*/*.npz")}
    files |= {f"networks/{name}.keras" for name in model_names()}
    assert {path: told for told, path in CHECKSUMS.items()} == {
        path: hashlib.sha256((data_folder() / path).read_bytes()).hexdigest() for path in files
    }


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
    assert chosen("counting").max() < 10


@pytest.mark.parametrize("name", ["resnet", "resnet_plain", "fashion"])
def test_resnets_are_small_and_add_three_times(name):
    model = opened(name)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert model.count_params() < 100_000
    assert kinds.count("Add") == 3
    assert "BatchNormalization" in kinds
    assert "GlobalAveragePooling2D" in kinds


def test_the_twins_of_resnet_have_its_layers_and_weights_of_their_own():
    ours = opened("resnet")
    for name in ("resnet_plain", "fashion"):
        twin = opened(name)
        assert [layer.get_config() for layer in twin.layers] == [
            layer.get_config() for layer in ours.layers
        ]
        assert wb.load(name) != wb.load("resnet")


def test_maxpool_normalizes_before_relu_and_pools_after_it():
    kinds = [type(layer).__name__ for layer in opened("maxpool").layers]
    block = ["Conv2D", "BatchNormalization", "Activation", "MaxPooling2D"]
    assert kinds == [*block * 3, "Flatten", "Dense", "Dense"]


@pytest.mark.parametrize("name", FLOORS)
@pytest.mark.slow
def test_activations_are_not_heavy_tailed(name):
    """A maximum far above the 99.9th percentile would be clipped by every conversion."""
    calibration = for_network(wb.load(name)).calibration
    model = opened(name)
    rectified = [
        layer.output
        for layer in model.layers
        if getattr(layer, "activation", None) is keras.activations.relu
    ]
    values = keras.Model(model.inputs, rectified).predict(calibration, batch_size=500, verbose=0)
    for layer in values if isinstance(values, list) else [values]:
        assert layer.max() <= 3 * np.percentile(layer, 99.9)


@pytest.mark.parametrize("name", FLOORS)
def test_saved_network_is_what_its_keras_file_reads_as(name):
    assert wb.load(name) == wb.load(model_path(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", FLOORS)
def test_spiking_network_is_close_to_its_source(name):
    network = wb.load(name)
    data = for_network(network)
    spiking = wb.convert(network, data.calibration, wb.Conversion(percentile=99.9))
    run = wb.simulate(spiking, data.x_test, wb.Simulation(steps=100))
    last = run.accuracy(data.y_test, network).iloc[-1]
    # Plain ReLUs, and a task where many samples are close to the border between two classes.
    allowed = 0.01 if name == "fashion" else 0.005
    assert abs(last["snn"] - last["ann"]) <= allowed


@pytest.mark.slow
def test_hidden_layers_of_lenet_correlate_with_their_source():
    network, digits = wb.load("lenet"), load("mnist")
    spiking = wb.convert(network, digits.calibration, wb.Conversion(percentile=99.9))
    run = wb.simulate(spiking, digits.x_test[:100], wb.Simulation(steps=100, record="all"))
    table = run.correlations(network).set_index("layer")
    assert (table["correlation"] > 0.99).all()
