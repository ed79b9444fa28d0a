"""Commands that take a configuration of snn_toolbox in place of a network."""

import json
import re
import shutil

import numpy as np
import pytest
from command_lines import printed, refused
from PIL import Image

import workbench as wb
from workbench.cli.main import main


@pytest.fixture
def toolbox_folder(tmp_path):
    """A model, samples and a configuration file as snn_toolbox takes them."""
    import keras

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            keras.layers.Conv2D(3, 3, activation="relu", name="conv"),
            keras.layers.MaxPooling2D(name="pool"),
            keras.layers.Flatten(name="flat"),
            keras.layers.Dense(4, activation="softmax", name="head"),
        ]
    )
    model.save(tmp_path / "net.h5")
    x = np.random.default_rng(0).random((40, 6, 6, 1), np.float32)
    labels = model.predict(x, verbose=0).argmax(axis=1)
    np.savez_compressed(tmp_path / "x_norm.npz", x)
    np.savez_compressed(tmp_path / "x_test.npz", x[:30])
    np.savez_compressed(tmp_path / "y_test.npz", np.eye(4)[labels[:30]])
    (tmp_path / "config.ini").write_text(
        "[paths]\nfilename_ann = net\n[simulation]\nduration = 60\nnum_to_test = 20\n"
        "[conversion]\nmax2avg_pool = False\n[normalization]\npercentile = 100\n"
        "[cell]\npayloads = True\n[output]\nplot_vars = {}\n"
    )
    return tmp_path


def test_run_takes_a_configuration_of_snn_toolbox(toolbox_folder, capsys):
    config = toolbox_folder / "config.ini"
    assert main(["run", "--snn-toolbox", str(config), "--json"]) == 0
    told = json.loads(printed(capsys))
    assert (told["network"], told["samples"], told["steps"]) == ("net", 20, 60)
    assert told["ann_accuracy"] == 1  # the labels are the model's own
    assert told["accuracy"] >= 0.75  # chance is 0.25
    lines = {line["key"]: line for line in told["snn_toolbox"]}
    assert lines["duration"]["note"] == "Simulation.steps = 60 (duration / dt)"
    assert not lines["payloads"]["honoured"]
    assert main(["run", "--snn-toolbox", str(config)]) == 0
    text = printed(capsys)
    assert "Not honoured\n  [cell] payloads = True: spikes carry no numbers" in text
    assert re.search(rf"^accuracy +{100 * told['accuracy']:.2f} %$", text, re.MULTILINE)

    job = wb.from_snn_toolbox(config)
    net = wb.load(job.model)
    data = wb.datasets.from_snn_toolbox(job.data, samples=job.samples)
    run = wb.simulate(
        wb.convert(net, data.calibration, job.conversion), data.x_test, job.simulation
    )
    assert run.accuracy(data.y_test, net)["snn"].iloc[-1] == told["accuracy"]


def test_a_configuration_of_snn_toolbox_may_name_a_folder_of_images(tmp_path, capsys, digits):
    shutil.copy(wb.datasets.model_path("mlp"), tmp_path / "net.keras")
    for number in range(30):
        folder = tmp_path / "pictures" / str(digits.y_test[number])
        folder.mkdir(parents=True, exist_ok=True)
        pixels = np.rint(255 * np.asarray(digits.x_test[number, ..., 0])).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    config = tmp_path / "config.ini"
    config.write_text(
        "[paths]\nfilename_ann = net\ndataset_path = pictures\n[simulation]\nduration = 50\n"
        "[input]\ndataset_format = jpg\ndatagen_kwargs = {'rescale': 0.00392156862745098}\n"
    )
    assert main(["run", "--snn-toolbox", str(config), "--json"]) == 0
    told = json.loads(printed(capsys))
    assert told["samples"] == 30
    assert told["accuracy"] > 0.9


def test_seeds_reach_a_run_from_snn_toolbox(toolbox_folder, capsys):
    config = toolbox_folder / "config.ini"
    config.write_text(config.read_text() + "[input]\npoisson_input = True\ninput_rate = 500\n")
    config.write_text(config.read_text() + "[tools]\nevaluate_ann = False\n")
    told = []
    for seed in ("1", "1", "2"):
        assert main(["run", "--snn-toolbox", str(config), "--seed", seed, "--json"]) == 0
        told.append(json.loads(printed(capsys)))
    assert told[0]["spikes_per_sample"] == told[1]["spikes_per_sample"]
    assert told[0]["spikes_per_sample"] != told[2]["spikes_per_sample"]
    assert told[0]["ann_accuracy"] is None


def test_wrong_uses_of_a_configuration_are_exit_code_2(tmp_path, capsys):
    for extra, words in [
        (["lenet"], "give either a network"),
        (
            ["--steps", "5", "--reset", "zero"],
            "--reset, --steps cannot be combined with --snn-toolbox",
        ),
        (["--layer-threshold", "conv=2"], "--layer-threshold cannot be combined"),
    ]:
        with pytest.raises(SystemExit) as left:
            main(["run", "--snn-toolbox", str(tmp_path / "config.ini"), *extra])
        assert left.value.code == 2
        assert words in capsys.readouterr().err
    config = ["run", "--snn-toolbox", tmp_path / "config.ini"]
    assert "threads is 0" in refused(capsys, *config, "--threads", "0", code=2)
    assert "config.ini does not exist" in refused(capsys, *config)


def test_samples_of_a_configuration_must_fit_the_model(toolbox_folder, capsys):
    config = ["run", "--snn-toolbox", toolbox_folder / "config.ini", "--json"]
    np.savez(toolbox_folder / "y_test.npz", np.full(30, 7))
    assert "a network with 4 outputs has classes 0 to 3" in refused(capsys, *config)
    for name in ("x_test", "x_norm"):
        np.savez(toolbox_folder / f"{name}.npz", np.zeros((30, 5, 5, 1)))
    assert "the network takes (6, 6, 1)" in refused(capsys, *config)
