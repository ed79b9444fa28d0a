from __future__ import annotations

import numpy as np
import pytest
from networks import dense_network

from workbench import datasets, workflow
from workbench.plot.accuracy_curve import AccuracyPlot
from workbench.plot.error_curve import error_columns, top_of
from workbench.plot.output_bars import OutputsPlot
from workbench.settings import Conversion, Simulation
from workbench.ui.panels.answer import value_words
from workbench.ui.session.code import reproducing_code
from workbench.ui.session.pipeline import Pipeline
from workbench.ui.session.request import Request
from workbench.ui.session.results import Accuracy, Errors, SampleRun

X = np.random.default_rng(0).random((40, 3)).astype(np.float32)
NETWORK = dense_network([[1.0, -2.0], [-1.0, 0.5], [0.3, -1.0]], name="lines")
Y = NETWORK.forward(X) + 0.1
DATA = datasets.from_arrays(X, Y, name="lines")


def results() -> dict[str, object]:
    asked = Request(NETWORK, DATA, Conversion(), Simulation(steps=40), 2, 25)
    return dict(Pipeline().run(asked, lambda: False))


def test_a_regression_is_measured_by_its_error() -> None:
    last = results()
    found, status = last["accuracy"], last["status"]
    assert isinstance(found, Errors)
    data, spiking = DATA, workflow.convert(NETWORK, DATA.calibration)
    run = workflow.simulate(spiking, data.x_test[:25], Simulation(steps=40))
    table = run.error(data.y_test[:25], ann=NETWORK)
    assert found.mse == pytest.approx(table["mse"].to_numpy())
    assert found.r2 == pytest.approx(table["r2"].to_numpy())
    assert found.ann_mse == pytest.approx(table["ann_mse"].iloc[-1])
    assert "Mean squared error" in status.text  # type: ignore[attr-defined]
    assert "R²" in found.words
    assert "Accuracy" not in status.text  # type: ignore[attr-defined]


def test_outputs_of_single_samples_are_kept() -> None:
    found = results()["accuracy"]
    assert isinstance(found, Errors) and found.answers is not None
    spiking = workflow.convert(NETWORK, DATA.calibration)
    run = workflow.simulate(spiking, DATA.x_test[:25], Simulation(steps=40))
    assert found.answers.snn == pytest.approx(run.outputs(), abs=1e-5)
    assert found.answers.ann == pytest.approx(NETWORK.forward(DATA.x_test[:25]), abs=1e-5)
    assert found.answers.targets == pytest.approx(DATA.y_test[:25], abs=1e-5)


@pytest.mark.parametrize("readout", ["counts", "potential"])
def test_answers_to_single_samples_are_those_of_a_run(readout: str) -> None:
    """Windows of steps tell when an answer came to stay as the table of all steps does."""
    network = workflow.load("counting")
    data = datasets.load("mnist14")
    settings = Simulation(steps=37, readout=readout)  # type: ignore[arg-type]
    asked = Request(network, data, Conversion(), settings, 0, 60)
    found = dict(Pipeline().run(asked, lambda: False))["accuracy"]
    assert isinstance(found, Accuracy) and found.answers is not None
    answers = found.answers
    spiking = workflow.convert(network, data.calibration)
    run = workflow.simulate(spiking, data.x_test[:60], settings)
    steps = run.recording.predictions
    assert answers.snn.tolist() == steps[:, -1].tolist()
    assert answers.ann.tolist() == network.predictions(data.x_test[:60]).tolist()
    for row, since in zip(steps, answers.decided, strict=True):
        others = np.flatnonzero(row != row[-1])
        expected = 1 + (others[-1] + 1 if len(others) else 0)
        assert since == (expected if row[-1] >= 0 else 0)
    if readout == "counts":
        two = np.sort(run.output_counts, axis=1)[:, -2:]
        assert answers.margin.tolist() == (two[:, 1] - two[:, 0]).tolist()


