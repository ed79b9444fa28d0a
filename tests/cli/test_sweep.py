"""`snn-workbench sweep`: what `wb.sweep` measures, as text, JSON and files; and Ctrl-C."""

import io
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.cli.main import main
from workbench.cli.sweep import COSTS, PARTS
from workbench.methods.trial_data import PARTS as ALL_PARTS
from workbench.sweeps.result import COSTS as ALL_COSTS
from workbench.sweeps.store import read_store


@pytest.fixture
def arguments(model_file):
    data = str(model_file.with_name("data.npz"))
    return ["sweep", str(model_file), "--data", data, "--samples", "20", "--threads", "1"]


AXES = ["--set", "percentile=95,100", "--set", "steps=2..6..2", "--set", "neurons=if,one_shot"]


@pytest.mark.slow
def test_it_tells_what_sweep_measures(arguments, model_file, tmp_path, capsys):
    path = tmp_path / "all.csv"
    fixed = ["--reset", "zero", "--csv", str(path), "--json", "--cost", "synops"]
    assert main([*arguments, *AXES, *fixed]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert err == f"Wrote {path}\n"
    data = wb.datasets.from_npz(model_file.with_name("data.npz"))
    grid = {"percentile": [95, 100], "steps": [2, 4, 6], "neurons": ["if", "one_shot"]}
    found = wb.sweep(
        wb.load(model_file), data, grid, samples=20, conversion=wb.Conversion(reset="zero"),
        simulation=wb.Simulation(threads=1),
    )  # fmt: skip
    expected = json.loads(pd.DataFrame(found).drop(columns="seconds").to_json(orient="records"))
    for row in told["table"]:
        del row["seconds"]
    assert told["table"] == expected and not told["stopped"]
    assert len(told["front"]) == len(found.front("synops"))
    written = pd.read_csv(path)
    assert written["accuracy"].tolist() == pytest.approx(found["accuracy"].tolist(), nan_ok=True)
    assert main([*arguments, *AXES, "--reset", "zero"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("12 points, 20 training samples") and "Not measured (6): " in text


def test_presets_keep_what_options_leave_out(arguments, tmp_path, capsys):
    axes = ["--set", "preset=default", "--set", "preset=few_steps", "--json"]
    for options, steps in (([], [100, 8]), (["--steps", "100"], [100, 100])):
        assert main([*arguments, *axes, *options]) == 0
        table = json.loads(capsys.readouterr().out)["table"]
        assert [row["steps"] for row in table] == steps
        conversion, _ = wb.preset("few_steps", steps[1])
        assert json.loads(table[1]["settings"])["calibrate_steps"] == conversion.calibrate_steps
    file = tmp_path / "run.toml"
    file.write_text("steps = 5")
    assert main([*arguments, *axes, "--settings", str(file)]) == 0
    table = json.loads(capsys.readouterr().out)["table"]
    assert [row["steps"] for row in table] == [5, 5]
    for given in (["--percentile", "99.9"], ["--preset", "default"]):  # also if as the default
        assert main([*arguments, *axes, *given]) == 1
        assert "axis preset, and conversion is given" in capsys.readouterr().err


def test_places_are_checked_before_and_kept_where_nothing_is_measured(
    arguments, tmp_path, capsys, monkeypatch
):
    none = tmp_path / "none" / "x.csv"
    with monkeypatch.context() as patch:
        patch.setattr("workbench.sweeps.sweep.sweep", lambda *given, **more: pytest.fail("run"))
        assert main([*arguments, *AXES, "--csv", str(none)]) == 1
        assert f"Cannot write {none}" in capsys.readouterr().err
    path = tmp_path / "all.csv"
    path.write_text("complete")
    stopped = wb.sweep(
        wb.load(arguments[1]), wb.datasets.from_npz(arguments[3]), {"steps": 2},
        cancelled=lambda: True,
    )  # fmt: skip
    monkeypatch.setattr("workbench.sweeps.sweep.sweep", lambda *given, **more: stopped)
    assert main([*arguments, "--set", "steps=2", "--csv", str(path)]) == 130
    out, err = capsys.readouterr()
    assert path.read_text() == "complete" and "files stay as they were" in err
    assert out.startswith("0 points, stopped")


def test_axes_come_from_a_file_too(arguments, tmp_path, capsys):
    path = tmp_path / "grid.toml"
    path.write_text(
        '[grid]\npreset = ["default", "graded"]\nsteps = [2, 4]\nthresholds = [{}, {"conv" = 1.5}]'
    )
    options = ["--grid", str(path), "--set", "steps=3", "--json"]
    assert main([*arguments, *options]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["axes"] == ["preset", "steps", "thresholds"] and len(told["table"]) == 4
    assert {row["steps"] for row in told["table"]} == {3}
    path.write_text("percentile = [")
    assert main([*arguments, "--grid", str(path)]) == 2
    assert "not valid TOML" in capsys.readouterr().err


def test_points_are_kept_from_one_command_to_the_next(arguments, tmp_path, capsys):
    pytest.importorskip("pyarrow", reason="points are kept with pyarrow")
    path = tmp_path / "points.parquet"
    tables = []
    for _ in range(2):
        assert main([*arguments, *AXES, "--store", str(path), "--json"]) == 0
        tables.append(json.loads(capsys.readouterr().out)["table"])
    assert tables[0] == tables[1]  # with the seconds of the first time
    path.write_bytes(path.read_bytes()[:100])
    assert main([*arguments, *AXES, "--store", str(path)]) == 1
    assert "is damaged" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "no axis is given; accepted: --set NAME=VALUES, or --grid FILE"),
        (["--set", "percentil=99"], "Did you mean percentile?"),
        (["--set", "percentile=20"], "percentile in the grid is 20"),
        (["--set", "percentile"], "'percentile' is not NAME=VALUE,VALUE"),
        (["--set", "percentile=high"], "'high' is not a number"),
        (["--set", "steps=2.5"], "'2.5' is not an integer"),
        (["--set", "steps=9..2"], "'9..2' has no values"),
        (["--set", "steps=1..99999999999"], "or too many"),
        (["--set", "per_channel=maybe"], "'maybe' is not one of true"),
        (["--set", "thresholds=conv"], "given in a file: --grid"),
    ],
)
def test_wrong_usage_is_told(arguments, options, message, capsys):
    try:
        code = main([*arguments, *options])
    except SystemExit as ended:  # argparse
        code = ended.code
    assert code == 2
    assert message in capsys.readouterr().err


def test_where_nothing_can_be_measured_it_exits_with_1(arguments, capsys):
    assert main([*arguments, "--set", "neurons=one_shot", "--reset", "zero"]) in (1, 2)
    assert "reset 'zero'" in "".join(capsys.readouterr())


def test_costs_and_parts_are_those_of_sweeps():
    assert ALL_COSTS == COSTS and set(PARTS) == set(ALL_PARTS)


@pytest.mark.slow
def test_ctrl_c_leaves_what_is_done_and_exits_with_130(tmp_path):
    pytest.importorskip("pyarrow", reason="points are kept with pyarrow")
    path = tmp_path / "points.parquet"
    command = [sys.executable, "-m", "workbench", "sweep", "lenet", "--samples", "500", "--json"]
    command += ["--set", "percentile=90..100", "--set", "steps=1..64", "--store", str(path)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as program:
        while not read_store(path):  # until the first run is done
            assert program.poll() is None
            try:
                program.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=120)
    assert program.returncode == 130 and "Stopping; what is done is kept" in err
    told = json.loads(out)
    done = len(told["table"])
    assert told["stopped"] and done % 64 == 0 and 64 <= done < 11 * 64
    assert len(pd.read_parquet(io.BytesIO(path.read_bytes()))) == done


@pytest.mark.parametrize(("least", "code"), [("0", 0), ("1", 1)])
def test_run_exits_with_1_below_the_least_accuracy(model_file, least, code, capsys):
    data = str(model_file.with_name("data.npz"))
    options = ["--data", data, "--steps", "4", "--min-accuracy", least]
    assert main(["run", str(model_file), *options]) == code
    out, err = capsys.readouterr()
    assert "accuracy " in out and ("below --min-accuracy 1. See" in err) == (code == 1)


def test_run_refuses_a_least_accuracy_where_none_is_known(model_file, capsys):
    path = model_file.with_name("unlabelled.npz")
    np.savez(path, x=np.load(model_file.with_name("data.npz"))["x_train"])
    options = ["--data", str(path), "--steps", "2", "--min-accuracy", "0.5"]
    assert main(["run", str(model_file), *options]) == 1
    assert "the accuracy is not known; accepted: a network of classes" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "offered", "others"),
    [
        ("sweep lenet --min-accuracy --s", {"--set", "--store", "--samples"}, {"--json"}),
        ("export lenet n", {"nest", "nir"}, {"brian2"}),
    ],
)
def test_a_shell_can_complete_the_command(typed, offered, others):
    pytest.importorskip("argcomplete", reason="shells complete with argcomplete")
    line = f"snn-workbench {typed}"
    environment = {
        **os.environ, "_ARGCOMPLETE": "1", "_ARGCOMPLETE_STDOUT_FILENAME": os.devnull,
        "COMP_LINE": line, "COMP_POINT": str(len(line)), "COMP_TYPE": "9", "_ARGCOMPLETE_IFS": "\n",
    }  # fmt: skip
    code = "import workbench.cli.main as m, sys; m.main(['sweep'])"
    environment["_ARGCOMPLETE_STDOUT_FILENAME"] = "/dev/stdout" if os.name == "posix" else "CON"
    answer = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120
    )
    words = {word.strip() for word in answer.stdout.split("\n")}
    assert offered <= words and not others & words
