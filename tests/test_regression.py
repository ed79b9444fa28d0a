"""Trained regressions and heads of negative logits, from Keras to spikes and back to values."""

import json
import subprocess
import sys

import numpy as np
import pytest

import workbench as wb
from workbench.cli.main import main
from workbench.errors import DataError
from workbench.ingest.keras import import_keras

keras = import_keras()
layers = keras.layers


@pytest.fixture(scope="module")
def waves():
    """A model of two outputs that take both signs, its samples, and its own outputs."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 1, (300, 2)).astype("f4")
    first = np.sin(6 * x[:, 0]) * np.cos(3 * x[:, 1])
    y = np.stack([5 * first, first - 0.5], axis=1).astype("f4")
    hidden = [layers.Dense(32, activation="relu") for _ in range(2)]
    model = keras.Sequential([keras.Input((2,)), *hidden, layers.Dense(2)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(x, y, epochs=15, verbose=0)
    return model, x, y, model.predict(x, verbose=0)


@pytest.fixture(scope="module")
def network(waves):
    return wb.load(waves[0])


def worst(run, expected):
    return np.abs(run.outputs() - expected).max()


@pytest.mark.parametrize("readout", ["counts", "potential"])
@pytest.mark.parametrize("sign", ["membrane", "on_off"])
def test_values_converge_to_keras_as_one_over_steps(waves, network, sign, readout):
    _, x, _, expected = waves
    settings = wb.Conversion(percentile=100, initial_potential=0.5, output_sign=sign)
    spiking = wb.convert(network, x, settings)
    errors = {}
    for steps in (50, 200, 800):
        run = wb.simulate(spiking, x[:60], wb.Simulation(steps=steps, readout=readout))
        errors[steps] = worst(run, expected[:60])
        assert run.outputs().min() < -1
        assert run.outputs().shape == run.output_errors().shape == (60, 2)
        # The state of neurons holds some spikes; what they carry away is right.
        assert errors[steps] < 12 * run.output_errors().max()
    assert errors[800] < errors[200] / 2 < errors[50] / 4


def test_correlations_compare_true_outputs(waves, network):
    _, x, _, expected = waves
    spiking = wb.convert(network, x)
    run = wb.simulate(spiking, x, wb.Simulation(steps=300, record="all"))
    row = run.correlations(network).set_index("layer").loc[spiking.output.name]
    decoded = spiking.decode("output", run.output_counts, 300)
    assert decoded.min() < -1
    assert row["correlation"] == pytest.approx(
        np.corrcoef(decoded.ravel(), expected.ravel())[0, 1], abs=0.01
    )
    scale = float(np.mean(spiking.output.scale))
    assert row["mean_error"] == pytest.approx(np.abs(decoded - expected).mean() / scale, abs=0.01)
    none = wb.convert(network, x, wb.Conversion(output_sign="none"))
    lost = wb.simulate(none, x, wb.Simulation(steps=300, record="all"))
    assert lost.correlations(network).iloc[-1].correlation < row["correlation"] - 0.05


def test_the_error_falls_to_that_of_the_network(waves, network):
    _, x, y, expected = waves
    run = wb.simulate(wb.convert(network, x), x, wb.Simulation(steps=200))
    table = run.error(y, ann=network)
    assert table.columns.tolist() == ["mse", "r2", "ann_mse", "ann_r2"]
    last = table.iloc[-1]
    assert last.ann_mse == pytest.approx(((expected - y) ** 2).mean(), rel=1e-4)
    assert last.mse == pytest.approx(((run.outputs() - y) ** 2).mean())
    assert last.r2 == pytest.approx(last.ann_r2, abs=0.03)
    assert table.mse.iloc[5] > last.mse
    assert run.error(y).columns.tolist() == ["mse", "r2"]


def test_targets_and_networks_that_do_not_fit_are_refused(waves, network):
    _, x, y, _ = waves
    run = wb.simulate(wb.convert(network, x), x[:5], wb.Simulation(steps=3))
    with pytest.raises(DataError, match=r"Targets have shape \(5,\).*\(5, 2\)"):
        run.error(y[:5, 0])
    with pytest.raises(DataError, match=r"ann is a float; accepted: the analog network"):
        run.error(y[:5], ann=0.5)


@pytest.mark.slow
def test_the_command_measures_error(waves, tmp_path, capsys):
    model, x, y, _ = waves
    model.save(tmp_path / "waves.keras")
    np.savez(tmp_path / "waves.npz", x=x, y=y)
    arguments = [str(tmp_path / "waves.keras"), "--data", str(tmp_path / "waves.npz")]
    assert main(["run", *arguments, "--steps", "100", "--samples", "50", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert 0 < told["mse"] < 2
    assert told["r2"] == pytest.approx(told["ann_r2"], abs=0.1)
    assert "accuracy" not in told
    assert main(["run", *arguments, "--steps", "20", "--output-sign", "on_off"]) == 0
    text = capsys.readouterr().out
    assert "\nmse " in text
    assert "\nann r2 " in text
    # The export takes the targets, and its script measures with them.
    assert main(["export", arguments[0], "builtin", str(tmp_path / "out"), *arguments[1:]]) == 0
    capsys.readouterr()
    done = subprocess.run(
        [sys.executable, tmp_path / "out.py"], capture_output=True, text=True, check=True
    )
    assert "Outputs: [" in done.stdout


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_outputs_behind_an_activation_have_its_units(activation):
    keras.utils.set_random_seed(3)
    x = np.random.default_rng(1).uniform(0, 1, (100, 4)).astype("f4")
    hidden = layers.Dense(16, activation="relu")
    model = keras.Sequential([keras.Input((4,)), hidden, layers.Dense(3, activation=activation)])
    settings = wb.Conversion(percentile=100, initial_potential=0.5)
    spiking = wb.convert(wb.load(model), x, settings)
    run = wb.simulate(spiking, x[:20], wb.Simulation(steps=500))
    expected = model.predict(x[:20], verbose=0)
    assert worst(run, expected) < 0.01
    assert (run.predictions() == expected.argmax(axis=1)).mean() >= 0.9


def test_images_are_outputs_too():
    keras.utils.set_random_seed(5)
    x = np.random.default_rng(2).uniform(0, 1, (30, 6, 5, 1)).astype("f4")
    convolutions = [
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.Conv2D(2, 3, padding="same"),
    ]
    model = keras.Sequential([keras.Input((6, 5, 1)), *convolutions])
    network = wb.load(model)
    expected = network.forward(x[:4])
    for sign in ("membrane", "on_off"):
        settings = wb.Conversion(percentile=100, initial_potential=0.5, output_sign=sign)
        run = wb.simulate(wb.convert(network, x, settings), x[:4], wb.Simulation(steps=300))
        assert run.outputs().shape == (4, 6, 5, 2)
        assert worst(run, expected) < 0.03 * np.abs(expected).max()
        assert run.error(expected).iloc[-1].mse < 1e-3


def test_negative_logits_leave_no_sample_undecided():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).uniform(0, 1, (200, 12)).astype("f4")
    y = x[:, :3].argmax(1)
    hidden, head = layers.Dense(32, activation="relu"), layers.Dense(3, activation="softmax")
    model = keras.Sequential([keras.Input((12,)), hidden, head])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=10, verbose=0)
    head.bias.assign(head.bias - 25.0)
    network = wb.load(model)
    spiking = wb.convert(network, x)
    last = wb.simulate(spiking, x).accuracy(y, ann=network).iloc[-1]
    assert last.undecided == 0
    assert last.snn > last.ann - 0.05
    assert "shift logits" in spiking.report["steps"].iloc[-1]
