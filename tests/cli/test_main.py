import argparse
import dataclasses
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from layer_cases import CASES, stored
from PIL import Image

import workbench as wb
from workbench.cli.main import command_parser, main
from workbench.cli.options import conversion_of, settings_options, simulation_of
from workbench.ingest.keras import import_keras
from workbench.network import storage
from workbench.setting import settings_of
from workbench.setting_values import Choice, Integer, LayerNames, Number, PerLayer, Truth

COMMANDS = tuple(name for action in command_parser()._actions for name in action.choices or ())


@pytest.fixture
def model_file(tmp_path):
    """A Keras network of a shape that no bundled samples have, and samples for it."""
    name = "conv_odd_same"
    path = storage.save(stored(name), tmp_path / "net.snn")
    x = CASES[name].samples(30)
    y = np.arange(30) % 3
    np.savez(tmp_path / "data.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    return path


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    """Take the lines away that a slow machine adds to what is told."""
    monkeypatch.setattr("workbench.util.progress.EVERY_S", 3600.0)


def printed(capsys):
    out, err = capsys.readouterr()
    assert err == ""
    return out


def refused(capsys, *arguments, code=1):
    """Message of a refusal, after checking that it is one."""
    assert main([str(a) for a in arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("snn-workbench: ")
    assert "Traceback" not in err
    return err


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
    assert "What became of the source's layers\n\nlayer    kind                action\n" in out
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
    assert "net.json is an architecture alone" in refused(capsys, "inspect", path)
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


def test_seeds_and_encodings_arrive(model_file, tmp_path, capsys):
    arguments = ["run", str(model_file), "--data", str(tmp_path / "data.npz"), "--steps", "20"]
    told = []
    for extra in (["--seed", "1"], ["--seed", "1"], ["--seed", "2"]):
        assert main([*arguments, "--encoding", "bernoulli", "--json", *extra]) == 0
        told.append(json.loads(capsys.readouterr().out)["spikes_per_sample"])
    assert told[0] == told[1] != told[2]


@pytest.mark.parametrize("command", [["inspect"], ["run"], ["convert", "OUT"]])
def test_a_network_that_is_not_there_is_refused_with_code_1(command, capsys):
    name, *rest = command
    assert "no bundled network 'lenett'" in refused(capsys, name, "lenett", *rest)
    assert "gone.keras does not exist" in refused(capsys, name, "gone.keras", *rest)


def test_refusals_have_code_1_and_the_reason(tmp_path, capsys):
    (tmp_path / "bad.snn").write_text("no")
    assert "bad.snn is no snn-workbench network" in refused(capsys, "inspect", tmp_path / "bad.snn")
    message = refused(capsys, "convert", "counting", tmp_path / "no" / "x.snn")
    assert "Cannot write" in message
    message = refused(capsys, "run", "counting", "--data", tmp_path / "none.npz")
    assert "none.npz" in message
    assert "dataset 'cifar'" in refused(capsys, "run", "counting", "--data", "cifar")
    message = refused(capsys, "run", "counting", "--layer-threshold", "nowhere=2")
    assert "nowhere" in message


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "counting", "--percentile", "101"], "percentile is 101"),
        (["run", "counting", "--steps", "0"], "steps is 0"),
        (["run", "counting", "--threads", "0"], "threads is 0"),
        (["run", "counting", "--dt-ms", "0"], "dt_ms is 0"),
        (["run", "counting", "--layer-percentile", "a=3"], "percentiles['a'] is 3"),
        (["convert", "counting", "OUT", "--percentile", "0"], "percentile is 0"),
        (["export", "counting", "nowhere", "OUT"], "no export target 'nowhere'"),
        (["export", "counting", "brian2", "OUT", "--option", "foo"], "foo has no value"),
        (["export", "counting", "brian2", "OUT", "--option", "foo=1"], "no option foo"),
        (["export", "counting", "brian2", "OUT", "--option", "simulate=1"], "no option simulate"),
        (["export", "counting", "brian2", "OUT", "--option", "parity_steps=abc"], "is 'abc'"),
        (["export", "counting", "builtin", "OUT", "--option", "samples=3"], "samples is 3"),
        (["export", "counting", "loihi", "OUT", "--option", "parity_samples=x"], "is 'x'"),
    ],
)
def test_values_that_are_not_accepted_are_exit_code_2(arguments, words, tmp_path, capsys):
    arguments = [tmp_path / "x" if a == "OUT" else a for a in arguments]
    assert words in refused(capsys, *arguments, code=2)
    assert not list(tmp_path.iterdir())


