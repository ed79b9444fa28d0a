from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from workbench.plot.raster_bands import (
    IMAGE_ROWS,
    SHADES,
    make_bands,
    spike_image,
    spike_points,
)
from workbench.plot.sample_view import SampleView

MakeRun = Callable[..., SampleView]


@pytest.fixture
def run(make_run: MakeRun) -> SampleView:
    return make_run({"a": ([0, 1, 1], [0, 0, 3]), "out": ([9], [1])}, {"a": 4, "out": 2})


def test_bands_stack_from_the_top_without_touching() -> None:
    first, second = make_bands(["a", "b"], {"a": 10, "b": 1000})
    assert first.bottom > second.top
    assert first.top < 2
    assert second.bottom > 0


def test_units_fill_their_band_from_the_top() -> None:
    (band,) = make_bands(["a"], {"a": 4})
    places = band.position(np.arange(4))
    assert np.all(np.diff(places) < 0)
    assert band.bottom < places[-1] < places[0] < band.top


def test_every_spike_has_a_place(run: SampleView) -> None:
    points = spike_points(run)
    assert points["x"].tolist() == [1, 2, 2, 10]
    assert points["layer"].tolist() == [0, 0, 0, 1]
    assert points["unit"].tolist() == [0, 0, 3, 1]


def test_time_may_be_in_milliseconds(run: SampleView) -> None:
    assert spike_points(run, time_scale=0.5)["x"].tolist() == [0.5, 1, 1, 5]


def test_every_spike_is_seen_in_the_image(run: SampleView) -> None:
    bands = make_bands(run.layers, run.sizes)
    image = spike_image(spike_points(run), bands, left=0.5, right=10.5, bottom=0, top=2)
    assert image.shape == (IMAGE_ROWS, 10)
    lit = image > 0
    assert lit.any(axis=0).tolist() == [True, True, *[False] * 7, True]
    layer = (image[lit].astype(int) - 1) // SHADES
    rows = np.nonzero(lit)[0]
    assert np.all((layer == 0) == (rows > IMAGE_ROWS // 2))


def test_a_lone_unit_fills_its_band_and_a_full_band_is_darkest(make_run: MakeRun) -> None:
    lone = make_run({"out": ([0], [0])}, {"out": 1})
    image = spike_image(
        spike_points(lone), make_bands(("out",), lone.sizes), left=0.5, right=10.5, bottom=0, top=1
    )
    assert (image[:, 0] > 0).mean() > 0.6
    assert image.max() == SHADES
    units = np.arange(5000)
    full = make_run({"a": (np.zeros(5000), units), "b": ([0], [0])}, {"a": 5000, "b": 5000})
    bands = make_bands(full.layers, full.sizes)
    image = spike_image(spike_points(full), bands, left=0.5, right=10.5, bottom=0, top=2)
    dense, sparse = image[IMAGE_ROWS // 2 :], image[: IMAGE_ROWS // 2]
    assert np.median(dense[dense > 0]) == SHADES
    assert sparse[sparse > 0].max() < 2 * SHADES


def test_zooming_in_shows_single_units(make_run: MakeRun) -> None:
    run = make_run({"a": ([3], [500])}, {"a": 1000})
    (band,) = make_bands(run.layers, run.sizes)
    y = float(band.position(np.array([500]))[0])
    image = spike_image(
        spike_points(run), [band], left=3.5, right=4.5, bottom=y - 0.002, top=y + 0.002
    )
    assert image.shape[1] == 1
    assert 0.1 < (image > 0).mean() < 0.9


def test_long_runs_share_columns(make_run: MakeRun) -> None:
    run = make_run({"a": ([0, 49_999], [0, 0])}, {"a": 2}, steps=50_000)
    image = spike_image(
        spike_points(run),
        make_bands(run.layers, run.sizes),
        left=0.5,
        right=50_000.5,
        bottom=0,
        top=1,
    )
    assert image.shape[1] <= 800
    assert image[:, 0].any() and image[:, -1].any()
