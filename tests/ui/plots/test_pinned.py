"""A pinned run in the plots: beside, behind, and away when it is let go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from workbench.ui.app import Workbench
from workbench.ui.plots.activity import ActivityCard


@pytest.fixture
def card(bench: Workbench) -> Iterator[ActivityCard]:
    assert bench._context is not None
    card = ActivityCard(bench._context)
    card.show()
    yield card


def pin_and_change(bench: Workbench, card: ActivityCard, **settings: Any) -> None:
    bench.actions.pin()
    bench.state.change(**settings)
    assert bench.wait(60)
    card.show()


def test_both_rasters_stand_on_one_time_axis(bench: Workbench, card: ActivityCard) -> None:
    assert len(card.figure.children) == 1 and not card.needs_whole_width()
    before = bench.state.sample_run
    pin_and_change(bench, card, percentile=70, steps=12)
    now, kept = card.raster.figure, card.beside.raster.figure
    assert len(card.figure.children) == 2 and card.needs_whole_width()
    assert kept.x_range is now.x_range and kept.y_range is now.y_range
    assert now.x_range.end == before.steps + 1 > 13  # that of the longer run
    assert len(card.beside.raster.points.data["x"]) == before.spike_count
    assert len(card.raster.points.data["x"]) == bench.state.sample_run.spike_count
    told = [set(title.text.replace(": ", ", ").split(", ")) for title in card.beside._titles]
    assert told == [
        {"Now", "Time steps 12", "Percentile 70"},
        {"Pinned", "Time steps 20", "Percentile 99.9"},
    ]
    rates = card.beside.rates
    assert rates.figure.y_range is card.rates.figure.y_range
    top = max(float(y.max()) for each in (rates, card.rates) for y in each.lines.data["ys"])
    assert rates.figure.y_range.end >= top
    names = {model.name for model in card.figure.references() if "data" in model.properties()}
    assert {"rates", "pinned_rates", "spikes", "pinned_spikes"} <= names
    bench.actions.pin(keep=False)
    assert bench.wait(60)
    card.show()
    assert len(card.figure.children) == 1 and now.x_range.end == 13


def test_a_layer_in_focus_is_so_in_both(bench: Workbench, card: ActivityCard) -> None:
    layer = bench.state.sample_run.layers[-1]
    bench.state.focus = layer
    card.show()
    focused = (card.raster.figure.y_range.start, card.raster.figure.y_range.end)
    pin_and_change(bench, card, percentile=70)
    shown = card.beside.raster.figure.y_range
    assert (shown.start, shown.end) == focused and shown.end - shown.start < 1


@pytest.mark.slow
def test_a_run_of_other_layers_has_rows_of_its_own(bench: Workbench, card: ActivityCard) -> None:
    pin_and_change(bench, card, percentile=70)
    run = bench.state.sample_run
    other = replace(
        run, layers=run.layers[:1], rates={run.layers[0]: run.rates[run.layers[0]]}, asked=None
    )
    bench.state.set_trait("pinned", replace(bench.state.pinned, run=other))
    card.show()
    assert card.beside.raster.figure.y_range is not card.raster.figure.y_range
    assert card.beside.raster.figure.y_range.end == 1
    assert card.raster.figure.y_range.end == len(run.layers)
