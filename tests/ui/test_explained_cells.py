from __future__ import annotations

import dataclasses
from collections.abc import Callable

from workbench import workflow
from workbench.network.activation import Step
from workbench.network.counts import EXPLANATIONS
from workbench.network.graph import Network
from workbench.ui import explained_cells as tables
from workbench.ui.app import Workbench


def test_the_four_numbers_stand_side_by_side(counting: Network) -> None:
    table = tables.counts_table(counting, {})
    assert [cell.text for cell in table.header][3:] == [
        "parameters",
        "neurons",
        "synapses",
        "ANN operations",
        "border-free estimate",
    ]
    assert [cell.text for cell in table.footer] == [
        "total", "", "", "20,820", "888", "28,512", "57,912", "31,320",
    ]  # fmt: skip


def test_every_number_is_explained(counting: Network) -> None:
    table = tables.counts_table(counting, {})
    for row in (*table.rows, table.footer):
        assert all(cell.explanation for cell in row[3:])
    assert table.header[5].explanation == EXPLANATIONS["synapses"]
    assert "border-free" not in table.rows[0][5].explanation
    assert "of which 7,776 exist" in table.rows[0][7].explanation


def test_layers_have_their_colour_in_every_table(bench: Workbench) -> None:
    run, spiking = bench.state.sample_run, bench.state.spiking
    assert run is not None and spiking is not None and bench.state.analog is not None
    colours = dict.fromkeys(run.layers, "#123456")
    shown = [
        tables.counts_table(bench.state.analog, colours),
        tables.populations_table(spiking, colours),
        tables.cost_table(run, colours),
    ]
    for table in shown:
        names = {row[0].text: row[0].colour for row in table.rows}
        assert all(names[name] == "#123456" for name in run.layers)


def test_costs_add_up(bench: Workbench) -> None:
    run = bench.state.sample_run
    assert run is not None
    table = tables.cost_table(run, {})
    assert table.footer[1].text == f"{run.spike_count:,}"


def test_without_a_run_the_cost_table_is_empty() -> None:
    table = tables.cost_table(None, {})
    assert table.rows == table.footer == ()


def test_the_conversion_is_traced(make_bench: Callable[..., Workbench]) -> None:
    spiking = make_bench("maxpool").state.spiking
    assert spiking is not None
    assert "max pooling" in [row[1].text for row in tables.populations_table(spiking, {}).rows]
    steps = [row[0].text for row in tables.trace_table(spiking).rows]
    assert "fold affine" in steps


def test_what_became_of_every_layer_is_told_with_the_step_that_did_it(
    make_bench: Callable[..., Workbench],
) -> None:
    bench = make_bench("maxpool")
    assert bench.state.analog is not None and bench.state.spiking is not None
    rows = {row[0].text: row for row in tables.report_table(bench.state.spiking).rows}
    assert list(rows) == list(bench.state.analog.report["layer"])
    assert rows["bn1"][3].text == "folded into conv1"
    assert rows["bn1"][3].explanation.startswith("Step 'fold affine': exact, deviation ")
    assert rows["relu1"][3].text == "joined to conv1"
    assert rows["flatten"][3].explanation == ""


def test_on_and_off_populations_say_what_they_carry(
    make_bench: Callable[..., Workbench], leaky: Network
) -> None:
    bench = make_bench(leaky)
    spiking = bench.state.spiking
    assert spiking is not None
    on, off = (name for name in spiking.layers if name.startswith("conv1_"))
    rows = {row[0].text: row for row in tables.populations_table(spiking, {}).rows}
    assert rows[on][1].text == "integrate and fire, ON of conv1"
    assert rows[off][1].text == "integrate and fire, OFF of conv1"
    assert "below zero" in rows[off][1].explanation
    assert rows[on][6].text == "by subtraction"


def test_both_populations_stand_in_one_row_of_the_network(leaky: Network) -> None:
    colours, origins = {"conv1_on": "#111111", "conv1_off": "#222222"}, {}
    origins = dict.fromkeys(colours, "conv1")
    table = tables.counts_table(leaky, colours, origins)
    coloured = {row[0].text: row[0].colour for row in table.rows if row[0].colour[0] == "#"}
    assert coloured == {"conv1": "#111111"}


def test_a_step_population_has_neither_threshold_nor_scale(
    make_bench: Callable[..., Workbench], leaky: Network
) -> None:
    first, hidden, *rest = leaky.nodes
    stepping = dataclasses.replace(hidden, activation=Step())
    spiking = make_bench(Network("stepping", (first, stepping, *rest))).state.spiking
    assert spiking is not None
    row = tables.populations_table(spiking, {}).rows[0]
    assert [cell.text for cell in row[1:2] + row[4:]] == ["step", "–", "–", "none"]
    assert "no memory" in row[1].explanation


def test_the_colour_stands_where_the_neurons_are() -> None:
    network = workflow.load("resnet")
    assert isinstance(network, Network)
    table = tables.counts_table(network, {"block1_conv1": "#111111", "block1_add": "#222222"})
    coloured = {row[0].text: row[0].colour for row in table.rows if row[0].colour[0] == "#"}
    assert coloured == {"block1_relu1": "#111111", "block1_relu2": "#222222"}


def test_an_activation_of_its_own_goes_by_its_name() -> None:
    network = workflow.load("resnet")
    assert isinstance(network, Network)
    kinds = {row[0].text: row[1].text for row in tables.counts_table(network, {}).rows}
    assert kinds["block1_relu1"] == "ReLU"
    assert kinds["block1_conv1"] == "Conv2D"
