"""The four numbers people confuse, on the network that can be counted by hand."""

from dataclasses import asdict

from networks import convolution_network

from workbench.network import counts


def test_the_network_that_started_the_project(counting):
    assert asdict(counting.totals) == {
        "parameters": 20_820,
        "neurons": 888,
        "synapses": 28_512,
        "macs": 28_512,
        "operations": 57_912,
        "synapses_border_free": 31_320,
    }


def test_rows_of_the_network_that_started_the_project(counting):
    table = counting.summary().set_index("kind")
    assert table.loc["Conv2D", "parameters"] == 60
    assert table.loc["Conv2D", "neurons"] == 864
    assert table.loc["Conv2D", "synapses"] == 7_776
    assert table.loc["Conv2D", "synapses_border_free"] == 196 * 9 * 6
    assert table.loc["Dense", "parameters"] == 20_760
    assert table.loc["Dense", "neurons"] == 24
    assert table.loc["Dense", "synapses"] == 20_736
    assert table.loc["Reshape", "synapses"] == table.loc["Reshape", "neurons"] == 0


def test_every_total_is_explained():
    assert set(counts.EXPLANATIONS) == set(counts.Totals.__dataclass_fields__)


def test_formulas_say_the_numbers(counting):
    conv, _, dense = counting.nodes[1:]
    lines = counts.formula(counting, conv)
    assert "3 x 3 x 1 x 6 weights + 6 biases = 60" in lines["parameters"]
    assert "12 x 12 x 6 = 864 units" in lines["neurons"]
    assert "7,776" in lines["synapses"]
    assert "2 x 7,776 MACs + 864 additions" in lines["operations"]
    lines = counts.formula(counting, dense)
    assert "864 inputs x 24 units" in lines["synapses"]


def test_formulas_exist_for_every_bundled_layer(lenet):
    for node in lenet.nodes[1:]:
        lines = counts.formula(lenet, node)
        assert set(lines) == {"parameters", "neurons", "synapses", "operations"}
        assert f"{node.layer.macs:,} MACs" in lines["operations"]


def test_units_without_membrane_are_not_counted():
    table = convolution_network().summary().set_index("name")
    assert table["neurons"].to_dict() == {"conv": 18, "flat": 0, "out": 4}
