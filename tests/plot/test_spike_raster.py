from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from bokeh.models import HoverTool

from workbench.plot.palette import layer_colours
from workbench.plot.sample_view import SampleView
from workbench.plot.spike_raster import (
    IMAGE_ROWS,
    POINTS,
    SHADES,
    RasterPlot,
    band_name,
    make_bands,
    mark_size,
    sharing_sentence,
    spike_image,
    spike_points,
)

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


def test_few_spikes_are_points_and_many_are_an_image(make_run: MakeRun, run: SampleView) -> None:
    plot = RasterPlot()
    plot.update(run, layer_colours(run.layers))
    assert len(plot.points.data["x"]) == 4
    assert plot._marks.visible and not plot._pixels.visible
    count = POINTS + 1
    generator = np.random.default_rng(0)
    spikes = (np.sort(generator.integers(0, 10, count)), generator.integers(0, 4, count))
    many = make_run({"a": spikes, "out": ([9], [1])}, {"a": 4, "out": 2})
    plot.update(many, layer_colours(many.layers))
    assert plot._pixels.visible and not plot._marks.visible
    assert plot.image.data["image"][0].any()


def test_an_update_of_the_same_network_changes_data_alone(run: SampleView) -> None:
    plot = RasterPlot()
    plot.update(run, layer_colours(run.layers))
    ticker, bands = plot.figure.yaxis[0].ticker, plot.bands.data
    plot.update(run, layer_colours(run.layers))
    assert plot.figure.yaxis[0].ticker is ticker
    assert plot.bands.data is bands


def test_layers_are_named_with_their_size(run: SampleView) -> None:
    plot = RasterPlot()
    plot.update(run, layer_colours(run.layers))
    assert list(plot.figure.yaxis[0].major_label_overrides.values()) == [
        "a\n4 neurons",
        "out\n2 neurons",
    ]


def test_fewer_spikes_are_drawn_larger() -> None:
    assert mark_size(10) > mark_size(1000) > mark_size(10_000)


def test_no_whole_number_lies_on_the_edge_of_two_colours(run: SampleView) -> None:
    plot = RasterPlot()
    plot.update(run, layer_colours(run.layers))
    for mapper in (plot._mapper, plot._image_mapper):
        assert (mapper.low, mapper.high) == (-0.5, len(mapper.palette) - 0.5)


def test_units_that_only_pass_spikes_on_are_no_neurons(make_run: MakeRun) -> None:
    run = make_run(
        {"in": ([], []), "pool": ([], []), "out": ([], [])},
        {"in": 9, "pool": 4, "out": 1},
        has_input=True,
        neurons={"in": False, "pool": False, "out": True},
    )
    plot = RasterPlot()
    plot.update(run, layer_colours(run.layers, has_input=True))
    names = list(plot.figure.yaxis[0].major_label_overrides.values())
    assert names == ["in\n9 inputs", "pool\n4 units", "out\n1 neuron"]


def test_many_bands_have_room_for_their_names(make_run: MakeRun) -> None:
    plot, heights = RasterPlot(), []
    for count in (3, 12, 40):
        layers = [f"layer_{i}" for i in range(count)]
        run = make_run({name: ([], []) for name in layers}, dict.fromkeys(layers, 2))
        plot.update(run, layer_colours(run.layers))
        heights.append(plot.figure.height)
        names = plot.figure.yaxis[0].major_label_overrides
        assert heights[-1] / len(names) >= 36
    assert heights[0] < heights[1] < heights[2] < 700
    assert len(names) == 14


def test_a_band_is_named_with_the_number_of_its_units() -> None:
    assert band_name("conv", 1200, "neurons") == "conv\n1,200 neurons"
    assert band_name("conv", 1, "neurons") == "conv\n1 neuron"


def test_units_that_share_rows_are_told_until_they_are_zoomed_apart(make_run: MakeRun) -> None:
    plot = RasterPlot()
    assert plot.sharing == {}
    sizes = {"wide": 10_000, "out": 10}
    run = make_run({"wide": ([0], [0]), "out": ([9], [1])}, sizes)
    plot.update(run, layer_colours(run.layers))
    rows = (plot._bands[0].top - plot._bands[0].bottom) / 2 * IMAGE_ROWS
    assert plot.sharing == {"wide": -(-10_000 // rows)}
    sentence = sharing_sentence(plot.sharing)
    assert sentence == (
        "Rows are binned: 64 neurons per row in wide. A stronger colour means more spikes."
    )
    plot.figure.y_range.start, plot.figure.y_range.end = 1.9, 1.91
    assert plot.sharing == {}
    assert sharing_sentence({}) == ""


def test_many_layers_that_share_rows_are_told_together() -> None:
    sharing = {"a": 3, "b": 20, "c": 2, "d": 5000}
    assert sharing_sentence(sharing) == (
        "Rows are binned: up to 5,000 neurons per row. A stronger colour means more spikes."
    )
    assert sharing_sentence({"a": 3, "b": 1200}).startswith(
        "Rows are binned: 3 neurons per row in a, 1,200 in b."
    )


def test_points_and_bins_both_tell_what_lies_under_the_pointer() -> None:
    plot = RasterPlot()
    shown = [set(tool.renderers) for tool in plot.figure.tools if isinstance(tool, HoverTool)]
    assert shown == [{plot._marks}, {plot._pixels}]


def test_layers_that_look_alike_when_cut_are_told_apart(make_run: MakeRun) -> None:
    layers = [f"features_block{i}_convolution_long" for i in (1, 2)]
    run = make_run({name: ([0], [0]) for name in layers}, dict.fromkeys(layers, 3))
    plot = RasterPlot()
    plot.update(run, layer_colours(run.layers))
    names = list(plot.figure.yaxis[0].major_label_overrides.values())
    assert names == ["…1_convolution_long\n3 neurons", "…2_convolution_long\n3 neurons"]
