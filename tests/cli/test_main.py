"""Commands: what they print, write and refuse, with which exit code."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from command_lines import printed, refused

import workbench as wb
from workbench.cli.main import command_parser, main
from workbench.ingest.keras import import_keras
from workbench.network import storage

COMMANDS = tuple(name for action in command_parser()._actions for name in action.choices or ())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    assert f"snn-workbench {command}" in printed(capsys)


def test_version_is_told(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert printed(capsys) == f"snn-workbench {wb.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["inspect"],
        ["convert", "lenet"],
        ["run", "lenet", "--steps", "many"],
        ["run", "lenet", "--reset", "soft"],
        ["inspect", "lenet", "--nonsense"],
        ["run", "lenet", "--samples", "0"],
        ["run", "lenet", "--samples", "-5"],
        ["run", "lenet", "--samples", "1.5"],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage: snn-workbench" in capsys.readouterr().err


def test_inspect_shows_the_four_numbers_with_explanations(capsys):
    assert main(["inspect", "counting"]) == 0
    out = printed(capsys)
    for number in ("20,820", "888", "28,512", "57,912", "31,320"):
        assert number in out
    assert "kernel tap" in out
    assert "Network 'counting'" in out


def test_inspect_tells_programs_the_same(capsys):
    assert main(["inspect", "counting", "--json"]) == 0
    told = json.loads(printed(capsys))
    assert told["totals"]["parameters"] == 20_820
    assert told["totals"]["synapses_border_free"] == 31_320
    assert [row["kind"] for row in told["layers"]] == ["Conv2D", "Reshape", "Dense"]


def test_inspect_reports_what_became_of_every_layer(tmp_path, capsys):
    assert main(["inspect", "maxpool"]) == 0
    out = printed(capsys)
    assert "What the source's layers became\n\nlayer    kind                action\n" in out
    assert main(["inspect", "maxpool", "--json"]) == 0
    report = json.loads(printed(capsys))["report"]
    assert {"layer": "bn1", "kind": "BatchNormalization", "action": "kept"} in report
    path = tmp_path / "maxpool.snn"
    assert main(["convert", "maxpool", str(path), "--json"]) == 0
    told = json.loads(printed(capsys))["report"]
    assert main(["inspect", str(path), "--json"]) == 0
    assert json.loads(printed(capsys))["report"] == told
    became = {row["layer"]: row["became"] for row in told}
    assert (became["bn1"], became["relu1"]) == ("folded into conv1", "joined to conv1")


@pytest.mark.parametrize(
    ("given", "stored"), [("avg", "recent"), ("relu", "relu"), ("average", "average_pooling")]
)
def test_max_pooling_goes_by_its_older_names_too(given, stored, tmp_path, capsys):
    path = str(tmp_path / "maxpool.snn")
    assert main(["convert", "maxpool", path, "--max-pool", given]) == 0
    assert storage.load(path).conversion.max_pool == stored


def test_an_architecture_is_read_with_its_weights(tmp_path, capsys):
    keras = import_keras()
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="head")])
    path, weights = str(tmp_path / "net.json"), str(tmp_path / "other.weights.h5")
    (tmp_path / "net.json").write_text(model.to_json())
    model.save_weights(weights)
    assert "net.json is an architecture without" in refused(capsys, "inspect", path)
    assert main(["inspect", path, "--weights", weights, "--json"]) == 0
    assert [layer["kind"] for layer in json.loads(printed(capsys))["layers"]] == ["Dense"]


def test_variable_sizes_and_several_outputs_are_chosen_on_the_command_line(tmp_path, capsys):
    keras = import_keras()
    pixels = keras.Input((None, None, 1), name="pixels")
    x = keras.layers.Conv2D(4, 3, activation="relu", name="conv")(pixels)
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)
    heads = [keras.layers.Dense(n, name=name)(x) for n, name in ((3, "kind"), (2, "side"))]
    path = str(tmp_path / "two.keras")
    keras.Model(pixels, heads).save(path)
    assert "2 outputs: kind, side" in refused(capsys, "inspect", path)
    assert "input_shape" in refused(capsys, "inspect", path, "--output", "side")
    chosen = [path, "--input-shape", "14,14,1", "--output", "side"]
    assert main(["inspect", *chosen, "--json"]) == 0
    told = json.loads(printed(capsys))
    assert told["layers"][-1]["neurons"] == 2
    converted = tmp_path / "side.snn"
    data = tmp_path / "data.npz"
    np.savez(data, x=np.random.default_rng(0).random((20, 14, 14, 1), np.float32))
    network, *options = chosen
    assert main(["convert", network, str(converted), *options, "--data", str(data)]) == 0
    assert wb.load(converted).classes == 2


@pytest.mark.parametrize("shape", ["28x28", "28,,1", "0,1", "-1", ""])
def test_a_shape_that_is_none_is_wrong_usage(shape, capsys):
    with pytest.raises(SystemExit) as left:
        main(["inspect", "lenet", f"--input-shape={shape}"])
    assert left.value.code == 2
    assert "is not a shape; write integers as in 28,28,1" in capsys.readouterr().err


def test_convert_writes_a_file_that_inspect_and_load_read(tmp_path, capsys):
    path = tmp_path / "out.snn"
    arguments = ["convert", "counting", str(path), "--percentile", "99", "--reset", "zero"]
    assert main([*arguments, "--initial-potential", "0.5", "--json"]) == 0
    told = json.loads(printed(capsys))
    spiking = wb.load(path)
    assert told["hash"] == spiking.content_hash
    assert told["file"] == str(path)
    assert spiking.conversion == wb.Conversion(percentile=99, reset="zero", initial_potential=0.5)
    assert {"step", "exact", "deviation", "remark"} == set(told["trace"][0])
    assert main(["inspect", str(path)]) == 0
    assert "if" in printed(capsys)
    assert main(["inspect", str(path), "--json"]) == 0
    assert json.loads(printed(capsys))["layers"][0]["neurons"] == 864


def test_convert_shows_the_trace(tmp_path, capsys):
    assert main(["convert", "counting", str(tmp_path / "out.snn"), "--per-channel"]) == 0
    out = printed(capsys)
    assert "round to the grid" in out
    assert f"Wrote {tmp_path / 'out.snn'}" in out
    assert wb.load(tmp_path / "out.snn").conversion.per_channel


def test_run_tells_accuracy_and_cost(capsys):
    arguments = ["run", "mlp", "--samples", "20", "--steps", "30", "--json"]
    assert main(arguments) == 0
    told = json.loads(printed(capsys))
    assert (told["network"], told["samples"], told["steps"]) == ("mlp", 20, 30)
    data = wb.datasets.load("mnist")
    network = wb.load("mlp")
    run = wb.simulate(
        wb.convert(network, data.calibration), data.x_test[:20], wb.Simulation(steps=30)
    )
    table = run.accuracy(data.y_test[:20], network)
    assert told["accuracy"] == table["snn"].iloc[-1]
    assert told["ann_accuracy"] == table["ann"].iloc[-1]
    assert told["synops_per_sample"] == pytest.approx(run.operations()["synops"].sum())
    assert main(arguments[:-1]) == 0
    assert f"{100 * told['accuracy']:.2f} %" in printed(capsys)


def test_run_takes_a_spiking_file_and_samples_of_ones_own(model_file, tmp_path, capsys):
    spiking = tmp_path / "spiking.snn"
    data = ["--data", str(tmp_path / "data.npz")]
    assert main(["convert", str(model_file), str(spiking), *data]) == 0
    printed(capsys)
    assert main(["run", str(spiking), *data, "--steps", "10", "--json"]) == 0
    told = json.loads(printed(capsys))
    assert told["samples"] == 30
    assert told["ann_accuracy"] is None
    assert main(["run", str(spiking), *data, "--steps", "10"]) == 0
    assert "not known" in printed(capsys)


@pytest.mark.parametrize("command", [["inspect"], ["run"], ["convert", "OUT"]])
def test_a_network_that_is_not_there_is_refused_with_code_1(command, capsys):
    name, *rest = command
    assert "no bundled network 'lenett'" in refused(capsys, name, "lenett", *rest)
    assert "gone.keras does not exist" in refused(capsys, name, "gone.keras", *rest)


def test_refusals_have_code_1_and_the_reason(tmp_path, capsys):
    (tmp_path / "bad.snn").write_text("no")
    assert "bad.snn is not an snn-workbench network" in refused(
        capsys, "inspect", tmp_path / "bad.snn"
    )
    message = refused(capsys, "convert", "counting", tmp_path / "no" / "x.snn")
    assert "Cannot write" in message
    message = refused(capsys, "run", "counting", "--data", tmp_path / "none.npz")
    assert "none.npz" in message
    assert "data set 'cifar'" in refused(capsys, "run", "counting", "--data", "cifar")
    message = refused(capsys, "run", "counting", "--layer-threshold", "nowhere=2")
    assert "nowhere" in message


def test_conversion_options_are_refused_for_a_spiking_file(tmp_path, capsys):
    spiking = tmp_path / "spiking.snn"
    assert main(["convert", "counting", str(spiking)]) == 0
    printed(capsys)
    for command in (["run", spiking], ["export", spiking, "builtin", tmp_path / "net"]):
        message = refused(capsys, *command, "--reset", "zero", "--percentile", "99")
        assert "spiking network already" in message
        assert "percentile, reset" in message
    message = refused(capsys, "convert", spiking, tmp_path / "again.snn")
    assert "spiking network already" in message
    assert [file.name for file in tmp_path.iterdir()] == ["spiking.snn"]
    assert main(["run", str(spiking), "--samples", "2", "--percentile", "99.9"]) == 0


@pytest.mark.slow
def test_an_export_is_told_to_programs(tmp_path, capsys):
    arguments = ["counting", "nir", str(tmp_path / "net.nir"), "--json"]
    assert main(["export", *arguments, "--option", "parity_steps=5"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == [str(tmp_path / "net.nir")]
    assert told["parity"]["status"] == "exact"
    assert told["run"].endswith(f"nir.read({str(tmp_path / 'net.nir')!r})")
    assert set(told) == {"target", "files", "parity", "notes", "run"}


def test_steps_that_an_export_could_not_use_are_refused(tmp_path, capsys):
    for target in ("nir", "loihi"):
        arguments = ["counting", target, str(tmp_path / "net"), "--steps", "7"]
        assert main(["export", *arguments]) == 2
        assert "--steps is 7, and files of" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_export_to_loihi_compares_thirty_samples(tmp_path, capsys):
    assert main(["export", "counting", "loihi", str(tmp_path / "net")]) == 0
    out = printed(capsys)
    assert " of 30 (" in out
    assert "100 steps, samples" in out
    assert main(["export", "counting", "builtin", str(tmp_path / "net")]) == 0
    assert len(np.load(tmp_path / "net.npz")["x"]) == 5


def test_samples_of_another_shape_are_refused(capsys):
    assert "14" in refused(capsys, "run", "counting", "--data", "mnist")


def test_samples_must_be_given_for_other_shapes(model_file, capsys):
    assert "6" in refused(capsys, "run", model_file)


def test_exit_codes_reach_the_shell():
    code = "import sys; from workbench.cli.main import main; sys.exit(main())"
    result = subprocess.run(
        [sys.executable, "-c", code, "run"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert "usage" in result.stderr


def test_the_help_names_all_networks_and_samples_that_are_bundled():
    words = " ".join(
        command_parser()._subparsers._group_actions[0].choices["run"].format_help().split()
    )
    for name in (*wb.datasets.model_names(), *wb.datasets.dataset_names()):
        assert re.search(rf"\b{name}\b", words), name
