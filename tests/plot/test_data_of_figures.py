"""What figures draw, compared with tables that are computed without them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from bokeh.models import Title
from runs import ANALOG, X, Y, dense_run, simulated, source, sources

import workbench as wb
from workbench.errors import DataError
from workbench.plot.confusion_matrix import cell_columns
from workbench.plot.maps import MOST_MAPS, mosaic
from workbench.plot.operation_curves import operations_over_time
from workbench.plot.palette import OUTPUT, TRUE_CLASS, graded
from workbench.plot.race import decision_step, race_table, runner_colours
from workbench.plot.scatter import BINS, density
from workbench.plot.weight_histograms import weights_of


@pytest.fixture(scope="module")
def run() -> Any:
    return simulated()


def test_the_raster_has_a_point_for_each_spike_of_the_sample(run: Any) -> None:
    drawn = source(run.plot.raster(2).figure, "spikes")
    for place, layer in enumerate(run.layers):
        table = run.spikes(layer)
        mine = table[table["sample"] == 2]
        own = np.asarray(drawn["layer"]) == place
        assert np.array_equal(np.asarray(drawn["x"])[own], mine["step"] + 1)
        assert np.array_equal(np.asarray(drawn["unit"])[own], mine["unit"])


def test_rates_are_means_over_all_samples(run: Any) -> None:
    drawn = source(run.plot.rates().figure, "rates")
    assert drawn["name"] == list(run.layers)
    for layer, y in zip(drawn["name"], drawn["ys"], strict=True):
        per_step = np.bincount(run.spikes(layer)["step"], minlength=25)
        size = run.counts(layer)[0].size
        assert y == pytest.approx(per_step / size / len(X))


def test_the_race_counts_output_spikes(run: Any) -> None:
    steps, counts = race_table(run.recording, 1)
    table = run.spikes("output")
    mine = table[table["sample"] == 1]
    for step in steps:
        so_far = np.bincount(mine["unit"][mine["step"] < step], minlength=4)
        assert np.array_equal(counts[step - 1], so_far)
    drawn = source(run.plot.output_race(1, labels=Y).figure, "runners")
    assert [line[0] for line in drawn["ys"]] == [0] * len(drawn["ys"])
    assert drawn["class"][-1] == str(run.predictions()[1])


def test_the_race_of_membranes_ends_at_signed_counts() -> None:
    run = simulated(wb.Conversion(output_sign="membrane"))
    for sample in range(3):
        _, counts = race_table(run.recording, sample)
        assert np.array_equal(counts[-1], run.output_counts[sample])


@pytest.mark.parametrize(
    ("predictions", "step"),
    [([-1, 2, 2], 2), ([1, 1], 1), ([1, 2, 1], 3), ([1, -1], 0), ([-1], 0), ([], 0)],
)
def test_a_decision_counts_from_the_step_since_which_it_stays(
    predictions: list[int], step: int
) -> None:
    assert decision_step(np.array(predictions, int)) == step


def test_the_first_classes_and_the_true_one_have_colours() -> None:
    colours = runner_colours(np.array([0, 9, 3, 0, 5]), 3)
    assert colours[1] == OUTPUT
    assert colours[3] == TRUE_CLASS
    assert set(colours) == {1, 2, 3, 4}
    assert len(set(colours.values())) == 4
    assert runner_colours(np.zeros(300, int), -1) == {}


def test_names_beside_lines_do_not_overlap() -> None:
    analog, run = dense_run(6, 300, samples=2)
    plot = run.plot.output_race(labels=analog.predictions(run.x)).figure
    places = np.sort(source(plot, "names")["y"])
    height = plot.y_range.end - plot.y_range.start
    assert (np.diff(places) > 0.05 * height).all()
    assert places[-1] <= plot.y_range.end


def test_accuracy_is_the_table_of_the_run(run: Any) -> None:
    table = run.accuracy(Y, ANALOG)
    for figure in (run.plot.accuracy(Y, ANALOG).figure, wb.plot.accuracy(table)):
        drawn = source(figure, "accuracy")
        assert np.array_equal(drawn["snn"], table["snn"])
        assert np.array_equal(drawn["x"], table.index)
    few = run.plot.accuracy(Y, k=2).figure
    assert np.array_equal(source(few, "accuracy")["snn"], run.accuracy(Y, k=2)["snn"])
    with pytest.raises(DataError, match="has no column snn, undecided"):
        wb.plot.accuracy(pd.DataFrame({"a": [1]}))


def test_the_error_is_the_table_of_the_run(run: Any) -> None:
    targets = ANALOG.forward(X)
    table = run.error(targets, ANALOG)
    for figure in (run.plot.error(targets, ANALOG).figure, wb.plot.error(table)):
        assert np.array_equal(source(figure, "accuracy")["snn"], table["mse"])


def test_cells_are_counts_and_shares_of_rows(run: Any) -> None:
    table = run.confusion(Y)
    cells = cell_columns(table)
    assert cells["count"].sum() == len(X)
    assert cells["y"][0] > cells["y"][-1]  # the first class on top
    for row, column, count, share in zip(
        cells["true"], cells["predicted"], cells["count"], cells["share"], strict=True
    ):
        place = column if column == "undecided" else int(column)
        assert count == table.loc[int(row), place]
        assert share == pytest.approx(count / max(1, table.loc[int(row)].sum()))


def test_many_classes_have_cells_where_something_happened() -> None:
    counts = np.zeros((300, 301), int)
    counts[5, 7], counts[8, 300] = 3, 2
    table = pd.DataFrame(counts, index=range(300), columns=[*range(300), "undecided"])
    cells = cell_columns(table)
    assert len(cells["x"]) == 2
    plot = wb.plot.confusion(table)
    assert len(plot.yaxis[0].major_label_overrides) == 30
    assert "undecided" in plot.xaxis[0].major_label_overrides.values()


def test_correlations_are_those_of_the_run(run: Any) -> None:
    table = run.correlations(ANALOG)
    drawn = source(run.plot.correlation(ANALOG).figure, "correlation")
    assert drawn["name"] == table["layer"].tolist()
    assert drawn["value"] == pytest.approx(table["correlation"].tolist())


def test_points_are_activations_against_decoded_rates(run: Any) -> None:
    first, last = sources(run.plot.correlation_scatter(ANALOG).figure, "units")
    expected = ANALOG.activations(X)["conv"]
    assert first["x"] == pytest.approx(expected.reshape(-1), abs=1e-5)
    snn = run.recording.network
    assert np.array_equal(first["y"], snn.decode("conv", run.counts("conv"), 25).reshape(-1))
    assert np.array_equal(last["y"], run.outputs().reshape(-1))


def test_the_density_keeps_single_points() -> None:
    x = np.concatenate([np.full(10_000, 0.5), [0.01]])
    image = density(x, x, (0.0, 1.0))
    assert image.shape == (BINS, BINS)
    assert image.max() == 7
    assert image[0, 0] == 1
    assert (image > 0).sum() == 2


def test_histograms_hold_every_unit_that_spikes(run: Any) -> None:
    figure = run.plot.rate_histogram().figure
    for layer, bins in zip(run.layers, sources(figure, "bins"), strict=True):
        rates = run.counts(layer).reshape(-1) / 25
        assert np.sum(bins["top"]) == pytest.approx((rates > 0).mean())
        for left, right, top in zip(bins["left"], bins["right"], bins["top"], strict=True):
            assert top == pytest.approx(((rates > left) & (rates < right)).mean())


def test_activations_are_beside_the_line_where_they_are_clipped(run: Any) -> None:
    figure = run.plot.activation_histogram(ANALOG).figure
    expected = ANALOG.activations(X)["conv"].reshape(-1)
    bins = sources(figure, "bins")[0]
    assert np.sum(bins["top"]) == pytest.approx((expected != 0).mean())
    (line,) = (part for part in figure.children[0].center if part.__class__.__name__ == "Span")
    summary = run.recording.network.summary().set_index("name").loc["conv"]
    assert line.location == pytest.approx(summary["threshold"] * summary["scale"])
    share = (expected > line.location).sum() / (expected > 0).sum()
    notes = [part.text for part in figure.select({"type": Title})]
    assert any(text.endswith(f"{share:.2%} of positive above") for text in notes), notes


def test_maps_stand_beside_each_other(run: Any) -> None:
    values = np.arange(3 * 4 * 5, dtype=float).reshape(3, 4, 5)
    image, drawn = mosaic(values)
    assert drawn == 5
    columns = (image.shape[1] + 1) // 5
    for channel in range(5):
        top, left = channel // columns * 4, channel % columns * 5
        assert np.array_equal(image[top : top + 3, left : left + 4], values[..., channel])
    assert np.isfinite(image).sum() == values.size
    assert mosaic(np.zeros((2, 2, 500)))[1] == MOST_MAPS
    dense, count = mosaic(np.arange(30.0))
    assert count == 30
    assert np.array_equal(dense.reshape(-1)[:30], np.arange(30.0))
    sequence, count = mosaic(np.arange(12.0).reshape(6, 2))
    assert sequence.shape == (2, 6)


@pytest.mark.parametrize("show", ["rates", "decoded", "activations", "difference"])
def test_maps_show_what_they_say(run: Any, show: str) -> None:
    figure = run.plot.feature_maps("conv", 3, show=show, ann=ANALOG).figure
    decoded, expected = run.decoded("conv")[3], ANALOG.activations(X)["conv"][3]
    wanted = {
        "rates": run.counts("conv")[3] / 25,
        "decoded": decoded,
        "activations": expected,
        "difference": decoded - expected,
    }[show]
    (image,) = figure.select_one({"name": "map"}).data_source.data["image"]
    assert np.asarray(image)[::-1][np.isfinite(image)[::-1]].sum() == pytest.approx(
        wanted.sum(), abs=1e-4
    )
    assert np.asarray(image)[::-1][:3, :3] == pytest.approx(wanted[..., 0], abs=1e-5)


def test_potentials_are_those_of_the_neurons_that_spike_most(run: Any) -> None:
    figure = run.plot.potentials("conv", 1).figure
    drawn, marks = source(figure, "potentials"), source(figure, "spikes")
    counts = run.counts("conv")[1].reshape(-1)
    assert counts[drawn["neuron"][0]] == counts.max()
    for neuron, y in zip(drawn["neuron"], drawn["ys"], strict=True):
        assert np.array_equal(y, run.potentials("conv")[1].reshape(25, -1)[:, neuron])
    assert len(marks["x"]) == counts[drawn["neuron"]].sum()
    chosen = run.plot.potentials("conv", neurons=[4, 2]).figure
    assert source(chosen, "potentials")["neuron"] == [4, 2]


@pytest.mark.parametrize("record", ["all", ()])
@pytest.mark.parametrize("encoding", ["constant", "poisson"])
def test_operations_end_at_the_table_of_the_run(record: Any, encoding: str) -> None:
    run = simulated(record=record, encoding=encoding)
    table = run.operations().set_index("layer")
    layers, costs = operations_over_time(run)
    for layer, cost in zip(layers, costs, strict=True):
        assert cost[-1] == pytest.approx(table.loc[layer, "synops"] + table.loc[layer, "macs"])
        assert (np.diff(cost) >= 0).all()


def test_recorded_operations_are_followed_spike_by_spike() -> None:
    run = simulated()
    (projection,) = run.recording.network.incoming("out")
    reach = np.asarray((projection.matrix() != 0).sum(axis=1)).reshape(-1)
    table = run.spikes("conv")
    per_step = np.bincount(table["step"], weights=reach[table["unit"]], minlength=25) / len(X)
    layers, costs = operations_over_time(run)
    assert np.diff(costs[layers.index("out")]) == pytest.approx(per_step)


def test_weights_are_all_that_are_stored_without_biases() -> None:
    found = weights_of(ANALOG)
    assert {name: len(values) for name, values in found.items()} == {"conv": 18, "out": 72}
    bins = sources(wb.plot.weights(ANALOG), "bins")
    assert [int(np.sum(b["top"])) for b in bins] == [18, 72]
    snn = wb.convert(ANALOG, X)
    spiking = weights_of(snn)
    assert set(spiking) == {"conv", "out"}
    # A spike of the first layer, through the normalized weight, moves the output by this share.
    ratio = spiking["conv"] / found["conv"]
    assert ratio == pytest.approx(np.full(18, ratio[0]), rel=1e-2)
    with pytest.raises(wb.WorkbenchError, match="Layer 'flat' has no weights; layers that have"):
        wb.plot.weights(ANALOG, layers="flat")


def test_colours_lead_through_all_that_are_named() -> None:
    colours = graded(("#000000", "#FF0000", "#FFFFFF"), 5)
    assert colours == ["#000000", "#800000", "#FF0000", "#FF8080", "#FFFFFF"]
    assert graded(("#123456", "#FFFFFF"), 1) == ["#123456"]
