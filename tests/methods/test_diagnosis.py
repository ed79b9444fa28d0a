"""Advice: settings whose gain was measured, and none that was not."""

import math
from dataclasses import replace

import numpy as np
import pytest

import workbench as wb
from workbench.errors import SettingsError
from workbench.methods.advice import Adviser
from workbench.settings import Conversion, Simulation


@pytest.fixture(scope="module")
def lost(digits):
    network = wb.load("mlp")
    x, y = digits.x_train[1000:1150], digits.y_train[1000:1150]
    snn = wb.convert(network, digits.calibration)
    simulation = wb.Simulation(steps=4)
    table = wb.attribute(network, snn, x, y, simulation, calibration=digits.calibration)
    return network, digits, x, y, table


def test_a_gain_is_what_the_advised_settings_win(lost):
    network, digits, x, y, table = lost
    advised = table[table["advice"] != ""]
    assert len(advised) > 0
    for _, row in advised.iterrows():
        changes = eval(f"dict({row['advice']})")  # written by the package itself
        simulation = {name: changes.pop(name) for name in ("steps", "readout") if name in changes}
        snn = wb.convert(network, digits.calibration, wb.Conversion(**changes))
        run = wb.simulate(snn, x, wb.Simulation(**{"steps": 4, **simulation}))
        won = 100 * run.accuracy(y)["snn"].iloc[-1] - table.attrs["snn"]
        assert row["measured_gain"] == pytest.approx(won)
        assert row["measured_gain"] > 0


def test_progress_grows_to_the_end_and_may_end_the_work(lost):
    network, digits, x, y, _ = lost
    snn = wb.convert(network, digits.calibration)
    told = []
    ask = {"calibration": digits.calibration, "simulation": wb.Simulation(steps=4)}
    wb.attribute(network, snn, x[:60], y[:60], progress=lambda *at: told.append(at), **ask)
    done = [each for each, _ in told]
    assert done == sorted(done)
    assert told[-1][0] == told[-1][1] > 60

    class Enough(Exception):
        pass

    def stop(done, total):
        if done > 60:
            raise Enough

    with pytest.raises(Enough):
        wb.attribute(network, snn, x[:60], y[:60], progress=stop, **ask)


def test_there_is_no_advice_without_samples_to_measure_it_with(lost):
    network, digits, x, y, _ = lost
    snn = wb.convert(network, digits.calibration)
    table = wb.attribute(network, snn, x[:20], y[:20], wb.Simulation(steps=4))
    assert (table["advice"] == "").all()
    assert table["measured_gain"].isna().all()


def test_least_error_and_calibration_for_these_steps_are_tried():
    tried = []

    def measure(conversion, simulation):
        tried.append(conversion)
        raise SettingsError("not here")

    adviser = Adviser((Conversion(), Simulation(steps=6)), measure, 50.0, 1)
    assert adviser.best("unevenness") is None
    assert adviser.best("unevenness") is None  # what is refused is not measured again
    least = Conversion(normalization="mmse", per_channel=True, initial_potential=0.5)
    calibrated = replace(least, calibrate="potential", calibrate_steps=6)
    assert tried.count(least) == tried.count(calibrated) == 1
    tried.clear()
    # A calibration for other steps than those of the run is made for these.
    at_hand = replace(calibrated, calibrate_steps=4), Simulation(steps=6)
    Adviser(at_hand, measure, 50.0, 1).best("quantization")
    assert calibrated in tried
    tried.clear()
    Adviser((Conversion(), Simulation(steps=500)), measure, 50.0, 1).best("unevenness")
    assert least in tried and not any(each.simulates for each in tried)


def test_what_is_refused_or_does_not_help_is_not_advised():
    asked = []

    def measure(conversion, simulation):
        asked.append((conversion, simulation))
        if conversion.per_channel:
            raise SettingsError("not here")
        return 50.0 + (simulation.readout == "potential")

    adviser = Adviser((Conversion(), Simulation()), measure, 50.0, 1)
    best = adviser.best("quantization")
    assert best.text == "readout='potential'" and best.gain == 1.0
    before = len(asked)
    assert adviser.best("readout").text == "readout='potential'"
    assert len(asked) == before  # each is measured once
    assert adviser.best("pooling") is None
    worse = Adviser((Conversion(), Simulation()), measure, 50.0, -1)
    assert worse.best("readout") is None


def test_a_regression_is_told_in_its_error():
    rng = np.random.default_rng(0)
    from workbench.network.activation import Activation
    from workbench.network.dense import Dense
    from workbench.network.graph import Network, Node
    from workbench.network.structure import Input

    hidden = Dense(rng.normal(size=(3, 6)), None)
    out = Dense(rng.normal(size=(6, 1)), None)
    network = Network(
        "line",
        (
            Node("x", Input((3,))),
            Node("hidden", hidden, Activation.RELU, ("x",)),
            Node("out", out, Activation.LINEAR, ("hidden",)),
        ),
    )
    x = rng.random((60, 3)).astype(np.float32)
    y = network.forward(x) + 0.25
    snn = wb.convert(network, x)
    table = wb.attribute(network, snn, x, y, wb.Simulation(steps=4), calibration=x)
    assert table.attrs["unit"] == "mse"
    assert table.attrs["ann"] == pytest.approx(0.0625, rel=1e-4)
    run = wb.simulate(snn, x, wb.Simulation(steps=4))
    error = float(run.error(y)["mse"].iloc[-1])
    assert table.attrs["snn"] == pytest.approx(error)
    assert table["points"].sum() == pytest.approx(error - table.attrs["ann"])
    gains = table["measured_gain"].dropna()
    assert len(gains) > 0 and all(math.isfinite(gain) and gain > 0 for gain in gains)
