from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bokeh.plotting import figure

from workbench.ui.app import Workbench
from workbench.ui.bokeh_pane import BokehPane
from workbench.ui.plots import Card, cards


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
