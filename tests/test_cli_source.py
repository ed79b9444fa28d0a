"""The samples that a command names."""

import json

import numpy as np
import pytest
from PIL import Image

import workbench as wb
from workbench.cli import main


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
        told.append({**json.loads(capsys.readouterr().out), "seconds": 0})
    assert told[0] == told[1]
    assert told[0]["samples"] == 20


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
    assert "--y: only with --data and an .npz file" in capsys.readouterr().err


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
    assert "'28' is no size; write height and width as in 28,28" in capsys.readouterr().err
