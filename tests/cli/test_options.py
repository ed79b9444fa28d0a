"""Options of commands: how they reach the settings, from files, too."""

import argparse
import dataclasses
import json

import pytest
from command_lines import printed, refused

import workbench as wb
from workbench.cli.main import main
from workbench.cli.options import conversion_of, settings_options, simulation_of
from workbench.network import storage
from workbench.setting import settings_of
from workbench.setting_values import Choice, Integer, LayerNames, Number, PerLayer, Truth


def test_seeds_and_encodings_arrive(model_file, tmp_path, capsys):
    arguments = ["run", str(model_file), "--data", str(tmp_path / "data.npz"), "--steps", "20"]
    told = []
    for extra in (["--seed", "1"], ["--seed", "1"], ["--seed", "2"]):
        assert main([*arguments, "--encoding", "bernoulli", "--json", *extra]) == 0
        told.append(json.loads(capsys.readouterr().out)["spikes_per_sample"])
    assert told[0] == told[1] != told[2]


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
    assert "--percentile, --settings cannot be combined with --snn-toolbox" in " ".join(
        told.split()
    )


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
