from __future__ import annotations

import numpy as np
import pytest
from networks import dense_network
from runs import ANALOG, X, Y, simulated, source

import workbench as wb
from workbench.plot.compared_bars import MOST_BARS, ComparedBars, shares_right


def test_bars_are_the_shares_of_the_confusion_matrix() -> None:
    run = simulated()
    labels = np.array([0, 1, 2, 0, 1, 1])
    figure = run.plot.class_accuracy(labels, ANALOG, classes=("a", "b", "c", "d")).figure
    bars = source(figure, "compared")
    table = run.confusion(labels).to_numpy()
    assert bars["name"] == ["a", "b", "c"]  # no sample is a d
    assert bars["snn"].tolist() == (np.diag(table)[:3] / table.sum(axis=1)[:3]).tolist()
    analog = ANALOG.predictions(X)
    assert bars["ann"].tolist() == [(analog[labels == c] == c).mean() for c in range(3)]
    assert bars["samples"].tolist() == [2, 3, 1]


def test_without_the_analog_network_the_legend_does_not_name_it() -> None:
    figure = simulated().plot.class_accuracy(Y).figure
    assert [item.label.value for item in figure.legend[0].items] == ["SNN"]


def test_of_many_classes_the_worst_are_shown_in_order() -> None:
    shares = np.linspace(0, 1, 200)[np.random.default_rng(0).permutation(200)]
    bars = ComparedBars()
    bars.show_accuracy(list(map(str, range(200))), shares, shares, np.ones(200, int))
    shown = bars.bars.data["number"]
    assert len(shown) == MOST_BARS
    assert sorted(shares[shown]) == sorted(shares)[:MOST_BARS]
    assert np.all(np.diff(shown) > 0)


def test_classes_may_have_the_same_name() -> None:
    bars = ComparedBars()
    bars.show_accuracy(("x", "x"), np.ones(2), np.ones(2), np.ones(2, int))
    assert len(bars.figure.yaxis[0].ticker.ticks) == 2


def test_a_class_without_samples_has_no_share() -> None:
    snn, ann, samples = shares_right(np.array([0, -1]), None, np.array([0, 0]), 2)
    assert snn[0] == 0.5 and np.isnan(snn[1]) and np.isnan(ann).all()
    assert samples.tolist() == [2, 0]


def test_errors_of_outputs_are_root_mean_squares() -> None:
    network = dense_network([[1.0, -2.0], [-1.0, 0.5], [0.3, -1.0]], name="lines")
    x = np.random.default_rng(0).random((9, 3), np.float32)
    run = wb.simulate(wb.convert(network, x), x, wb.Simulation(steps=30))
    targets = network.forward(x) + 0.25
    bars = source(run.plot.output_errors(targets, network, names=("left", "right")).figure,
                  "compared")  # fmt: skip
    assert bars["ann"] == pytest.approx([0.25, 0.25], abs=1e-5)
    expected = np.sqrt(((run.outputs() - targets) ** 2).mean(axis=0))
    assert bars["snn"] == pytest.approx(expected)
    assert bars["name"] == ["left", "right"]
