"""The four figures of the first screen, compared with a run of the core."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import workbench as wb
from workbench import datasets
from workbench.datasets import Dataset
from workbench.network.graph import Network
from workbench.plot.race import decision_step
from workbench.ui.session.tiles import NONE, energy_words, tiles


def test_the_figures_are_those_of_the_core(bench: Any) -> None:
    state = bench.state
    accuracy, decided, spikes, energy = tiles(state)
    data = state.loaded.dataset
    every = wb.Simulation(steps=20, record="all")
    run = wb.simulate(state.spiking, data.x_test[:1], every)
    assert decided.value == str(decision_step(run.recording.predictions[0]))
    neurons = sum(p.size for p in state.spiking.populations if p.kind == "if")
    counted = run.operations()["spikes"].sum()
    assert float(spikes.value) == pytest.approx(counted / neurons, rel=0.01)
    total = run.energy().set_index("layer").loc["total"]
    assert energy.value == f"{total['ratio']:.3g} ×"
    for picojoules in (total["with_memory_pj"], total["compute_pj"], total["ann_pj"]):
        assert energy_words(picojoules) in energy.explanation
    many = wb.simulate(state.spiking, data.x_test[:20], wb.Simulation(steps=20))
    last = many.accuracy(data.y_test[:20], state.analog).iloc[-1]
    assert accuracy.value == f"{100 * last.snn:.1f} %"
    assert accuracy.beside == f"ANN {100 * last.ann:.1f} %"


def test_a_figure_of_an_earlier_run_is_old(bench: Any) -> None:
    state = bench.state
    assert not any(tile.old for tile in tiles(state))
    state.set_trait("sample_run", replace(state.sample_run, asked=object()))
    assert [tile.old for tile in tiles(state)] == [True, False, False, False]


def test_without_a_run_or_labels_tiles_say_what_to_do(bench: Any) -> None:
    state = bench.state
    state.set_trait("accuracy", None)
    state.set_trait("test_samples", 0)
    first = tiles(state)[0]
    assert (first.value, first.beside) == (NONE, "not measured")
    assert "Raise it" in first.explanation
    unlabelled = replace(state.loaded, dataset=replace(state.loaded.dataset, y_test=None))
    state.set_trait("loaded", unlabelled)
    assert tiles(state)[0].beside == "no labels"
    state.set_trait("sample_run", None)
    assert [tile.value for tile in tiles(state)] == [NONE] * 4


def test_an_undecided_sample_says_so(make_bench: Callable[..., Any]) -> None:
    state = make_bench(steps=1, percentile=100).state
    assert state.sample_run.choice < 0
    assert (tiles(state)[1].value, tiles(state)[1].beside) == (NONE, "of 1 step")
    assert "More steps" in tiles(state)[1].explanation


def test_a_regression_has_its_error_and_r2(
    make_bench: Callable[..., Any], two_inputs: tuple[Network, Dataset]
) -> None:
    network, data = two_inputs
    targets = np.random.default_rng(1).random((12, 2)).astype(np.float32)
    state = make_bench(network, datasets.from_arrays(data.x_test, targets)).state
    error, r2, *_ = tiles(state)
    assert (error.title, r2.title) == ("Error", "R²")
    assert error.value == f"{state.accuracy.mse[-1]:.3g}"
    assert r2.beside == f"ANN {state.accuracy.ann_r2:.3f}"


@pytest.mark.parametrize(
    ("picojoules", "words"), [(23.54e6, "23.5 µJ"), (1.06e9, "1.06 mJ"), (999.6e6, "1 mJ")]
)
def test_energies_are_read_at_a_glance(picojoules: float, words: str) -> None:
    assert energy_words(picojoules) == words


@pytest.mark.parametrize(
    ("settings", "bits"),
    [({"steps": 20}, "5 bits"), ({"code": "phase", "levels": 7}, "3 bits")],
)
def test_the_opponent_says_as_much_as_spikes_can(
    settings: dict[str, Any], bits: str, make_bench: Callable[..., Any]
) -> None:
    state = make_bench("counting", test_samples=0, **settings).state
    assert f"activations of {bits}," in tiles(state)[3].explanation
