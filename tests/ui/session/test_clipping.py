from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.conversion.statistics import Histogram
from workbench.ui.session.activations import BARS, bars, percentile_at
from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.session.clipping import clip_of, settings_at, settings_beside


def histogram(values: np.ndarray) -> Histogram:
    found = Histogram()
    found.update(values[:, None])
    return found


def test_a_percentile_is_found_again_from_its_activation() -> None:
    values = np.random.default_rng(1).exponential(1.0, 20_000)
    found = histogram(values)
    for percent in (50.0, 90.0, 99.0, 99.9):
        at = float(found.percentile(percent)[0])
        assert percentile_at(found, at) == pytest.approx(percent, abs=1e-6)
        assert percentile_at(found, at) == pytest.approx(100 * (values <= at).mean(), abs=0.1)
    assert percentile_at(found, values.max()) == percentile_at(found, 1e9) == 100.0
    assert percentile_at(found, -1.0) == 0.0


def test_bars_hold_all_values_up_to_the_largest() -> None:
    heights, top = bars(histogram(np.array([0.1] * 30 + [2.0])))
    assert len(heights) == BARS and top == 2.0
    assert heights.max() == 1.0 and heights[-1] == pytest.approx(np.sqrt(1 / 30))
    silent, end = bars(histogram(np.array([-1.0])))
    assert not silent.any() and end > 0


@pytest.mark.parametrize("normalization", ["percentile", "max", "mmse"])
def test_the_line_stands_where_it_was_dragged(
    make_bench: Callable[..., Any], normalization: str
) -> None:
    bench = make_bench(normalization=normalization)
    state, layer = bench.state, bench.state.spiking.layers[0]
    before = clip_of(state, layer)
    assert before is not None
    assert before.setting == ("percentiles" if normalization == "percentile" else "thresholds")
    changes = settings_at(state, layer, 0.7 * before.at)
    bench.actions.change(**changes)
    foreseen = clip_of(state, layer)
    assert bench.wait(120)
    found = clip_of(state, layer)
    assert found is not None and foreseen is not None
    assert found.at == pytest.approx(0.7 * before.at, rel=0.05)
    assert found.at == pytest.approx(foreseen.at, rel=0.01)
    assert changes == {before.setting: {layer: found.value}}
    assert settings_at(state, layer, 0.0) == settings_at(state, layer, np.nan) == {}


def test_keys_move_to_the_next_place_of_the_slider(make_bench: Callable[..., Any]) -> None:
    bench = make_bench(percentile=99.0)
    places = SETTINGS["percentile"].places
    at = places.index(99.0)
    layer = bench.state.spiking.layers[0]
    assert settings_beside(bench.state, layer, 1) == {"percentiles": {layer: places[at + 1]}}
    assert settings_beside(bench.state, layer, -1) == {"percentiles": {layer: places[at - 1]}}
    assert settings_beside(bench.state, layer, 1000) == {"percentiles": {layer: 100.0}}
    # The output is clipped nowhere unless somebody asks for it.
    output = bench.state.spiking.output.name
    value = settings_beside(bench.state, output, -1)["percentiles"][output]
    assert 99.9 < value < 100
    assert settings_beside(bench.state, output, 1) == {"percentiles": {}}
