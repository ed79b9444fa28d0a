"""Sentences about settings have the numbers of the network."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from workbench.setting import settings_of
from workbench.settings import Conversion, Simulation
from workbench.ui.session.lessons import LESSONS, lessons


def test_the_percentile_is_told_with_the_layers_own_numbers(bench: Any) -> None:
    state = bench.state
    layer = state.spiking.population("conv1")
    activations = state.analog.activations(state.loaded.dataset.calibration)["conv1"]
    positive = activations[activations > 0]
    clipped = 100 * np.mean(positive > layer.scale)
    assert abs(clipped - 0.1) < 0.05
    assert lessons(state)["percentile"] == (
        f"The 99.9th percentile of conv1 is {layer.scale:.3g}: 0.1 % of its activations are "
        "clipped."
    )


def test_what_is_said_holds_where_it_is_said(bench: Any) -> None:
    state = bench.state
    assert set(LESSONS) <= {*settings_of(Conversion), *settings_of(Simulation)}
    state.change(percentiles={"conv1": 90})
    assert bench.wait(60)
    assert "percentile" not in lessons(state)  # the common one does not count there
    state.change(percentiles={}, normalization="max", delay_steps=3, refractory_steps=1)
    assert bench.wait(60)
    told = lessons(state)
    assert "percentile" not in told
    deep = len(state.spiking.populations) - 1
    assert f"after {3 * deep} steps" in told["delay_steps"]
    assert "at most 50 % of the steps" in told["refractory_steps"]


def test_a_layers_own_threshold_counts(bench: Any) -> None:
    state = bench.state
    layer = state.spiking.population("conv1")
    state.change(thresholds={"conv1": 2}, initial_potential=0.5)
    assert bench.wait(60)
    told = lessons(state)
    one = 2 * layer.scale
    assert f"an activation of {one:.3g}." in told["threshold"]
    assert f"differ by {one / state.steps:.2g}," in told["steps"]
    assert f"has gathered {one / 2:.3g}." in told["initial_potential"]


def test_a_delay_is_told_of_the_shortest_path(bench: Any) -> None:
    state, network = bench.state, bench.state.spiking
    last = network.projections[-1]
    skip = SimpleNamespace(source=network.input.name, target=last.source)
    short = SimpleNamespace(
        input=network.input, output=network.output, projections=(*network.projections, skip)
    )
    told = LESSONS["delay_steps"](state, short, network.output)  # type: ignore[arg-type]
    late = 2 * state.simulation.delay_steps
    assert told == f"The input first reaches the output after {late} steps, through 2 layers."


def test_before_a_conversion_nothing_is_said(make_bench: Any) -> None:
    assert lessons(make_bench(run=False).state) == {}
