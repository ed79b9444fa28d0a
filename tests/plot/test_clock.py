"""Time is in steps or milliseconds, and in windows where it is continuous, wherever it is told."""

import numpy as np
import pytest
from bokeh.models import LinearAxis, Title

import workbench as wb
from workbench.plot.clock import UNITS, Clock


@pytest.mark.parametrize(
    ("units", "windows", "label", "scale", "rate", "rate_scale"),
    [
        ("steps", 0, "time (steps)", 1.0, "rate (spikes/step)", 1.0),
        ("ms", 0, "time (ms)", 0.5, "rate (Hz)", 2000.0),
        ("steps", 4, "time (windows)", 0.04, "rate (spikes/window)", 25.0),
        ("ms", 4, "time (windows)", 0.04, "rate (spikes/window)", 25.0),
    ],
)
def test_axes_have_one_unit(units, windows, label, scale, rate, rate_scale):
    clock = Clock(0.5, windows)
    assert (clock.label(units), clock.scale(units)) == (label, scale)
    assert (clock.rate_label(units), clock.rate_scale(units)) == (rate, rate_scale)
    assert clock.unit(units) in label and clock.rate_unit(units) in rate


def test_sentences_and_tables_have_the_same_unit():
    steps, slices = Clock(0.5), Clock(0.5, 3)
    assert (steps.lasts(1), steps.lasts(2000), steps.at(7)) == ("1 step", "2,000 steps", "step 7")
    assert (slices.lasts(100), slices.lasts(5)) == ("3 windows", "0.15 windows")
    assert slices.at(75) == "window 2.25"
    assert list(steps.columns(np.array([4]))) == ["time_steps", "time_ms"]
    assert slices.columns(np.array([50]))["time_windows"] == [1.5]
    assert list(steps.rate_columns(np.ones(1))) == ["mean_rate_spikes_per_step", "mean_rate_hz"]
    rates = slices.rate_columns(np.array([0.03]))
    assert rates["mean_rate_spikes_per_window"] == pytest.approx([1.0])


@pytest.fixture(scope="module")
def run(digits):
    network = wb.load("mlp")
    snn = wb.convert(network, digits.calibration, wb.Conversion(code="ttfs"))
    return wb.simulate(snn, digits.x_test[:3], wb.Simulation(record="all", record_potentials="all"))


@pytest.mark.parametrize("units", UNITS)
def test_figures_of_continuous_time_are_in_windows(units, run, digits):
    y = digits.y_test[:3]
    figures = {
        "raster": wb.plot.raster(run, units=units),
        "rates": wb.plot.rates(run, units=units),
        "race": wb.plot.output_race(run, units=units),
        "accuracy": wb.plot.accuracy(run, y, units=units),
        "potentials": wb.plot.potentials(run, "dense1", units=units),
        "operations": wb.plot.operations(run, units=units),
    }
    for name, figure in figures.items():
        labels = [axis.axis_label for axis in figure.select({"type": LinearAxis})]
        timed = [label for label in labels if label and label.startswith("time (")]
        assert timed == [figure.xaxis[0].axis_label], name
        assert timed[0].startswith("time (windows)"), name
        assert 3 <= figure.x_range.end <= 3.6, name
    assert figures["rates"].xaxis.axis_label == "time (windows), mean of 0.15 windows"
    titles = [title.text for title in figures["raster"].select({"type": Title})]
    assert any("in 3 windows" in title for title in titles), titles
    histogram = wb.plot.rate_histogram(run, layers="dense1", units=units)
    labels = {axis.axis_label for axis in histogram.select({"type": LinearAxis})}
    assert "rate (spikes/window)" in labels
