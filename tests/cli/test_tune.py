"""`snn-workbench tune`: what `wb.tune` finds, as text, JSON and a file of settings."""

import json

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.cli.main import main
from workbench.cli.tune import MINIMISED
from workbench.methods import tally
from workbench.methods.tuning_result import COSTS

FEW = ["--try-steps", "2", "4", "--samples", "30"]


@pytest.fixture
def arguments(model_file):
    return ["tune", str(model_file), "--data", str(model_file.with_name("data.npz")), *FEW]


@pytest.mark.slow
def test_it_tells_what_tune_finds(arguments, model_file, tmp_path, capsys):
    path = tmp_path / "best.toml"
    options = ["--max-loss", "20", "--minimise", "synops", "--seed", "5"]
    table = tmp_path / "tried.csv"
    files = ["--save-settings", str(path), "--csv", str(table)]
    assert main([*arguments, *options, "--json", *files]) == 0
    told = json.loads(capsys.readouterr().out)
    data = wb.datasets.from_npz(model_file.with_name("data.npz"))
    simulation = wb.Simulation(seed=5)
    found = wb.tune(
        wb.load(model_file), data, 20, "synops", samples=30, steps=(2, 4), simulation=simulation
    )
    assert told["met"] and told["minimise"] == "synops" and not told["stopped"]
    synops = pd.Series([row["synops"] for row in told["table"]], dtype=float)
    assert list(synops) == pytest.approx(list(found.table["synops"]), nan_ok=True)
    assert told["chosen"]["settings"] == found.row["settings"]
    assert pd.read_csv(table)["synops"].tolist() == pytest.approx(list(synops), nan_ok=True)
    assert wb.load_settings(path) == (found.conversion, found.simulation)
    assert found.simulation.seed == 5
    assert wb.Conversion.from_dict(told["conversion"]) == found.conversion
    assert main([*arguments, *options]) == 0
    text = capsys.readouterr().out
    assert text.startswith(repr(found)) and "The best on as many samples" in text


def test_it_exits_with_1_where_nothing_loses_so_little(arguments, model_file, capsys):
    path = model_file.with_name("unlabelled.npz")
    np.savez(path, x=np.load(model_file.with_name("data.npz"))["x_train"])
    options = ["--try-steps", "1", "--max-loss", "0", "--target", "nest", "--data", str(path)]
    assert main([*arguments, *options]) == 1
    text = capsys.readouterr().out
    assert "Nothing that was tried loses at most 0 points. The nearest:" in text
    assert "Refused: signed: The target 'nest' has no neurons" in text


def test_ctrl_c_leaves_what_was_tried(arguments, capsys, monkeypatch):
    weighing, calls = tally.weighing, []

    def pressed(*given, **options):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return weighing(*given, **options)

    monkeypatch.setattr(tally, "weighing", pressed)
    assert main([*arguments, "--json"]) == 130
    told = json.loads(capsys.readouterr().out)
    tried = {row["settings"] for row in told["table"] if row["samples"]}
    assert told["stopped"] and tried == {"default", "graded"}


def test_places_are_checked_before_and_kept_where_nothing_is_measured(
    arguments, tmp_path, capsys, monkeypatch
):
    none = tmp_path / "none" / "x"
    with monkeypatch.context() as patch:
        patch.setattr("workbench.methods.tuning.tune", lambda *given, **more: pytest.fail("run"))
        for option in ("--csv", "--save-settings"):
            assert main([*arguments, option, str(none)]) == 1
            assert f"Cannot write {none}" in capsys.readouterr().err
    path = tmp_path / "tried.csv"
    path.write_text("complete")
    monkeypatch.setattr(
        tally, "weighing", lambda *given, **more: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    assert main([*arguments, "--csv", str(path)]) == 130
    assert path.read_text() == "complete"
    assert "stopped" in capsys.readouterr().err


def test_it_minimises_what_tune_can():
    assert list(MINIMISED) == list(COSTS)


def test_wrong_usage_and_spiking_networks_are_refused(arguments, tmp_path, capsys):
    assert main([*arguments, "--max-loss", "-1"]) == 2
    assert "--max-loss is -1; accepted: 0 to 100 points" in capsys.readouterr().err
    data = wb.datasets.load("mnist14")
    snn = wb.save(wb.convert(wb.load("counting"), data.calibration[:50]), tmp_path / "s.snn")
    assert main(["tune", str(snn)]) == 1
    assert "Tune the analog network that it was made from" in capsys.readouterr().err
