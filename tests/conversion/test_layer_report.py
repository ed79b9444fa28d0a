"""What became of every source layer, told for networks whose answers are known."""

import re

import numpy as np
import pytest
from cases.covering import mostly_slow
from layer_cases import CASES, CONVERTED, converted, stored
from networks import convolution_network

from workbench import workflow
from workbench.conversion import convert
from workbench.conversion.layer_report import report_rows, role
from workbench.conversion.passes.conversion_pass import Stage
from workbench.conversion.passes.fold_permute import fold_permute
from workbench.datasets import for_shape
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.pooling import MaxPool2D
from workbench.network.rearrange import Pad, Permute
from workbench.network.structure import Identity, Input, Reshape
from workbench.settings import Conversion


def exact(name, network):
    """The stage after an exact pass."""
    return Stage(name, "exact", 0.0, "", network)


def became(name, **settings):
    """Layer to (action, became, steps) of a case of the table."""
    spiking = convert(stored(name), CASES[name].samples(20), Conversion(**settings))
    return {layer: (action, what, steps) for layer, _, action, what, steps in spiking.report_rows}


def test_a_normalization_is_folded_and_an_activation_joined():
    rows = became("batch_norm_after_conv")
    assert rows["conv"] == ("kept", "neurons", "")
    assert rows["norm"] == ("kept", "folded into conv", "fold affine")
    assert rows["relu"] == ("kept", "joined to conv", "attach activations")
    assert rows["flat"] == ("kept", "part of the connections to head", "")
    assert rows["head"] == ("kept", "output neurons, spikes and membrane read together", "")


def test_a_removed_layer_became_nothing():
    assert became("dropout_and_noise")["drop"] == ("removed: acts in training only", "", "")


def test_signed_values_take_on_and_off_populations():
    rows = became("leaky_relu")
    assert rows["conv"] == ("kept", "ON and OFF neurons: conv_on, conv_off", "split signed")
    assert rows["act"] == ("kept", "joined to conv", "attach activations")


def test_all_populations_of_a_lowered_layer_are_named():
    action, what, _ = became("separable")["conv"]
    assert action == "lowered to a depthwise and a pointwise convolution"
    assert what == "ON and OFF neurons: conv_conv2d_on, conv_conv2d_off; neurons"


def test_the_joining_of_a_branch_carries_its_activation():
    rows = became("residual")
    assert rows["conv_2"][1] == "part of the connections to add"
    assert rows["add"][1] == "neurons"
    assert rows["relu"][1] == "joined to add"


def test_every_use_of_a_shared_layer_has_its_row():
    spiking = convert(stored("shared_layer"), CASES["shared_layer"].samples(20))
    rows = [row[2:4] for row in spiking.report_rows if row[0] == "shared"]
    assert rows == [("kept", "neurons"), ("kept, used again", "neurons: shared_2")]


def test_several_inputs_are_parts_of_one_vector():
    rows = became("two_inputs")
    assert rows["part1"][1] == "part 2 of 2 of the input vector"


def test_a_pooling_that_is_averaged_says_so():
    _, what, steps = became("max_pool", max_pool="average_pooling")["pool"]
    assert re.fullmatch(
        r"replaced by average pooling: outputs differ by up to [\d.]+% of their range, [\d.]+% "
        r"of the predictions change \(on 20 samples\); part of the connections to head",
        what,
    )
    assert steps == "average max pooling"


def test_an_activation_that_moved_to_the_output_says_so():
    rows = became("sigmoid_output_reshaped")
    words = "its sigmoid moved to the output; part of the connections to image"
    assert rows["head"][1:] == (words, "sink output activation")
    assert rows["image"][1].startswith("output neurons, spikes and membrane")


def test_step_functions_become_step_neurons():
    assert became("binary_activation")["conv"][1] == "step neurons"


