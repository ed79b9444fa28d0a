"""The samples that a command names."""

import json
import re
from dataclasses import replace

import event_writers as write
import numpy as np
import pytest
from PIL import Image

import workbench as wb
from workbench.cli.main import main
from workbench.network.activation import Activation
from workbench.network.affine import Affine
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input


def test_samples_may_be_a_folder(tmp_path, capsys):
    digits = wb.datasets.load("mnist14")
    arrays = {"x_train": digits.x_train[:50], "x_test": digits.x_test[:30]}
    arrays["y_test"] = digits.y_test[:30]
    np.savez(tmp_path / "data.npz", **arrays)
    (tmp_path / "arrays").mkdir()
    for name, array in arrays.items():
        np.save(tmp_path / "arrays" / f"{name}.npy", array)
    told = []
    for data in ("data.npz", "arrays"):
        arguments = ["run", "counting", "--data", str(tmp_path / data), "--samples", "20"]
        assert main([*arguments, "--steps", "10", "--json"]) == 0
        told.append(json.loads(capsys.readouterr().out) | {"seconds": 0, "data": ""})
    assert told[0] == told[1]
    assert told[0]["samples"] == 20


def test_networks_are_run_on_what_they_were_trained_on(tmp_path, capsys):
    files = {}
    for data in ("mnist", "fashion", "unheard of"):
        files[data] = str(tmp_path / f"{data}.snn")
        wb.save(replace(wb.load("mlp"), data=data), files[data])
    spiking = str(tmp_path / "spiking.snn")
    assert main(["convert", files["fashion"], spiking, "--json"]) == 0
    capsys.readouterr()
    short = ["--samples", "5", "--steps", "5", "--json"]
    wanted = [(files["mnist"], "mnist"), (files["fashion"], "fashion"), (spiking, "fashion")]
    for file, data in [*wanted, (files["unheard of"], "mnist")]:
        assert main(["run", file, *short]) == 0
        assert json.loads(capsys.readouterr().out)["data"] == data
    assert main(["run", files["fashion"], "--data", "mnist", *short]) == 0
    assert json.loads(capsys.readouterr().out)["data"] == "mnist"
    for data, told in (("fashion", "Trained on: fashion."), ("unheard of", "Trained on: not kn")):
        assert main(["inspect", files[data]]) == 0
        assert told in capsys.readouterr().out


