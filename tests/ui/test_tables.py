from __future__ import annotations

from collections.abc import Callable

from workbench import workflow
from workbench.network.counts import EXPLANATIONS
from workbench.network.graph import Network
from workbench.ui import tables
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
    assert "fold batch norm" in steps


def test_what_reading_did_is_reported(counting: Network) -> None:
    assert len(tables.report_table(counting).rows) == len(counting.report)


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
