"""What is measured, in which form it comes, and what is refused. No times are asserted."""

import copy
import json

import jsonschema
import pytest

import workbench.bench as bench_package
from workbench.bench import bench, peers, warm
from workbench.bench.contenders import ENGINES, KERAS
from workbench.bench.measure import ALIKE, Timing
from workbench.bench.measurement_table import table
from workbench.cli.main import main
from workbench.errors import SettingsError
from workbench.simulation import kernels

TIMING = {
    "type": "object",
    "required": ["batch", "median_ms", "lowest_ms", "highest_ms", "of_forwards"],
    "additionalProperties": {"type": "number", "minimum": 0},
}
MAYBE = {"type": ["number", "null"], "minimum": 0}
ROW = {
    "type": "object",
    "additionalProperties": False,
    "required": ["simulator", "version", "first_call_s", "one_image", "best_batch"],
    "properties": {
        "simulator": {"type": "string"},
        "version": {"type": "string"},
        "first_call_s": {"type": "number", "minimum": 0},
        "one_image": TIMING,
        "best_batch": TIMING,
        "spikes_per_image": MAYBE,
        "spikes_of_ours": MAYBE,
        "count_difference": MAYBE,
    },
}
NETWORK = {
    "type": "object",
    "required": ["network", "remark", "steps", "neurons", "mean_activity", "forwards_ms"],
    "properties": {
        "network": {"enum": ["lenet", "vgg"]},
        "steps": {"type": "integer"},
        "neurons": {"type": "integer"},
        "mean_activity": {"type": "number", "minimum": 0, "maximum": 1},
        "forwards_ms": {"type": "number", "exclusiveMinimum": 0},
        "rows": {"type": "array", "items": ROW, "minItems": 3},
        "absent": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
SCHEMA = {
    "type": "object",
    "required": ["machine", "repeats", "networks"],
    "properties": {"networks": {"type": "array", "items": NETWORK, "minItems": 1}},
}


@pytest.fixture(scope="module")
def measured_once():
    lines = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(peers, "absence", lambda package: "not installed")
        return bench(quick=True, repeats=2, notify=lines.append), lines


@pytest.fixture
def measured(measured_once):
    return copy.deepcopy(measured_once)


@pytest.mark.slow
def test_result_is_json_of_a_fixed_form(measured):
    result, _ = measured
    jsonschema.validate(json.loads(json.dumps(result)), SCHEMA)


@pytest.mark.slow
def test_everybody_is_measured_with_one_image_and_the_best_batch(measured):
    (network,) = measured[0]["networks"]
    titles = [row["simulator"] for row in network["rows"]]
    assert titles == [KERAS, *(f"workbench, {engine}" for engine in ENGINES)]
    assert network["steps"] == 10
    for row in network["rows"]:
        assert row["one_image"]["batch"] == 1
        assert row["best_batch"]["batch"] == 2


def test_ratios_are_to_the_forwards_of_the_same_run(measured):
    (network,) = measured[0]["networks"]
    keras = network["rows"][0]
    assert keras["best_batch"]["of_forwards"] == 1
    assert network["forwards_ms"] == keras["best_batch"]["median_ms"]
    for row in network["rows"]:
        for kind in ("one_image", "best_batch"):
            timing = row[kind]
            assert timing["of_forwards"] == timing["median_ms"] / network["forwards_ms"]
            assert timing["lowest_ms"] <= timing["median_ms"] <= timing["highest_ms"]


def test_both_engines_did_the_same(measured):
    (network,) = measured[0]["networks"]
    for row in network["rows"][1:]:
        assert row["spikes_of_ours"] == 1
        assert row["count_difference"] == 0
        assert row["spikes_per_image"] > 0


def test_absent_peers_are_named_with_the_reason(measured):
    (network,) = measured[0]["networks"]
    titles = ["SpikingJelly", "sinabs", "snnTorch", "norse", "Brian2"]
    assert network["absent"] == dict.fromkeys(titles, "not installed")


def test_a_line_tells_of_every_measurement(measured):
    lines = measured[1]
    assert sum("2 of 2" in line and "ms per image" in line for line in lines) == 6
    assert "lenet: loading" in lines


def test_table_shows_all_of_it(measured):
    result = measured[0]
    text = table(result)
    for row in result["networks"][0]["rows"]:
        assert row["simulator"] in text
    assert "Brian2: not measured, not installed" in text
    assert "T = 10, 18,954 neurons" in text
    assert "the same weights" in text
    assert all(len(line) <= 150 for line in text.splitlines())


def test_table_marks_who_ran_something_else(measured):
    result = measured[0]
    row = result["networks"][0]["rows"][-1]
    assert " !" not in table(result).split("\n\nMilliseconds")[0]
    row["spikes_of_ours"] = 1 - 2 * ALIKE
    assert "0.900 !" in table(result)


def test_medians_and_spread():
    timing = Timing(4, [3.0, 1.0, 8.0])
    assert timing.row(6.0) == {
        "batch": 4,
        "median_ms": 3.0,
        "lowest_ms": 1.0,
        "highest_ms": 8.0,
        "of_forwards": 0.5,
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"names": ["alexnet"]}, "no network 'alexnet' to measure; accepted: lenet, vgg"),
        ({"repeats": 0}, "repeats is 0; accepted: 1 or more"),
        ({"steps": -1}, "steps is -1; accepted: 1 or more"),
    ],
)
def test_wrong_wishes_are_refused(options, message):
    with pytest.raises(SettingsError, match=message):
        bench(**options)


def test_command_prints_json(nobody_else, capsys, monkeypatch):
    monkeypatch.setattr("workbench.util.progress.EVERY_S", 3600)  # however slow this machine is
    assert main(["bench", "--quick", "--repeats", "1", "--steps", "3", "--json"]) == 0
    out, err = capsys.readouterr()
    result = json.loads(out)
    jsonschema.validate(result, SCHEMA)
    assert result["networks"][0]["steps"] == 3
    assert err == ""


@pytest.mark.parametrize("arguments", [["--networks", "alexnet"], ["--steps", "0"]])
def test_command_refuses_wrong_usage(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        main(["bench", *arguments])
    assert left.value.code == 2
    assert f"error: argument {arguments[0]}" in capsys.readouterr().err


@pytest.mark.slow
def test_warming_compiles_and_tells_how_long_it_took(monkeypatch, capsys):
    monkeypatch.setattr(bench_package, "WARM_NETWORKS", ("mlp",))
    told = []
    seconds, kept = warm(told.append)
    assert seconds > 0 and kept
    assert told == ["mlp: compiling its kernels"]
    assert main(["bench", "--warm"]) == 0
    assert "The kernels were compiled and cached in" in capsys.readouterr().out
    assert main(["bench", "--warm", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["seconds"] > 0 and told["kept"]


def test_kernels_that_cannot_be_kept_are_no_success(monkeypatch, capsys):
    monkeypatch.setattr(bench_package, "warm", lambda notify: (4.0, False))
    monkeypatch.setattr(kernels, "NOT_KEPT", "the disk is full")
    assert main(["bench", "--warm"]) == 1
    assert "in 4.0 s, but not cached: the disk is full. Set" in capsys.readouterr().err
