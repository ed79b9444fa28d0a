"""The exported script, run in a process of its own, against the written semantics: ``==``."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from exporters.export_cases import (
    CASES,
    flat,
    max_pooling,
    own_potentials,
    pooled_input,
    reference,
)
from script_runs import run_scripts

from workbench.exporters import export

pytest.importorskip("brian2", reason="the script needs brian2")

VARIANTS = [
    ("convolutions", {"reset": "zero", "initial_potential": 0.5, "percentile": 90.0}),
    ("pooled_input", {"reset": "modulo", "threshold": 0.3, "thresholds": {"output": 0.7}}),
    *(
        pytest.param(case, settings, marks=pytest.mark.slow)
        for case, settings in (
            ("convolutions", {}),
            ("residual", {"initial_potential": -0.25, "per_channel": True}),
            ("max_pooling", {"max_pool": "exact", "percentile": 80.0}),
            ("steps", {}),
            ("max_pooling", {}),
            ("flat", {"resolution_bits": 8, "reset": "modulo", "percentile": 60.0}),
            ("rearranged", {"percentile": 80.0}),
            ("signed", {"reset": "zero", "percentile": 80.0}),
        )
    ),
]
"""Each starts a process; by default one for each way of connecting and of resetting to less."""


@pytest.mark.parametrize(("case", "settings"), VARIANTS)
def test_spikes_equal_the_semantics(case, settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_spikes(CASES[case]().convert(**settings))


@pytest.mark.slow
def test_neurons_start_from_potentials_of_their_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_spikes(own_potentials(CASES["residual"]().convert()))


def check_spikes(network):
    x = np.random.default_rng(7).random((3, *network.input_shape)) * 1.2
    report = export(network, "brian2", "net", simulate=reference, samples=x, parity_steps=25)
    # The exporter compares every spike and raises where one differs.
    assert report.parity.status == "exact", report.parity
    expected = reference(network, x, 25)
    total = sum(len(unit) for _, _, unit in expected.values())
    assert f"simulator's {total:,} spikes" in report.parity.words
    assert all(len(unit) for _, _, unit in expected.values()), "a silent layer shows nothing"


def run_script(report, *arguments):
    command = [sys.executable, report.files[0], *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=report.files[0].parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.slow
def test_the_script_alone_prints_predictions_and_accuracy(tmp_path):
    network = flat().convert()
    x = np.random.default_rng(7).random((6, 12))
    report = export(network, "brian2", tmp_path / "net", samples=x, labels=np.zeros(6, int))
    output = tmp_path / "spikes.npz"
    done = run_script(report, "--samples", 4, "--steps", 30, "--output", output)
    assert done.returncode == 0, done.stderr
    expected = reference(network, x[:4], 30)
    with np.load(output) as spikes:
        for name, events in expected.items():
            for what, values in zip(("sample", "step", "unit"), events, strict=True):
                assert np.array_equal(spikes[f"{name}_{what}"], values)
        counts = np.zeros((4, 4), int)
        np.add.at(counts, (expected["output"][0], expected["output"][2]), 1)
        best = counts.max(axis=1)
        predictions = spikes["predictions"]
        assert (counts[np.arange(4), predictions] == best)[best > 0].all()
        assert (predictions[best == 0] == -1).all()
        correct = int((predictions == 0).sum())
    assert f"Correct: {correct} of 4" in done.stdout


@pytest.mark.slow
def test_several_inputs_may_be_given_one_by_one_or_side_by_side(tmp_path):
    parts = (("left", (2, 3)), ("right side", (6,)))
    network = dataclasses.replace(flat().convert(), input_parts=parts)
    left, right = np.random.default_rng(7).random((2, 4, 6))
    given = {"left": left.reshape(4, 2, 3), "right side": right}
    report = export(network, "brian2", tmp_path / "net", samples=given)
    assert "the arrays left (samples, 2, 3), right side (samples, 6)" in report.files[0].read_text()
    expected = reference(network, np.concatenate([left, right], axis=1), 20)
    np.savez(tmp_path / "parts.npz", y=[0, 1, 2, 3], **given)
    np.savez(tmp_path / "wrong.npz", **(given | {"left": right}))
    outputs = [tmp_path / f"spikes{number}.npz" for number in range(2)]
    script, steps = report.files[0], ("--steps", 20, "--output")
    *right_ones, done = run_scripts(
        tmp_path,
        [
            (script, *steps, outputs[0]),
            (script, *steps, outputs[1], "--input", tmp_path / "parts.npz"),
            (script, "--input", tmp_path / "wrong.npz"),
        ],
    )
    for number, (one, output) in enumerate(zip(right_ones, outputs, strict=True)):
        assert one.returncode == 0, one.stderr
        assert ("Correct" in one.stdout) == bool(number)
        with np.load(output) as spikes:
            for name, events in expected.items():
                assert np.array_equal(spikes[f"{name}_unit"], events[2])
    assert "left has shape (4, 6); it takes (samples, *(2, 3))." in done.stderr


@pytest.mark.parametrize("build", [pooled_input, max_pooling])
@pytest.mark.slow
def test_random_input_spikes_are_the_simulators(build, tmp_path):
    network = build().convert()
    x = np.random.default_rng(7).random((2, *network.input_shape)).astype(np.float32)
    x[1] = 0  # No input spike at all.
    report = export(network, "brian2", tmp_path / "net", samples=x)
    output = tmp_path / "spikes.npz"
    arguments = ("--encoding", "poisson", "--input-rate-hz", 400, "--dt-ms", 0.5, "--seed", 3)
    done = run_script(report, *arguments, "--steps", 40, "--output", output)
    assert done.returncode == 0, done.stderr

    def draw(sample):
        encoded = np.rint(x[sample].astype(float) / network.input_scale * 4096).reshape(-1)
        generator = np.random.Generator(np.random.Philox(key=[3, sample]))
        chance = (encoded * (0.2 / 4096)).astype(np.float32)
        return generator.random((40, encoded.size), np.float32) < chance, round(4096 / 0.2)

    expected = reference(network, x, 40, draw)
    with np.load(output) as spikes:
        for name, events in expected.items():
            for what, values in zip(("sample", "step", "unit"), events, strict=True):
                assert np.array_equal(spikes[f"{name}_{what}"], values), name


def test_the_script_says_what_it_misses(tmp_path):
    script = export(flat().convert(), "brian2", tmp_path / "net").files[0]
    np.savez(tmp_path / "shape.npz", x=np.zeros((2, 5)))
    np.savez(tmp_path / "other.npz", other=np.zeros((2, 12)))
    np.save(tmp_path / "wrong.npy", np.zeros((2, 12)))
    unreadable = ("missing.npz", "wrong.npy", script.name)
    given = [tmp_path / file for file in ("shape.npz", "other.npz", *unreadable)]
    nowhere = ("--samples", 1, "--steps", 2, "--output", tmp_path / "none" / "s.npz")
    commands = [*((script, "--input", path) for path in given), (script, *nowhere)]
    shape, other, *rest, unwritten = run_scripts(tmp_path, commands)
    assert "Samples have shape (2, 5); the network takes (samples, *(12,))" in shape.stderr
    assert "other.npz holds no samples; it needs an array x (and maybe labels y)" in other.stderr
    for file, done in zip(unreadable, rest, strict=True):
        assert done.returncode == 1
        assert done.stderr.startswith(f"Cannot read samples from {tmp_path / file}: ")
    assert unwritten.returncode == 1
    assert unwritten.stderr.splitlines()[-1].startswith("Cannot write the spikes: ")


@pytest.mark.slow
def test_the_script_runs_as_it_is_and_saves_spikes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    network = flat().convert()
    report = export(network, "brian2", "my net")
    assert any("draws random ones" in note for note in report.notes)
    assert report.run == "python 'my net.py' --samples 5 --steps 100"
    done = subprocess.run(
        report.run.replace("python", sys.executable, 1),
        shell=True, capture_output=True, text=True, check=True, timeout=500,
    )  # fmt: skip
    assert "The export holds no samples: these are random." in done.stdout
    assert "Spikes written to my net_spikes.npz" in done.stdout
    x = np.random.default_rng(0).random((5, 12)) * network.input_scale
    with np.load("my net_spikes.npz") as spikes:
        for name, events in reference(network, x, 100).items():
            for what, values in zip(("sample", "step", "unit"), events, strict=True):
                assert np.array_equal(spikes[f"{name}_{what}"], values)


def test_the_script_is_valid_for_odd_network_names(tmp_path):
    network = flat().convert()
    object.__setattr__(network, "name", 'odd """ \\name')
    report = export(network, "brian2", tmp_path / "odd 'name\"")
    compile(report.files[0].read_text(encoding="utf-8"), "script", "exec")


@pytest.mark.slow
def test_compiled_spikes_are_the_same(tmp_path):
    network = max_pooling().convert()
    x = np.random.default_rng(7).random((2, *network.input_shape))
    report = export(network, "brian2", tmp_path / "net", samples=x)
    output = tmp_path / "spikes.npz"
    done = run_script(report, "--standalone", "--steps", 20, "--output", output)
    assert done.returncode == 0, done.stderr
    with np.load(output) as spikes:
        for name, events in reference(network, x, 20).items():
            assert np.array_equal(spikes[f"{name}_unit"], events[2])
            assert np.array_equal(spikes[f"{name}_step"], events[1])
