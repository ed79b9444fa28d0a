"""Runs as xarray's labelled arrays and neo's spike trains."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from networks import convolution_network

import workbench as wb
from workbench.errors import DataError

xarray = pytest.importorskip("xarray", reason="xarray is not installed")
neo = pytest.importorskip("neo", reason="neo is not installed")

X = np.random.default_rng(0).random((4, 5, 5, 1), np.float32)
ANALOG = convolution_network()


@pytest.fixture(scope="module")
def run() -> Any:
    snn = wb.convert(ANALOG, X, wb.Conversion(signed_neurons=True, initial_potential=0.5))
    settings = wb.Simulation(steps=15, dt_ms=0.5, record="all", record_potentials=("conv",))
    return wb.simulate(snn, X, settings)


def test_labelled_arrays_are_the_tables(run: Any) -> None:
    data = run.to_xarray()
    assert isinstance(data, xarray.Dataset)
    assert np.array_equal(data["predictions"].sel(step=15), run.predictions())
    assert np.array_equal(data["outputs"], run.outputs())
    assert data["counts_conv"].dims == ("sample", "conv_axis_0", "conv_axis_1", "conv_axis_2")
    assert np.array_equal(data["counts_conv"], run.counts("conv"))
    assert np.array_equal(data["potentials_conv"], run.potentials("conv"))
    assert data["time_ms"].sel(step=4) == 2.0
    rates = run.rates().set_index(["layer", "step"])["mean_rate"]
    assert float(data["rates"].sel(layer="conv", step=7)) == rates["conv", 7]
    assert wb.Simulation.from_toml(data.attrs["settings"]) == run.recording.settings


def test_spike_trains_are_the_events(run: Any) -> None:
    block = run.to_neo()
    assert [segment.name for segment in block.segments] == [f"sample {i}" for i in range(4)]
    events = run.spikes("conv")
    for segment in block.segments:
        assert len(segment.spiketrains) == 18 + 4  # silent units have a train, too
        for train in segment.spiketrains:
            if train.annotations["layer"] != "conv":
                continue
            mine = events[
                (events["sample"] == segment.index)
                & (events["unit"] == train.annotations["neuron"])
            ]
            times = np.asarray(train.rescale("ms"))
            assert times == pytest.approx((mine["step"] + 1) * 0.5)
            assert np.array_equal(train.array_annotations["sign"], mine["sign"])
            assert float(train.t_stop.rescale("ms")) == 7.5


def test_spikes_in_continuous_time_keep_their_times() -> None:
    snn = wb.convert(ANALOG, X, wb.Conversion(code="ttfs"))
    run = wb.simulate(snn, X, wb.Simulation(dt_ms=0.5, record="all"))
    spikes = run.spikes("conv")
    assert len(spikes)
    for segment in run.to_neo().segments:
        for train in segment.spiketrains[:18]:
            mine = spikes[
                (spikes["sample"] == segment.index)
                & (spikes["unit"] == train.annotations["neuron"])
            ]
            wanted = mine["time"] / snn.windows * 50  # a run takes 100 steps of 0.5 ms
            assert np.asarray(train.rescale("ms")) == pytest.approx(wanted.to_numpy())


def test_one_sample_can_be_asked_for(run: Any) -> None:
    (segment,) = run.to_neo(sample=2).segments
    assert segment.index == 2
    with pytest.raises(DataError, match="sample is 4; the run has the samples 0 to 3"):
        run.to_neo(sample=4)


def test_a_run_without_spikes_has_no_trains() -> None:
    silent = wb.simulate(wb.convert(ANALOG, X), X, wb.Simulation(steps=3, record=()))
    with pytest.raises(DataError, match="recorded no layer"):
        silent.to_neo()
    assert "predictions" in silent.to_xarray()


@pytest.mark.parametrize(("form", "package"), [("to_xarray", "xarray"), ("to_neo", "neo")])
def test_a_missing_package_is_named_with_the_remedy(
    run: Any, form: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(DataError, match=rf"needs the package {package}.*snn-workbench\[analysis\]"):
        getattr(run, form)()