def test_single_layers_have_values_of_their_own(tmp_path, capsys):
    layers = wb.load("mlp").summary()["name"].tolist()
    first, last = layers[-2], layers[-1]
    path = tmp_path / "out.snn"
    arguments = ["convert", "mlp", str(path), "--json", "--layer-percentile", f"{first}=98"]
    arguments += ["--layer-threshold", f"{first}=2", "--layer-threshold", f"{last}=0.5"]
    assert main(arguments) == 0
    printed(capsys)
    conversion = wb.load(path).conversion
    assert conversion.thresholds == {first: 2.0, last: 0.5}
    assert conversion.percentiles == {first: 98.0}


def test_input_rate_and_step_length_arrive(capsys):
    arguments = ["run", "mlp", "--samples", "5", "--steps", "20", "--encoding", "poisson"]
    told = []
    for extra in ([], ["--input-rate-hz", "100"], ["--input-rate-hz", "50", "--dt-ms", "2"]):
        assert main([*arguments, "--json", *extra]) == 0
        told.append(json.loads(printed(capsys))["synops_per_sample"])
    assert told[0] > told[1] == told[2]


def test_settings_come_from_a_file_and_options_override_them(tmp_path, capsys):
    conversion = wb.Conversion(
        percentile=98, per_channel=True, thresholds={"conv1": 2, "output": 3}
    )
    simulation = wb.Simulation(steps=12, leak=0.01)
    file = str(wb.save_settings(tmp_path / "settings.toml", conversion, simulation))
    path = tmp_path / "net.snn"
    options = ["--no-per-channel", "--percentile", "97", "--layer-threshold", "conv1=1.5"]
    assert main(["convert", "counting", str(path), "--settings", file, *options]) == 0
    assert storage.load(path).conversion == wb.Conversion(
        percentile=97, thresholds={"conv1": 1.5, "output": 3}
    )
    printed(capsys)
    assert main(["run", "counting", "--settings", file, "--samples", "2", "--json"]) == 0
    assert json.loads(printed(capsys))["steps"] == 12
    steps = ["--steps", "9"]
    assert main(["run", "counting", "--settings", file, *steps, "--samples", "2", "--json"]) == 0
    assert json.loads(printed(capsys))["steps"] == 9


def test_settings_of_a_file_may_be_those_of_a_spiking_network(tmp_path, capsys):
    own = str(wb.save_settings(tmp_path / "own.toml", wb.Conversion(percentile=98)))
    other = str(wb.save_settings(tmp_path / "other.toml", wb.Conversion(percentile=97)))
    path = str(tmp_path / "net.snn")
    assert main(["convert", "counting", path, "--settings", own]) == 0
    assert main(["run", path, "--settings", own, "--samples", "2"]) == 0
    capsys.readouterr()
    message = refused(capsys, "run", path, "--settings", other)
    assert "spiking network already, so it cannot be converted with another percentile" in message


def test_a_preset_stands_for_settings_that_options_override(tmp_path, capsys):
    path, few = str(tmp_path / "net.snn"), ["--preset", "few_steps", "--calibrate-samples", "20"]
    options = [*few, "--calibrate-steps", "3", "--levels", "4"]
    assert main(["convert", "counting", path, *options]) == 0
    expected = dataclasses.replace(
        wb.preset("few_steps", steps=3)[0], levels=4, calibrate_samples=20
    )
    assert storage.load(path).conversion == expected
    capsys.readouterr()
    command = ["run", "counting", "--samples", "2", "--json"]
    assert main([*command, "--preset", "signed", "--calibrate-samples", "9"]) == 0
    assert json.loads(printed(capsys))["steps"] == wb.preset("signed")[1].steps
    assert main([*command, *few, "--steps", "3"]) == 0
    assert json.loads(printed(capsys))["steps"] == 3
    # What the target cannot express is swapped.
    assert main(["export", "counting", "loihi", str(tmp_path / "out"), *few]) == 0
    capsys.readouterr()
    message = refused(capsys, "export", "counting", "nest", path, "--preset", "signed", code=2)
    assert "no neurons for preset 'signed'" in message
    message = refused(capsys, *command, "--preset", "signed", "--settings", "a.toml", code=2)
    assert "--settings and --preset: give one of the two" in message


