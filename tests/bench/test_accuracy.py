"""The results table: its numbers are those of runs, and what is known is not measured again."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.bench import accuracy, converters
from workbench.bench.accuracy import TOOLBOX, accuracy_table
from workbench.bench.accuracy_file import COLUMNS, Known, appended
from workbench.cli.main import main
from workbench.errors import DataError, SettingsError
from workbench.methods import measuring

STEPS = (2, 5)
SAMPLES = 60


@pytest.fixture
def no_peers(monkeypatch):
    monkeypatch.setattr(accuracy, "absence", lambda package: "not installed")


def measured(path, **options):
    shared = {"presets": ["default", "few_steps"], "steps": STEPS, "samples": SAMPLES}
    return accuracy_table(path, ["counting"], **{**shared, **options}).table


def test_rows_are_what_runs_give(tmp_path, no_peers):
    table = measured(tmp_path / "t.csv")
    network, data = wb.load("counting"), wb.datasets.load("mnist14")
    x, y = data.x_test[:SAMPLES], data.y_test[:SAMPLES]
    ann = network.predictions(x)
    assert list(table["method"].unique())[:3] == ["default", "few_steps", TOOLBOX]
    for _, row in table[table["method"].isin(["default", "few_steps"])].iterrows():
        conversion, simulation = wb.preset(row["method"], row["steps"])
        run = wb.simulate(wb.convert(network, data.calibration, conversion), x, simulation)
        last = run.accuracy(y, ann=network).iloc[-1]
        assert row["accuracy"] == pytest.approx(last["snn"], rel=1e-5)  # the file has six digits
        assert row["undecided"] == pytest.approx(last["undecided"], rel=1e-5)
        assert row["ann"] == pytest.approx((ann == y).mean(), rel=1e-5)
        assert row["loss"] == pytest.approx(100 * (last["ann"] - last["snn"]), abs=1e-4)
        assert row["agreement"] == pytest.approx((run.predictions() == ann).mean(), rel=1e-5)
        operations, energy = run.operations().set_index("layer"), run.energy().iloc[-1]
        neurons = [p for p in run.recording.network.populations if p.kind == "if"]
        spikes = operations["spikes"][[p.name for p in neurons]].sum()
        assert row["spikes_per_neuron"] == pytest.approx(
            spikes / sum(p.neurons for p in neurons), rel=1e-5
        )
        assert row["synops"] == pytest.approx(operations["synops"].sum(), rel=1e-5)
        assert row["energy_memory_nj"] == pytest.approx(energy["with_memory_pj"] / 1e3, rel=1e-5)
        assert row["macs"] == network.totals.macs
        assert row["training"] == "count-like rounding" and row["samples"] == SAMPLES
    absent = table[table["method"].str.contains("SpikingJelly|sinabs")]
    assert len(absent) == 4 and absent["accuracy"].isna().all()
    assert absent["note"].tolist()[0] == "spikingjelly is not installed"


def test_what_is_known_is_not_measured_again(tmp_path, no_peers, monkeypatch):
    path, told = tmp_path / "t.csv", []
    weighing, calls = measuring.weighing, []

    def interrupted(*given, **options):
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return weighing(*given, **options)

    monkeypatch.setattr(measuring, "weighing", interrupted)
    with pytest.raises(KeyboardInterrupt):
        measured(path, notify=told.append)
    kept = pd.read_csv(path)
    assert kept["method"].tolist() == ["default"] * 2
    after, counted = [], []
    whole = measured(path, notify=after.append, progress=lambda *now: counted.append(now))
    assert told[0] == "counting: default, T = 2, 5" and told[0] not in after
    assert counted[-1][0] == counted[-1][1] and counted == sorted(counted)
    again = []
    pd.testing.assert_frame_equal(measured(path, notify=again.append), whole)
    assert again == []
    # Rows of other settings, or of other samples, do not count.
    lines = path.read_text().replace("levels=", "levels=1")
    path.write_text(lines)
    measured(path, notify=again.append)
    assert again == ["counting: few_steps, T = 2", "counting: few_steps, T = 5"][: len(again)]


def test_layers_in_turns_are_measured_once_with_all_samples_there_are(tmp_path, monkeypatch):
    network = wb.load("counting")
    data = wb.datasets.for_network(network)
    few = dataclasses.replace(data, x_test=data.x_test[:30], y_test=data.y_test[:30])
    monkeypatch.setattr(accuracy.datasets, "for_network", lambda network: few)
    told: list[str] = []
    asked = {"presets": ["ttfs"], "with_peers": False, "notify": told.append}
    table = measured(tmp_path / "t.csv", **asked)
    of_preset = table[table["method"] == "ttfs"]
    assert of_preset["steps"].tolist() == [100] and of_preset["note"].isna().all()
    assert (of_preset["accuracy"] == of_preset["ann"]).all() and (table["samples"] == 30).all()
    told.clear()
    assert len(measured(tmp_path / "t.csv", **asked)) == len(table) == 1 and told == []


def test_what_failed_is_measured_again(tmp_path):
    row = {"network": "mlp", "method": "default", "steps": 2, "samples": 5, "note": "no memory"}
    known = appended(tmp_path / "t.csv", Known.read(tmp_path / "t.csv"), [row])
    assert not known.has("mlp", "default", 2, 5, "")
    assert known.has("mlp", "default", 2, 5, "", "no memory")
    known = appended(tmp_path / "t.csv", known, [{**row, "note": "", "accuracy": 0.5}])
    assert known.has("mlp", "default", 2, 5, "")


def test_a_file_that_is_no_such_table_is_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"has the columns a, b .*; accepted: those of a table"):
        measured(path)
    path.write_text(",".join(COLUMNS) + "\nx,y,z,many\n")
    with pytest.raises(DataError, match=r"is not a table of measured accuracies"):
        measured(path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"presets": ["best"]}, "There is no preset 'best' to measure; accepted: default"),
        ({"steps": (0,)}, r"steps \(0,\), samples 60; accepted: integers from 1"),
        ({"samples": 0}, "samples 0"),
    ],
)
def test_arguments_are_checked(tmp_path, options, message):
    with pytest.raises(SettingsError, match=message):
        measured(tmp_path / "t.csv", **options)
    with pytest.raises(SettingsError, match="There is no network 'vgg' to measure"):
        accuracy_table(tmp_path / "t.csv", ["vgg"])


FEW = ["bench", "--accuracy", "--networks", "counting", "--steps", "2", "4", "--samples", "40"]


def test_the_command_measures_tells_and_draws(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("workbench.util.progress.EVERY_S", 3600)
    path, folder = tmp_path / "t.csv", tmp_path / "figures"
    monkeypatch.setattr("workbench.bench.accuracy_figures.PICTURES", {})
    shared = [*FEW, "--presets", "default", "--no-peers", "--table", str(path)]
    assert main([*shared, "--figure", str(folder)]) == 0
    text = capsys.readouterr().out
    assert "counting (count-like rounding): analog" in text and "of 40 test samples" in text
    assert "accuracy in %, T =  2" in text and f"Wrote {folder / 'counting.html'}" in text
    assert main([*shared, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["table"]
    assert [(row["method"], row["steps"]) for row in rows] == [("default", 2), ("default", 4)]
    assert np.isfinite(rows[0]["synops"])


def test_ctrl_c_exits_with_130_and_keeps_what_is_done(tmp_path, capsys, monkeypatch):
    def pressed(*_given, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(measuring, "weighing", pressed)
    assert main([*FEW, "--table", str(tmp_path / "t.csv")]) == 130
    assert "keeps what was measured; the same command goes on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--presets", "default"], "--presets belongs to --accuracy; give both"),
        (["--no-peers"], "--no-peers belongs to --accuracy"),
        (["--steps", "2", "3"], "speed is measured with one number of steps"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(arguments, message, capsys):
    assert main(["bench", *arguments]) == 2
    assert message in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        main(["bench", "--accuracy", "--presets", "best"])
    assert left.value.code == 2 and "argument --presets" in capsys.readouterr().err


def test_a_package_that_fails_is_a_row_that_says_why(tmp_path, monkeypatch):
    class Failing(converters.Converter):
        package, title = "numpy", "Failing"

        def converted(self, module, calibration):
            raise ValueError("not this one")

        def outputs(self, x, steps):
            return iter(())

    pytest.importorskip("torch", reason="PyTorch is not installed")
    monkeypatch.setattr(accuracy, "CONVERTERS", (Failing,))
    table = measured(tmp_path / "t.csv", presets=["default"])
    assert table["note"].dropna().unique() == ["Failing failed: ValueError: not this one"]
