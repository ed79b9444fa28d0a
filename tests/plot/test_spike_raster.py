from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from bokeh.models import HoverTool

from workbench.plot.palette import layer_colours
from workbench.plot.raster_bands import IMAGE_ROWS
from workbench.plot.sample_view import SampleView
from workbench.plot.spike_raster import (
    POINTS,
    RasterPlot,
    band_name,
    mark_size,
    sharing_sentence,
)

MakeRun = Callable[..., SampleView]


@pytest.fixture
def run(make_run: MakeRun) -> SampleView:
    return make_run({"a": ([0, 1, 1], [0, 0, 3]), "out": ([9], [1])}, {"a": 4, "out": 2})


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


def test_a_stretched_raster_stays_so_with_another_network(
    make_run: MakeRun, run: SampleView
) -> None:
    plot = RasterPlot(200)
    plot.update(run, layer_colours(run.layers))
    plot.stretch(1.5)
    assert plot.figure.height == 300
    sizes = {f"layer{n}": 3 for n in range(7)}
    deep = make_run({name: ([0], [1]) for name in sizes}, sizes)
    plot.update(deep, layer_colours(deep.layers))
    assert plot.figure.height > 1.5 * 36 * 7
    plot.update(deep, layer_colours(deep.layers), until=500)
    assert plot.figure.x_range.end == 500


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