def test_wrong_files_of_settings_are_exit_code_2(tmp_path, capsys):
    (tmp_path / "bad.toml").write_text("[simulation]\nsteps = 0\n")
    command = ["run", "counting", "--settings"]
    assert "bad.toml: Simulation.steps is 0" in refused(
        capsys, *command, tmp_path / "bad.toml", code=2
    )
    assert "none.toml: No such file" in refused(capsys, *command, tmp_path / "none.toml", code=2)
    with pytest.raises(SystemExit):
        main(["run", "--snn-toolbox", "config.ini", "--settings", "a.toml", "--percentile", "99.9"])
    told = capsys.readouterr().err
    assert "--percentile, --settings: not together with --snn-toolbox" in " ".join(told.split())


def test_every_setting_has_an_option_with_its_help(capsys):
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    told = " ".join(printed(capsys).split())
    for kind in (wb.Conversion, wb.Simulation):
        for each in settings_of(kind).values():
            assert f"{each.flag} " in told or f"{each.flag}," in told
            assert each.help.replace("-", "") in told.replace("- ", "").replace("-", "")


OPTIONS = [
    (Number, lambda values: (str(values.high), values.high)),
    (Integer, lambda values: (str(values.low), values.low)),
    (Choice, lambda values: (values.words[-1], values.words[-1])),
    (PerLayer, lambda values: (f"conv1={values.each.low}", {"conv1": values.each.low})),
    (LayerNames, lambda values: ("conv1", ("conv1",))),
]


@pytest.mark.parametrize("kind", [wb.Conversion, wb.Simulation])
def test_every_option_reaches_its_setting(kind):
    parser = argparse.ArgumentParser()
    settings_options(parser, kind)
    made = conversion_of if kind is wb.Conversion else simulation_of
    for name, each in settings_of(kind).items():
        if isinstance(each.values, Truth):
            text, value = [each.flag], not each.default
        else:
            word, value = next(f for k, f in OPTIONS if isinstance(each.values, k))(each.values)
            text = [each.flag, word]
        assert getattr(made(parser.parse_args(text)), name) == value, name
    assert made(parser.parse_args([])) == kind()


def test_words_for_none_and_all(tmp_path):
    parser = argparse.ArgumentParser()
    settings_options(parser, wb.Simulation)
    file = str(wb.save_settings(tmp_path / "a.toml", None, wb.Simulation(threads=3, record=())))
    given = ["--settings", file, "--threads", "auto", "--record", "all"]
    made = simulation_of(parser.parse_args(given))
    assert (made.threads, made.record) == (None, "all")
    assert simulation_of(parser.parse_args(given[:2])).threads == 3
    made = simulation_of(parser.parse_args(["--record", "a", "--record", "b"]))
    assert made.record == ("a", "b")


def test_settings_are_listed(capsys):
    assert main(["settings"]) == 0
    assert printed(capsys) == wb.settings_table()
    assert main(["settings", "--json"]) == 0
    told = json.loads(printed(capsys))
    assert [each["name"] for each in told["simulation"]][:2] == ["steps", "dt_ms"]
    assert told["conversion"][0]["flag"] == "--percentile"


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
    assert f"accuracy             {100 * told['accuracy']:.2f} %" in text

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
        (["lenet"], "one of the two"),
        (["--steps", "5", "--reset", "zero"], "--reset, --steps: not together with --snn-toolbox"),
        (["--layer-threshold", "conv=2"], "--layer-threshold: not together"),
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


def test_an_export_is_told_to_programs(tmp_path, capsys):
    arguments = ["counting", "nir", str(tmp_path / "net.nir"), "--json"]
    assert main(["export", *arguments, "--option", "parity_steps=5"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == [str(tmp_path / "net.nir")]
    assert told["parity"]["status"] == "exact"
    assert told["run"].endswith(f"nir.read({str(tmp_path / 'net.nir')!r})")
    assert set(told) == {"target", "files", "parity", "notes", "run"}


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
