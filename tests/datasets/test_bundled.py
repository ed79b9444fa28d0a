import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import workbench as wb
from workbench.datasets import dataset_names, for_network, load, model_names, model_path
from workbench.errors import DataError, ModelFileError
from workbench.util.package_data import data_folder


def test_mnist_has_float_pixels_and_whole_labels():
    digits = load("mnist")
    assert digits.x_train.shape == (7000, 28, 28, 1)
    assert digits.x_test.shape == (2000, 28, 28, 1)
    assert digits.x_train.dtype == digits.x_test.dtype == np.float32
    assert digits.y_train.dtype == digits.y_test.dtype == np.int64
    assert (digits.x_train.min(), digits.x_train.max()) == (0.0, 1.0)
    assert len(digits.calibration) == 1000
    digits.validate((28, 28, 1), len(digits.classes))


@pytest.mark.parametrize("name", ["mnist", "mnist14"])
def test_digits_carry_their_authors_and_licences(name):
    source = load(name).source
    for part in ("LeCun", "Cortes", "Burges", "CC BY-SA 3.0", "mnist 1.1.0", "Juan Cazala", "MIT"):
        assert part in source


@pytest.fixture(scope="module")
def fashion():
    return load("fashion")


def test_fashion_has_float_pixels_and_named_classes(fashion):
    assert fashion.x_train.shape == (12000, 28, 28, 1)
    assert fashion.x_test.shape == (2000, 28, 28, 1)
    assert fashion.x_train.dtype == fashion.x_test.dtype == np.float32
    assert fashion.y_train.dtype == fashion.y_test.dtype == np.int64
    assert (fashion.x_train.min(), fashion.x_train.max()) == (0.0, 1.0)
    assert (fashion.classes[0], fashion.classes[9]) == ("T-shirt/top", "ankle boot")
    fashion.validate((28, 28, 1), len(fashion.classes))


def test_fashion_carries_its_author_and_its_licence(fashion):
    for part in ("Zalando SE", "2017", "MIT", "dataset-fashion-mnist"):
        assert part in fashion.source
    licence = (data_folder() / "fashion" / "LICENSE").read_text()
    assert "Copyright (c) 2017 Zalando SE" in licence
    assert "this permission notice shall be included in all" in licence


@pytest.mark.parametrize("name", ["mnist", "fashion"])
def test_calibration_samples_hold_every_class_about_equally(name):
    data = load(name)
    counts = np.bincount(data.y_train[:1000], minlength=10)
    assert counts.min() >= 70


@pytest.mark.parametrize("name", ["mnist", "fashion"])
def test_no_sample_occurs_twice_in_training_validation_or_test(name):
    data = load(name)
    parts = (data.x_train, data.x_validation, data.x_test)
    assert len(data.x_validation) == len(data.y_validation) >= 1000
    every = [image for part in parts for image in part]
    assert len({hashlib.sha256(image.tobytes()).digest() for image in every}) == len(every)


@pytest.mark.slow
def test_networks_meet_validation_samples_as_they_meet_the_test(lenet, fashion):
    """Training samples are easier than either: networks are right on nearly all of them."""
    for network, data in ((lenet, load("mnist")), (wb.load("fashion"), fashion)):
        validation = np.mean(network.predictions(data.x_validation) == data.y_validation)
        test = np.mean(network.predictions(data.x_test) == data.y_test)
        assert abs(validation - test) < 0.01


@pytest.mark.parametrize("name", dataset_names())
def test_calibration_samples_are_training_samples(name):
    data = load(name)
    assert np.shares_memory(data.calibration, data.x_train)
    assert not np.shares_memory(data.calibration, data.x_test)


def test_networks_get_the_samples_that_they_were_trained_on(lenet):
    assert lenet.data == "mnist"
    assert for_network(replace(lenet, data="fashion")).name == "fashion"
    assert for_network(replace(lenet, data="")).name == "mnist"  # the first of this shape


def test_mnist14_holds_the_means_of_two_by_two_blocks():
    small, full = load("mnist14"), load("mnist")
    assert small.x_test.shape == (2000, 14, 14, 1)
    assert small.x_test.dtype == np.float32
    block = full.x_test[:, 6:8, 10:12, 0].mean(axis=(1, 2))
    np.testing.assert_allclose(small.x_test[:, 3, 5, 0], block, atol=1e-6)
    np.testing.assert_array_equal(small.y_test, full.y_test)


def test_an_unknown_dataset_is_refused_with_the_known_ones():
    message = r"no bundled data set 'cifar'; bundled: mnist, mnist14, fashion\. Read samples of"
    with pytest.raises(DataError, match=message):
        load("cifar")


def test_every_named_network_is_a_file_and_every_file_is_named():
    files = {path.stem for path in (data_folder() / "networks").glob("*.keras")}
    assert set(model_names()) == files
    assert all(model_path(name).is_file() for name in model_names())


def test_an_unknown_network_is_refused_with_the_known_ones():
    with pytest.raises(ModelFileError, match=r"no bundled network 'vgg'; bundled: lenet, mlp, "):
        model_path("vgg")


def test_a_missing_network_file_names_the_ways_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr("workbench.datasets.bundled.data_folder", lambda: tmp_path)
    with pytest.raises(ModelFileError, match=r"train_networks\.py lenet"):
        model_path("lenet")


def test_importing_datasets_loads_no_framework():
    code = (
        "import sys, workbench.datasets\n"
        "print(*{'keras', 'tensorflow', 'scipy', 'pandas', 'torch'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
