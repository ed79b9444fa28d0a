"""`wb.evaluate` gives what one simulation of the whole test set gives, a part at a time."""

import numpy as np
import pandas as pd
import pytest
from networks import convolution_network, dense_network

import workbench as wb
from workbench.errors import DataError, SettingsError
from workbench.sweeps import evaluate as module


@pytest.fixture(scope="module")
def network():
    return convolution_network()


@pytest.fixture(scope="module")
def data(network):
    rng = np.random.default_rng(2)
    x = rng.random((130, 5, 5, 1), np.float32)
    y = np.where(rng.random(130) < 0.1, 0, network.predictions(x))
    return wb.Dataset("random", x, y, x, y, calibration=x[:60])


@pytest.mark.parametrize("conversion", [wb.Conversion(), wb.Conversion(code="ttfs")])
def test_figures_are_those_of_one_run(network, data, conversion, monkeypatch):
    monkeypatch.setattr(module, "JOB_SAMPLES", 50)
    spiking = wb.convert(network, data.calibration, conversion)
    encoding = "constant" if conversion.code == "ttfs" else "poisson"
    simulation = wb.Simulation(steps=12, encoding=encoding, input_rate_hz=500, threads=1)
    said = []
    scores = wb.evaluate(
        spiking, data, simulation, ann=network, progress=lambda *now: said.append(now)
    )
    run = wb.simulate(spiking, data.x_test, simulation)
    last = run.accuracy(data.y_test, ann=network).iloc[-1]
    cost = run.operations().sum()
    assert said[-1] == (130, 130) and scores["samples"] == 130
    assert scores["accuracy"] == last["snn"] and scores["undecided"] == last["undecided"]
    assert scores["ann"] == pytest.approx(last["ann"])
    assert scores["agreement"] == (run.predictions() == network.predictions(data.x_test)).mean()
    for name, column in {"synops": "synops", "energy": "energy_memory_pj"}.items():
        assert scores[name] == pytest.approx(cost[column])
    alone = wb.evaluate(spiking, data, simulation, samples=70)
    assert alone["samples"] == 70 and np.isnan(alone[["ann", "agreement", "loss", "latency"]]).all()


def test_jobs_of_large_networks_have_fewer_samples(network, data, monkeypatch):
    spiking = wb.convert(network, data.calibration)
    macs = sum(projection.macs for projection in spiking.projections)
    simulation, said = wb.Simulation(steps=3, threads=1), []
    assert spiking.macs == macs > 0
    monkeypatch.setattr(module, "JOB_MACS", 40.5 * macs * 3)
    scores = wb.evaluate(spiking, data, simulation, progress=lambda *now: said.append(now[0]))
    assert said == [40, 80, 120, 130]
    monkeypatch.setattr(module, "JOB_MACS", 0)
    few = wb.evaluate(spiking, data, simulation, samples=3, progress=lambda *now: said.append(now))
    assert said[4:] == [(1, 3), (2, 3), (3, 3)] and few["samples"] == 3
    monkeypatch.undo()
    pd.testing.assert_series_equal(scores, wb.evaluate(spiking, data, simulation))


def test_without_labels_the_analog_network_says_what_is_right(network, data):
    spiking = wb.convert(network, data.calibration)
    bare = wb.Dataset("bare", data.x_train, None, data.x_test, None, calibration=data.calibration)
    scores = wb.evaluate(spiking, bare, wb.Simulation(steps=5, threads=1), ann=network)
    assert scores["accuracy"] == scores["agreement"] and scores["ann"] == 1
    with pytest.raises(DataError, match=r"bare\.y_test is missing; accepted: labels, or"):
        wb.evaluate(spiking, bare)


def test_other_things_are_refused_by_name(network, data):
    spiking = wb.convert(network, data.calibration)
    with pytest.raises(DataError, match="A Network cannot be evaluated; accepted: a spiking"):
        wb.evaluate(network, data)
    with pytest.raises(DataError, match="data is a ndarray; accepted: a data set"):
        wb.evaluate(spiking, data.x_test)
    with pytest.raises(DataError, match="ann is a str; accepted: the analog network"):
        wb.evaluate(spiking, data, ann="net")
    with pytest.raises(SettingsError, match="part is 'all'; accepted: 'train'"):
        wb.evaluate(spiking, data, part="all")
    with pytest.raises(SettingsError, match="samples is 0; accepted: an integer from 1"):
        wb.evaluate(spiking, data, samples=0)
    for samples in (-5, 2.5, "10", True):
        with pytest.raises(SettingsError, match=f"samples is {samples!r}; accepted: an integer"):
            wb.evaluate(spiking, data, samples=samples)
    with pytest.raises(SettingsError, match=r"simulation is 'x'; accepted: wb\.Simulation\("):
        wb.evaluate(spiking, data, "x")
    with pytest.raises(SettingsError, match="simulation is a Conversion; accepted"):
        wb.evaluate(spiking, data, wb.Conversion())
    line = dense_network([[0.5], [0.2]], name="line")
    x = np.random.default_rng(0).random((20, 2), np.float32)
    sums = wb.Dataset("sums", x, x.sum(1, keepdims=True), x, x.sum(1, keepdims=True))
    with pytest.raises(DataError, match="is a regression; accepted: networks of classes"):
        wb.evaluate(wb.convert(line, x), sums)