def test_arrays_are_matched_by_their_names(tmp_path, capsys):
    digits = wb.datasets.load("mnist14")
    one_hot = np.eye(10)[digits.y_test[:20]]
    np.savez(tmp_path / "data.npz", images=digits.x_test[:20], labels=one_hot)
    command = ["run", "counting", "--data", str(tmp_path / "data.npz"), "--steps", "10"]
    assert main(command) == 1
    message = capsys.readouterr().err
    assert "images (20, 14, 14, 1) float32, labels (20, 10) float64" in message
    assert message.endswith("on the command line --x images --y labels.\n")
    assert main([*command, "--x", "images", "--y", "labels", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ann_accuracy"] >= 0.9
    assert main(["run", "counting", "--y", "labels"]) == 2
    assert "--y needs --data with an .npz file" in capsys.readouterr().err


def test_images_of_a_folder_are_resized_as_asked_for(tmp_path, capsys):
    digits = wb.datasets.load("mnist")
    for number in range(30):
        folder = tmp_path / "digits" / str(digits.y_test[number])
        folder.mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(np.rint(255 * digits.x_test[number, ..., 0]).astype(np.uint8))
        image.resize((56, 56)).save(folder / f"{number}.png")
    data = ["--data", str(tmp_path / "digits")]
    assert main(["run", "mlp", *data]) == 1
    message = capsys.readouterr().err
    assert "samples of shape (56, 56, 1); the network takes (28, 28, 1)" in message
    assert "--image-size 28,28" in message
    assert main(["run", "mlp", *data, "--image-size", "28,28", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] > 0.9
    with pytest.raises(SystemExit) as left:
        main(["run", "mlp", *data, "--image-size", "28"])
    assert left.value.code == 2
    assert "'28' is not a size; write height and width as in 28,28" in capsys.readouterr().err


@pytest.fixture
def recordings(tmp_path):
    """Digits as recordings: a pixel of the image sends events as often as it is bright."""
    digits = wb.datasets.load("mnist")
    random = np.random.default_rng(0)
    for number in range(30):  # of all classes, which are numbered in order
        drawn = random.random((20, 28, 28)) < digits.x_test[number, ..., 0]
        step, y, x = np.nonzero(drawn)
        events = zip(1000 * step, x, y, np.ones(len(x), int), strict=True)
        folder = tmp_path / "Test" / str(digits.y_test[number])
        folder.mkdir(parents=True, exist_ok=True)
        content = write.nmnist([tuple(map(int, event)) for event in events])
        (folder / f"{number}.bin").write_bytes(content)
    return tmp_path / "Test"


def test_recordings_of_events_are_run(recordings, capsys):
    arguments = ["--encoding", "events", "--steps", "20", "--window-ms", "1"]
    size = ["--sensor-size", "28,28"]
    assert main(["run", "mlp", "--data", str(recordings), *arguments, *size, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["samples"], told["steps"]) == (30, 20)
    assert told["accuracy"] > 0.8
    assert told["ann_accuracy"] > 0.8
    one = next(recordings.glob("7/*.bin"))
    assert main(["run", "mlp", "--data", str(one), "--encoding", "events", *size, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["samples"], told["steps"]) == (1, 100)
    assert "accuracy" not in told  # a single file has no label
    given = ["--data", str(one), "--window-events", "50", "--polarity", "on", *size]
    assert main(["run", "mlp", *given, "--encoding", "events"]) == 0


def test_recordings_calibrate_and_compare_an_export(recordings, tmp_path, capsys):
    data = ["--data", str(recordings), "--sensor-size", "28,28"]
    assert main(["convert", "mlp", str(tmp_path / "mlp.snn"), *data]) == 0
    assert main(["export", "mlp", "builtin", str(tmp_path / "script"), *data]) == 0
    assert "Exact, compared with the simulator" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "holds events; add --encoding events"),
        (["--encoding", "poisson"], "holds events; add --encoding events"),
        (["--encoding", "events", "--window-ms", "1", "--window-events", "2"], "give one of them"),
        (["--encoding", "events"], "fewer than the frames' 28 x 28|lie outside"),
    ],
)
def test_events_that_are_asked_for_wrongly_are_refused(recordings, capsys, arguments, message):
    data = ["--data", str(recordings), "--sensor-size", "20,20"]
    assert main(["run", "mlp", *data, *arguments]) in (1, 2)
    assert re.search(message, capsys.readouterr().err)


def test_options_of_recordings_need_recordings(capsys):
    assert main(["run", "mlp", "--data", "mnist", "--window-ms", "1"]) == 2
    assert "--window-ms applies to recordings of events" in capsys.readouterr().err


@pytest.fixture
def bytes_model(tmp_path):
    """A file of a network that rescales bytes, and a folder with pictures for it."""
    digits, plain = wb.datasets.load("mnist14"), wb.load("counting")
    first, *others = plain.nodes
    scaled = Node("scaled", Affine(plain.input_shape, 1 / 255), inputs=(first.name,))
    moved = [
        replace(node, inputs=tuple("scaled" if n == first.name else n for n in node.inputs))
        for node in others
    ]
    for number in range(60):
        folder = tmp_path / "digits" / str(digits.y_test[number])
        folder.mkdir(parents=True, exist_ok=True)
        pixels = np.rint(255 * digits.x_test[number, ..., 0]).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    network = Network("bytes", (first, scaled, *moved))
    return wb.save(network, tmp_path / "bytes.snn"), tmp_path / "digits"


def test_pictures_of_a_folder_have_the_units_that_a_network_takes(bytes_model, capsys):
    network, folder = bytes_model
    for command in (["counting"], [network]):
        arguments = [*map(str, command), "--data", str(folder), "--steps", "40", "--json"]
        assert main(["run", *arguments]) == 0
        told = capsys.readouterr()
        assert json.loads(told.out)["ann_accuracy"] > 0.9
        assert "warning" not in told.err


def test_wrong_units_are_warned_of_and_can_be_set(bytes_model, tmp_path, capsys):
    network, folder = bytes_model
    data = wb.datasets.from_folder(folder)
    np.savez(tmp_path / "floats.npz", x=np.asarray(data.x_test), y=data.y_test)
    arguments = ["run", str(network), "--data", str(tmp_path / "floats.npz"), "--steps", "5"]
    assert main(arguments) == 0
    warned = capsys.readouterr().err
    assert "snn-workbench: warning: The calibration samples lie between 0 and 1" in warned
    assert "snn-workbench: warning: The analog network gets " in warned
    arguments = ["run", str(network), "--data", str(folder), "--steps", "5"]
    assert main([*arguments, "--pixel-range=0,1"]) == 0
    assert "with --pixel-range=0,255." in capsys.readouterr().err
    assert main([*arguments, "--pixel-range", "0,255"]) == 0
    assert "warning" not in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        main([*arguments, "--pixel-range", "255,0"])
    assert left.value.code == 2
    assert "write as in --pixel-range=-1,1" in capsys.readouterr().err


def test_one_output_has_the_accuracy_of_two_classes(tmp_path, capsys):
    x = np.random.default_rng(0).random((80, 12), np.float32)
    y = (x[:, :6].sum(axis=1) > x[:, 6:].sum(axis=1)).astype(np.float32)
    kernel = np.repeat(np.float32([1, -1]), 6)[:, None]
    layer = Dense(kernel, None)
    nodes = (Node("in", Input((12,))), Node("out", layer, Activation.SIGMOID, ("in",)))
    path = wb.save(Network("binary", nodes), tmp_path / "binary.snn")
    np.savez(tmp_path / "data.npz", x=x, y=y[:, None])
    arguments = ["run", str(path), "--data", str(tmp_path / "data.npz"), "--json"]
    assert main(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ann_accuracy"] == 1
    assert told["accuracy"] > 0.9
