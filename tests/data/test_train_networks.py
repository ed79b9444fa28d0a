"""How the bundled networks are trained, as far as a test has time for it."""

import importlib.util
import os
import sys
from pathlib import Path

import numpy as np
import pytest

import workbench as wb
from workbench.datasets import load, model_names

SCRIPT = Path(__file__).parents[2] / "data" / "train_networks.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("train_networks", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("TF_CPP_MIN_LOG_LEVEL", "CUDA_VISIBLE_DEVICES"):  # which it sets
            patch.setenv(variable, os.environ.get(variable, "-1"))
        patch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        yield module


def test_every_bundled_network_has_a_recipe_and_records_its_samples(script):
    assert {name: recipe.data for name, recipe in script.RECIPES.items()} == {
        name: wb.load(name).data for name in model_names()
    }


def test_the_twin_of_resnet_differs_by_the_rounding_alone(script):
    ours, twin = (vars(script.RECIPES[name]) for name in ("resnet", "resnet_plain"))
    assert [key for key in ours if ours[key] != twin[key]] == ["build", "counted"]
    assert not twin["counted"]


def test_fashion_is_not_trained_on_its_calibration_samples(script):
    recipe = script.RECIPES["fashion"]
    assert not recipe.counted
    assert recipe.held_out == len(load("fashion").calibration)


def test_images_of_clothes_are_shifted_and_mirrored(script):
    images = np.random.default_rng(0).random((40, 9, 7, 1), np.float32)
    changed = script.shift_and_mirror(images, np.random.default_rng(1))
    assert np.array_equal(changed, script.shift_and_mirror(images, np.random.default_rng(1)))
    seen = set()
    for image, found in zip(images, changed, strict=True):
        wide = np.pad(image, ((2, 2), (2, 2), (0, 0)))
        (way,) = [
            (down, right, turn)
            for down in range(5)
            for right in range(5)
            for turn in (1, -1)
            if np.array_equal(wide[down : down + 9, right : right + 7][:, ::turn], found)
        ]
        seen.add(way)
    assert {down for down, _, _ in seen} == {right for _, right, _ in seen} == set(range(5))
    assert {turn for *_, turn in seen} == {1, -1}


def test_a_trial_looks_at_no_test_sample(script, monkeypatch, capsys, tmp_path):
    data = load("fashion")
    looked_at = []

    def accuracy(_model, x, _y):
        looked_at.append(x)
        return 0.5

    monkeypatch.setattr(script, "accuracy", accuracy)
    monkeypatch.setattr(script, "train", lambda name, verbose: script.RECIPES[name].build())
    monkeypatch.setattr(script.tf.config.threading, "set_intra_op_parallelism_threads", abs)
    monkeypatch.setattr(script.tf.config.threading, "set_inter_op_parallelism_threads", abs)
    monkeypatch.setattr(script.tf.config.experimental, "enable_op_determinism", lambda: None)
    script.main(["--trial", "--folder", str(tmp_path), "fashion"])
    assert [len(x) for x in looked_at] == [1000]
    assert np.array_equal(looked_at[0], data.x_train[:1000])
    assert "50.00% held out, 49,594 parameters" in capsys.readouterr().out
