from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from bokeh.plotting import figure
from controls import open_all

from workbench import datasets
from workbench.datasets import Dataset
from workbench.network.graph import Network
from workbench.ui.app import Workbench
from workbench.ui.bokeh_pane import BokehPane
from workbench.ui.plots import Card, cards
from workbench.ui.session.results import Accuracy
from workbench.ui.session.state import State
from workbench.ui.widgets import CardHead


def panes(widget: Any) -> Iterator[Any]:
    if isinstance(widget, BokehPane):
        yield widget
    for child in getattr(widget, "children", ()):
        yield from panes(child)


@pytest.fixture
def declared() -> Iterator[type[Card]]:
    """A plot as its file would declare it."""

    class Count(Card):
        name = "count"
        title = "Spikes < all"
        reads = ("sample_run",)

        def summary(self, state: Any) -> str:
            return "Counted."

        def table(self, state: Any, name: str) -> None:
            return None

        def draw(self, state: Any) -> Any:
            run = state.sample_run
            if run is None:
                return None
            plot = figure(height=100)
            plot.scatter([0], [run.spike_count])
            return plot

    Count.__module__ = "workbench.ui.plots.count"
    yield Count
    Card.declared.remove(Count)


def test_plots_are_declared_by_their_files_alone() -> None:
    assert [card.name for card in cards()] == ["raster", "outputs", "accuracy", "correlation"]
    assert [card.name for card in cards("data")] == ["confusion", "by-class"]
    assert all(card.title and card.reads for card in (*cards(), *cards("data")))


def test_a_plot_takes_one_declaration(
    declared: type[Card], make_bench: Callable[..., Workbench]
) -> None:
    assert declared in cards()
    bench = make_bench()
    roots = [pane.document.roots[0] for pane in panes(bench)]
    (shown,) = (root for root in roots if root.tags == ["count"])
    (plot,) = shown.children
    assert bench.state.sample_run is not None
    assert plot.renderers[0].data_source.data["y"] == [bench.state.sample_run.spike_count]
    assert "Counted." in [head.summary for head in heads(bench)]


def heads(widget: Any) -> Iterator[CardHead]:
    if isinstance(widget, CardHead):
        yield widget
    for child in getattr(widget, "children", ()):
        yield from heads(child)


def test_every_plot_says_in_words_and_numbers_what_it_shows(
    make_bench: Callable[..., Workbench],
) -> None:
    bench = make_bench()
    open_all(bench)
    state = bench.state
    run, accuracy = state.sample_run, state.accuracy
    assert run is not None and isinstance(accuracy, Accuracy)
    kinds = (*cards(), *cards("data"))
    shown = {kind.name: kind(bench._context) for kind in kinds}  # type: ignore[arg-type]
    said = {head.file_name: head.summary for head in heads(bench) if head.file_name in shown}
    assert said.keys() == shown.keys() and all(said.values())
    assert f"Accuracy {accuracy.snn[-1]:.1%} (ANN {accuracy.ann:.1%})" in said["accuracy"]
    assert f"{run.spike_count:,} spikes in 20 steps" in said["raster"]
    assert f"SNN says {run.classes[run.choice]} after 20 steps" in said["outputs"]
    tables = {
        (name, table): card.table(state, table)
        for name, card in shown.items()
        for table in card.tables
    }
    assert all(table is not None and len(table) for table in tables.values())
    spikes = tables["raster", "spikes"]
    assert len(spikes) == run.spike_count and list(spikes)[-2:] == ["time_steps", "time_ms"]
    counts = spikes[spikes.layer == run.layers[-1]].groupby("unit").size()
    outputs = tables["outputs", "outputs"]["spikes"]
    assert counts.to_dict() == outputs[outputs > 0].to_dict()
    rates = tables["raster", "rates"]
    by_layer = rates.groupby("layer")["mean_rate_spikes_per_step"].sum()
    for name in run.layers:
        assert round(by_layer[name] * run.sizes[name]) == (spikes.layer == name).sum()
    curve = tables["accuracy", "curve"]
    assert curve["snn_accuracy_percent"].iloc[-1] == 100 * accuracy.snn[-1]


def test_nothing_is_said_or_saved_before_there_is_something(
    make_bench: Callable[..., Workbench],
) -> None:
    bench = make_bench()
    empty = State()
    for kind in cards():
        card = kind(bench._context)  # type: ignore[arg-type]
        assert card.summary(empty) in ("", "Not measured.")
        assert all(card.table(empty, table) is None for table in card.tables)


def test_a_regression_is_told_by_its_values(
    make_bench: Callable[..., Workbench], two_inputs: tuple[Network, Dataset]
) -> None:
    network, data = two_inputs
    wanted = datasets.from_arrays(data.x_test, np.linspace(0, 1, 24).reshape(12, 2))
    bench = make_bench(network, wanted)
    run = bench.state.sample_run
    assert run is not None and run.targets is not None
    shown = {kind.name: kind(bench._context) for kind in cards()}  # type: ignore[arg-type]
    table = shown["outputs"].table(bench.state, "outputs")
    assert table is not None
    assert table["true_value"].tolist() == run.targets.tolist()
    assert f"(true {run.targets[0]:.3g})" in shown["outputs"].summary(bench.state)
    assert "Mean squared error" in shown["accuracy"].summary(bench.state)
    curve = shown["accuracy"].table(bench.state, "curve")
    assert curve is not None and "snn_mse" in curve
