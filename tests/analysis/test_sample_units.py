"""Samples in other units than the network's are noticed from the data."""

import dataclasses

import numpy as np
import pytest

import workbench as wb
from workbench.analysis.sample_units import accuracy_advice, calibration_advice, samples_advice
from workbench.datasets import from_arrays
from workbench.errors import DataError, WorkbenchWarning
from workbench.network.activation import Activation
from workbench.network.affine import Affine
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input
from workbench.util.pixels import BYTES, UNIT

RANDOM = np.random.default_rng(0)
LABELS = np.arange(100) % 2
PICTURES = (RANDOM.integers(10, 120, (100, 6)) + 120 * LABELS[:, None]).astype(np.uint8)
"""Dark pictures are of class 0, bright ones of class 1."""


def bright(pixel_range, rescaling=1.0):
    """A network that tells bright from dark pictures, if pixels have the range it was made for."""
    low, high = pixel_range
    middle = rescaling * (low + (high - low) * 125 / 255)
    hidden = Dense(np.full((6, 2), 1 / 6, np.float32), np.array([0, -middle], np.float32))
    nodes = (
        Node("in", Input((6,))),
        Node("scaled", Affine((6,), rescaling), inputs=("in",)),
        Node("hidden", hidden, Activation.RELU, ("scaled",)),
        Node("out", Dense(np.eye(2, 1, -1).astype(np.float32), None), inputs=("hidden",)),
    )
    return Network("bright", nodes)


def advice_on(network, x):
    return accuracy_advice(network, x, LABELS, network.predictions(x))


def test_right_units_need_no_advice():
    data = from_arrays(PICTURES)
    for network in (bright(UNIT), bright(BYTES, 1 / 255)):
        assert (network.predictions(data.x_test) == LABELS).all()
        assert advice_on(network, data.x_test) == ""
        assert calibration_advice(network, data.calibration) == ""
        assert samples_advice(wb.convert(network, data.calibration), data.x_test) == ""


def test_pixels_from_0_to_1_for_a_network_that_takes_bytes():
    x = PICTURES / np.float32(255)
    network = bright(BYTES, 1 / 255)
    words = (
        r"between 0\.0\d* and 0\.9\d*, but network 'bright' takes pixels from 0 to 255, .* by 255"
    )
    with pytest.warns(WorkbenchWarning, match=words):
        spiking = wb.convert(network, x)
    run = wb.simulate(spiking, x, wb.Simulation(steps=20))
    words = r"gets 50% of 100 samples right with pixels from 0 to 1, but 100% .* Give 255 \* x\."
    with pytest.warns(WorkbenchWarning, match=words):
        run.accuracy(LABELS, network)


def test_raw_bytes_for_a_network_that_takes_pixels_from_0_to_1():
    words = r"50% of 100 samples right with pixels from 0 to 255, but 100% .* Give x / 255\."
    with pytest.warns(WorkbenchWarning, match=words):
        network = bright(UNIT)
        wb.simulate(wb.convert(network, PICTURES), PICTURES).accuracy(LABELS, network)


@pytest.mark.parametrize("pixel_range", [BYTES, (-1.0, 1.0)])
def test_pictures_for_a_network_that_does_not_tell_its_units(pixel_range):
    network, data = bright(pixel_range), from_arrays(PICTURES)
    assert network.pixel_range == UNIT
    low, high = (f"{value:g}" for value in pixel_range)
    advice = advice_on(network, data.x_test)
    assert f"Load the network with pixel_range=({low}, {high})" in advice
    assert advice.endswith(f"--pixel-range={low},{high}.")
    loaded = wb.load(network, pixel_range=pixel_range)
    assert (loaded.predictions(data.x_test) == LABELS).all()


def test_an_accuracy_like_that_of_guessing_is_told():
    network = bright(UNIT)
    wrong = np.roll(LABELS, 50) ^ (np.arange(100) % 4 < 2)  # half of them are right
    x = from_arrays(PICTURES).x_test
    advice = accuracy_advice(network, x, wrong, network.predictions(x))
    assert advice.startswith("The analog network gets 50% of 100 samples right, no more than")
    assert "order of classes" in advice


def test_few_samples_prove_nothing():
    network = bright(UNIT)
    assert accuracy_advice(network, PICTURES[:5], LABELS[:5], 1 - LABELS[:5]) == ""


@pytest.mark.parametrize("count", [10, 100])
def test_pixels_from_0_to_1_after_a_calibration_with_bytes_are_refused(count):
    spiking = wb.convert(bright(BYTES), PICTURES.astype(np.float32))
    message = r"Samples reach 0\.\d+, 1/2\d\d of the largest .* \(239\): pixels from 0 to 1, where"
    with pytest.raises(DataError, match=message):
        wb.simulate(spiking, PICTURES[:count] / np.float32(255))
    with pytest.raises(DataError, match="more than 16 times the largest calibration input"):
        wb.simulate(wb.convert(bright(UNIT), PICTURES / np.float32(255)), PICTURES)


def test_pictures_in_other_units_than_the_calibration_are_refused():
    network, digits = wb.load("mlp"), wb.datasets.load("mnist")
    spiking = wb.convert(network, np.asarray(digits.calibration[:300]) * 255)
    assert spiking.pixel_range == network.pixel_range
    for x in (digits.x_test[:100], np.asarray(digits.x_test[:100])):
        with pytest.raises(DataError, match="Multiply the samples by 255"):
            wb.simulate(spiking, x)


def test_integer_features_are_no_pixels():
    network = dataclasses.replace(bright(UNIT), pixel_range=BYTES)
    assert calibration_advice(network, RANDOM.integers(0, 2, (20, 6))) == ""
    assert calibration_advice(network, RANDOM.random((20, 6))) != ""


def test_samples_far_below_the_calibration_are_warned_of():
    x = RANDOM.random((50, 6))
    spiking = wb.convert(bright(UNIT), x)
    with pytest.warns(WorkbenchWarning, match=r"reach 0\.00\d+, 1/1\d\d of .* hardly spike"):
        wb.simulate(spiking, x / 100, wb.Simulation(steps=5))
    assert samples_advice(spiking, x[:3] / 100) == ""
    assert samples_advice(spiking, x[:3] / 1000) != ""
    assert samples_advice(spiking, 0 * x) == ""


def test_frames_of_events_have_no_units():
    spiking = dataclasses.replace(wb.convert(bright(UNIT), RANDOM.random((20, 6))), input_scale=99)
    frames = RANDOM.random((12, 5, 6)) < 0.3
    wb.simulate(spiking, frames, wb.Simulation(steps=5, encoding="events"))
