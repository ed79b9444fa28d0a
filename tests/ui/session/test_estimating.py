"""Estimates follow the settings, also where nothing is run."""

from collections import OrderedDict

import pytest

from workbench.conversion import preparation
from workbench.methods.estimate import Estimate


def test_an_estimate_follows_the_settings_without_a_run(bench):
    state = bench.state
    before = state.estimate
    assert isinstance(before, Estimate) and before.layers
    state.live = False
    run = state.sample_run
    state.steps = 2
    assert bench.wait(60)
    after = state.estimate
    assert state.sample_run is run
    assert all(after.layers[n].quantization > before.layers[n].quantization for n in after.layers)
    state.undo()
    assert bench.wait(60)
    assert state.estimate == before


def test_histograms_of_channels_are_not_collected_for_an_estimate(make_bench, monkeypatch):
    monkeypatch.setattr(preparation, "_cache", OrderedDict())  # other tests may have them
    bench = make_bench()
    bench.state.live = False
    bench.state.per_channel = True
    assert bench.wait(60)
    assert bench.state.estimate is None
    bench.actions.run()
    assert bench.wait(60)
    assert bench.state.estimate.layers


def test_settings_that_are_refused_have_no_estimate(bench):
    bench.state.thresholds = {"nowhere": 2.0}
    assert bench.wait(60)
    assert bench.state.status.kind == "error"
    assert bench.state.estimate is None


@pytest.mark.parametrize("asked", [{"normalization": "search"}, {"reset": "zero"}])
def test_why_there_is_no_estimate_is_told(bench, asked):
    bench.state.change(**asked)
    assert bench.wait(60)
    assert bench.state.estimate.notes