def test_a_pooling_that_moved_says_behind_what():
    pool = MaxPool2D((4, 4, 1), (2, 2), (2, 2))
    source = Network(
        "moved",
        (
            Node("in", Input((4, 4, 1))),
            Node("pool", pool, inputs=("in",)),
            Node("relu", Identity((2, 2, 1)), inputs=("pool",)),
        ),
    )
    after = Network(
        "moved",
        (
            Node("in", Input((4, 4, 1))),
            Node("relu", Identity((4, 4, 1)), inputs=("in",)),
            Node("pool", pool, inputs=("relu",)),
        ),
    )
    rows = {row[0]: row[3:] for row in report_rows(source, [exact("sink max pooling", after)], ())}
    assert rows["pool"][0].startswith("moved after relu")
    assert rows["pool"][1] == "sink max pooling"
    assert rows["relu"][1] == ""


def test_a_padding_is_folded_into_what_reads_it():
    shape = (3, 3, 2)
    pad = Pad(shape, (1, 1, 0), (1, 1, 0))
    nodes = (Node("in", Input(shape)), Node("pad", pad, inputs=("in",)))
    last = Node("out", Identity(pad.output_shape), inputs=("pad",))
    without = Node("out", Identity(shape), inputs=("in",))
    source, after = Network("a", (*nodes, last)), Network("a", (nodes[0], without))
    rows = {row[0]: row[3:] for row in report_rows(source, [exact("fold padding", after)], ())}
    assert rows["pad"] == ("folded into out", "fold padding")


def test_a_layer_without_a_node_was_left_out():
    network = convolution_network()
    rows = (("conv", "Conv2D", "kept"), ("aside", "Dense", "kept"), ("out", "Dense", "kept"))
    source = Network(network.name, network.nodes, rows)
    report = {row[0]: row[2:] for row in report_rows(source, [], ())}
    assert report["aside"] == ("left out: the output does not depend on it", "", "")


def test_a_network_made_by_hand_reports_its_nodes():
    x = np.random.default_rng(0).random((20, 5, 5, 1), np.float32)
    report = convert(convolution_network(), x).report
    assert list(report.columns) == ["layer", "kind", "action", "became", "steps"]
    assert list(report["layer"]) == ["in", "conv", "flat", "out"]


def test_the_report_is_saved_with_the_network(tmp_path):
    network = workflow.load("maxpool")
    spiking = convert(network, for_shape(network.input_shape).calibration[:20])
    again = workflow.load(workflow.save(spiking, tmp_path / "maxpool.snn"))
    assert again.report_rows == spiking.report_rows
    assert len(again.report) == len(network.report)


@pytest.mark.parametrize("name", mostly_slow(CONVERTED))
def test_every_layer_has_a_fate_and_every_population_a_layer(name):
    network, spiking = stored(name), converted(name)
    rows = spiking.report_rows
    assert [row[:2] for row in rows] == [row[:2] for row in network.report_rows]
    known = {step for step, *_ in spiking.trace_rows}
    told = [row[3] for row in rows]
    for row in rows:
        assert bool(row[3]) != row[2].startswith("removed")
        assert set(filter(None, row[4].split(", "))) <= known
    for population in spiking.populations[1:]:
        own = [row for row in rows if row[0] == population.name]
        assert own or any(population.name in text for text in told), population.name


@pytest.mark.parametrize(
    ("population", "layer", "share"),
    [
        ("conv_on", "conv", "ON"),
        ("conv_off_", "conv", "OFF"),
        ("conv_step", "conv", "step"),
        ("conv", "conv", ""),
        ("conv_on", "other", ""),
        ("conv_once", "conv", ""),
    ],
)
def test_a_share_is_read_from_the_end_of_a_name(population, layer, share):
    assert role(population, layer) == share


def test_an_order_of_units_is_folded_into_the_dense_layer_that_reads_it():
    nodes = (
        Node("in", Input((2, 3))),
        Node("moved", Permute((2, 3), (1, 0)), inputs=("in",)),
        Node("flat", Reshape((3, 2), (6,)), inputs=("moved",)),
        Node("out", Dense(np.ones((6, 2), np.float32)), inputs=("flat",)),
    )
    source = Network("moved", nodes)
    stages = [exact("fold permute", fold_permute(source))]
    rows = {row[0]: row[3:] for row in report_rows(source, stages, ())}
    assert rows["moved"] == ("folded into out", "fold permute")
    assert rows["flat"] == ("folded into out", "fold permute")