def test_what_is_measured_is_kept_for_another_sample() -> None:
    network, data, pipeline = workflow.load("counting"), datasets.load("mnist14"), Pipeline()

    def found(sample: int, steps: int) -> Accuracy:
        asked = Request(network, data, Conversion(), Simulation(steps=steps), sample, 20)
        accuracy = dict(pipeline.run(asked, lambda: False))["accuracy"]
        assert isinstance(accuracy, Accuracy) and accuracy.asked is asked
        return accuracy

    first, other, longer = found(0, 9), found(3, 9), found(3, 10)
    assert other.answers is first.answers
    assert longer.answers is not first.answers


def test_rows_of_probabilities_are_labels() -> None:
    classes = NETWORK.predictions(X)
    found = []
    for y in (classes, 0.9 * np.eye(2)[classes] + 0.05):
        data = datasets.from_arrays(X, y, name="soft")
        asked = Request(NETWORK, data, Conversion(), Simulation(steps=20), 0, 25)
        found.append(dict(Pipeline().run(asked, lambda: False))["accuracy"])
    assert all(isinstance(accuracy, Accuracy) for accuracy in found)
    assert found[0].snn.tolist() == found[1].snn.tolist()  # type: ignore[attr-defined]


def test_the_sample_has_values_instead_of_a_class() -> None:
    run = results()["sample_run"]
    assert isinstance(run, SampleRun)
    assert run.targets == pytest.approx(DATA.y_test[2])
    assert run.analog_outputs == pytest.approx(DATA.y_test[2] - 0.1, abs=1e-5)
    assert run.outputs == pytest.approx(run.analog_outputs, abs=0.1)
    assert run.true_class == -1
    plot = OutputsPlot()
    plot.update(run)
    assert plot.bars.data["top"] == run.outputs.tolist()
    assert plot.figure.y_range.start < min(0, *run.outputs)
    assert plot.figure.yaxis[0].axis_label == "decoded value"
    assert plot.marks.data["text"] == ["ANN", "true"] * 2
    assert len(plot.levels.data["y"]) == 4


def test_the_plot_shows_errors_and_shares_in_turn() -> None:
    errors = Errors(
        np.array([90.0, 2.0, 0.5]), np.zeros(3), np.arange(1, 4), 0.4, 0.9, 4.0, 25, 10, 2.0
    )
    plot = AccuracyPlot()
    plot.update(errors)
    assert plot.figure.yaxis[0].axis_label == "mean squared error"
    assert plot.figure.y_range.end == top_of(errors) == pytest.approx(6.3)
    assert plot.curve.data["undecided"].tolist() == [4, 4, 4]
    assert error_columns(errors, "ms")["x"].tolist() == [2, 4, 6]
    labels = [item.label.value for item in plot.figure.legend[0].items]
    assert labels == ["ANN", "R² = 0", "SNN"]
    plot.update(Accuracy(np.ones(3), np.zeros(3), 1.0, 200, 3, 2.0))
    assert plot.figure.y_range.end == 1.03
    assert plot.figure.yaxis[0].axis_label == "share of 200 samples"
    assert [item.label.value for item in plot.figure.legend[0].items][1] == "undecided"


def test_targets_that_do_not_vary_have_no_r2() -> None:
    errors = Errors(
        np.array([0.0]), np.array([np.nan]), np.array([1]), 0.0, np.nan, 0.0, 25, 10, 2.0
    )
    assert "R²" not in errors.words
    assert top_of(errors) == 1


def test_the_lines_of_python_ask_for_the_error() -> None:
    loaded = results()["loaded"]
    code = reproducing_code(
        NETWORK, DATA, Conversion(), Simulation(), sample=0, test_samples=9, loaded=loaded,
    )  # type: ignore[arg-type]  # fmt: skip
    assert "run.error(y, network)" in code
    assert "run.outputs()" in code
    assert "accuracy" not in code


def test_a_few_values_are_told() -> None:
    assert value_words(np.array([1.23456, -2.0])) == "1.23, -2"
    assert value_words(np.zeros(4)) == "0, 0, 0 …"
    assert value_words(None) == "unknown"
