"""What leaves the package reads outputs below zero as the simulator does, or says it cannot."""

import subprocess
import sys

import numpy as np
import pytest

from exporters.export_cases import Stack, reference
from workbench.exporters import export
from workbench.network.activation import Activation
from workbench.settings import Simulation
from workbench.simulation import simulate
from workbench.util.optional import installed

X = np.random.default_rng(7).random((3, 8))


def regression(units=2, activation=Activation.LINEAR, **settings):
    stack = Stack((8,), seed=3).dense("hidden", 12)
    return stack.dense("output", units, activation).convert(**settings)


def script_results(target, network, tmp_path, steps=40, **options):
    """What a script prints and saves, and the simulator's run."""
    if not installed({"nest": "nest", "brian2": "brian2"}[target]):
        pytest.skip(f"{target} is not installed")
    report = export(network, target, tmp_path / "net", samples=X, **options)
    output = tmp_path / "spikes.npz"
    command = [sys.executable, report.files[0], "--samples", 3, "--steps", steps]
    done = subprocess.run(
        [*map(str, command), "--output", str(output)],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    with np.load(output) as saved:
        return done.stdout, dict(saved), simulate(network, X, Simulation(steps=steps))


@pytest.mark.parametrize(
    ("target", "units", "activation", "settings"),
    [
        ("brian2", 2, Activation.LINEAR, {}),
        ("nest", 1, Activation.TANH, {"initial_potential": 0.5}),
        ("nest", 3, Activation.SIGMOID, {"reset": "zero"}),
        ("nest", 3, Activation.SOFTMAX, {}),
        ("nest", 1, Activation.LINEAR, {"reset": "zero"}),
    ],
)
@pytest.mark.slow
def test_scripts_decode_what_the_simulator_does(target, units, activation, settings, tmp_path):
    network = regression(units, activation, **settings)
    read = {"reset": "on_off", "initial_potential": "membrane"}.get(next(iter(settings), ""))
    assert network.output.read == (read or ("" if units == 3 else "membrane"))
    text, saved, run = script_results(target, network, tmp_path)
    softmax = activation == Activation.SOFTMAX
    assert saved["outputs"] == pytest.approx(run.outputs(activation=not softmax))
    assert np.array_equal(saved["predictions"], run.predictions[:, -1])
    assert ("Outputs: [" in text) == (not softmax)


@pytest.mark.parametrize(
    ("units", "targets"),
    [
        (2, np.linspace(-1, 1, 6).reshape(3, 2)),
        pytest.param(2, [[3, -1], [0, 2], [1, 1]], marks=pytest.mark.slow),
        pytest.param(1, [4, -8, 0], marks=pytest.mark.slow),
    ],
)
def test_a_script_measures_targets(units, targets, tmp_path):
    network, targets = regression(units), np.array(targets, float).reshape(3, units)
    text, saved, _ = script_results("brian2", network, tmp_path, labels=targets)
    error = ((saved["outputs"] - targets) ** 2).mean()
    printed = next(line for line in text.splitlines() if line.startswith("Mean squared error:"))
    assert float(printed.split()[-1]) == pytest.approx(error, rel=1e-4)
    assert "Correct" not in text


def test_a_netx_chain_keeps_the_sign(tmp_path):
    pytest.importorskip("h5py")
    for settings, words in (({}, "probe the potentials"), ({"output_sign": "on_off"}, "less the")):
        network = regression(3, **settings)
        report = export(
            network, "loihi", tmp_path / "net", simulate=reference, samples=X, overwrite=True
        )
        assert any(words in note for note in report.notes)
        assert "3 of 3 (100.0%) with reset by subtraction" in report.parity.words


def test_a_graph_says_how_outputs_are_read(tmp_path, without_spikingjelly):
    pytest.importorskip("nir")
    for settings, words in (({}, "v_threshold times"), ({"output_sign": "on_off"}, "less the")):
        network = regression(**settings)
        report = export(
            network, "nir", tmp_path / "net", simulate=reference, parity_steps=20, overwrite=True
        )
        assert any(words in note for note in report.notes)
    plain = export(regression(activation=Activation.RELU), "nir", tmp_path / "plain")
    assert not any("keep their sign" in note for note in plain.notes)


def test_pynn_says_what_it_loses(tmp_path):
    report = export(regression(), "pynn", tmp_path / "net")
    assert any('output_sign="on_off"' in note for note in report.notes)
    kept = export(regression(reset="zero"), "pynn", tmp_path / "kept")
    assert not any("output_sign" in note for note in kept.notes)
