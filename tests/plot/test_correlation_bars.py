from __future__ import annotations

from collections.abc import Callable

from workbench.plot.correlation_bars import CorrelationPlot, correlation_columns
from workbench.plot.palette import layer_colours
from workbench.plot.sample_view import SampleView

MakeRun = Callable[..., SampleView]
SPIKES: dict[str, tuple[list[int], list[int]]] = {"a": ([0], [0]), "out": ([0], [0])}


def test_layers_stand_from_the_top_in_their_colours(make_run: MakeRun) -> None:
    run = make_run(SPIKES, {"a": 2, "out": 2}, correlations={"a": 0.5, "out": 0.98765})
    colours = layer_colours(run.layers)
    columns = correlation_columns(run, colours)
    assert columns["y"] == [1.5, 0.5]
    assert columns["label"] == ["0.500", "0.988"]
    assert columns["colour"] == [colours["a"], colours["out"]]


def test_a_layer_that_never_varies_has_a_dash(make_run: MakeRun) -> None:
    run = make_run(SPIKES, {"a": 2, "out": 2}, correlations={"a": float("nan"), "out": 1.0})
    columns = correlation_columns(run, layer_colours(run.layers))
    assert columns["value"][0] == 0
    assert columns["label"][0] == "–"


def test_a_negative_correlation_is_inside_the_frame(make_run: MakeRun) -> None:
    run = make_run(SPIKES, {"a": 2, "out": 2}, correlations={"a": -0.4, "out": 1.0})
    plot = CorrelationPlot()
    plot.update(run, layer_colours(run.layers))
    assert plot.figure.x_range.start == -0.4


def test_long_names_leave_room_for_bars_and_numbers(make_run: MakeRun) -> None:
    long = "stage4_block2_depthwise_conv1"
    spikes: dict[str, tuple[list[int], list[int]]] = {long: ([0], [0]), "out": ([0], [0])}
    run = make_run(spikes, {long: 2, "out": 2}, correlations={long: 1.0, "out": 1.0})
    plot = CorrelationPlot()
    plot.update(run, layer_colours(run.layers))
    assert list(plot.figure.yaxis[0].major_label_overrides.values()) == [
        "stage…_conv1",
        "out",
    ]
    assert plot.figure.x_range.end > 1.5
    assert plot.bars.data["name"] == [long, "out"]


def test_many_layers_make_the_plot_higher_up_to_a_point(make_run: MakeRun) -> None:
    plot, heights = CorrelationPlot(), []
    for count in (3, 14, 60):
        layers = [f"layer_{i}" for i in range(count)]
        run = make_run(
            {name: ([], []) for name in layers},
            dict.fromkeys(layers, 2),
            correlations=dict.fromkeys(layers, 0.5),
        )
        plot.update(run, layer_colours(run.layers))
        heights.append(plot.figure.height)
    assert heights[0] == 230
    assert heights[0] < heights[1] < heights[2] < 450
    assert len(plot.figure.yaxis[0].major_label_overrides) == 20
    assert len([label for label in plot.bars.data["label"] if label]) == 20
