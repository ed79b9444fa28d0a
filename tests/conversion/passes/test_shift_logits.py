"""A softmax does not mind a constant; silent output neurons do."""

from dataclasses import replace

import numpy as np
import pytest
from unknown_layers import Mixer

from workbench.conversion import convert
from workbench.conversion.passes.shift_logits import logit_shift, shift_logits
from workbench.conversion.statistics import OutputSums, collect
from workbench.network.activation import Activation, AxisSoftmax
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Add, Identity, Input, Reshape
from workbench.settings import Simulation
from workbench.simulation import simulate
from workbench.util.generators import finished

X = np.random.default_rng(0).random((60, 4)).astype(np.float32)


def network(shift=0.0, softmax=Activation.SOFTMAX, bias=True, shortcut=False):
    rng = np.random.default_rng(1)
    hidden = Dense(rng.normal(size=(4, 10)).astype("f4"))
    kernel = rng.normal(size=(10, 3)) + (0 if bias else shift)
    out = Dense(kernel.astype("f4"), np.full(3, shift, "f4") if bias else None)
    nodes = [
        Node("in", Input((4,))),
        Node("hidden", hidden, Activation.RELU, ("in",)),
        Node("out", out, Activation.LINEAR if shortcut else softmax, ("hidden",)),
    ]
    if shortcut:
        nodes.append(Node("other", out, Activation.LINEAR, ("hidden",)))
        nodes.append(Node("sum", Add((3,), 2), softmax, ("out", "other")))
    return Network("logits", tuple(nodes))


@pytest.mark.parametrize("changes", [{}, {"bias": False}, {"shortcut": True}])
@pytest.mark.parametrize("softmax", [Activation.SOFTMAX, AxisSoftmax(0)])
def test_winners_spike_and_probabilities_stay(changes, softmax):
    source = network(-20.0, softmax, **changes)
    spiking = convert(source, X)
    row = spiking.trace.set_index("step").loc["shift logits"]
    assert row["exact"] == "exact"
    assert row["deviation"] < 1e-4
    assert "100% of the calibration samples" in row["remark"]
    run = simulate(spiking, X, Simulation(steps=200))
    assert (run.predictions[:, -1] == source.predictions(X)).mean() > 0.95
    assert (run.predictions[:, -1] >= 0).all()


def test_sums_of_a_layer_that_no_other_code_knows_are_raised():
    source = network(-3.0, bias=False)
    *before, out = source.nodes
    mixer = Mixer(out.layer.kernel.astype(np.float64))
    source = Network("mixed", (*before, replace(out, layer=mixer)))
    run = simulate(convert(source, X), X, Simulation(steps=200))
    assert (run.predictions[:, -1] == source.predictions(X)).mean() > 0.95


def test_networks_that_need_no_shift_keep_their_spikes():
    source = network(5.0)
    spiking = convert(source, X)
    assert "shift logits" not in set(spiking.trace["step"])
    assert logit_shift(finished(collect(source, X)).output) == 0


def test_a_constant_lifts_the_smallest_winner_above_zero():
    sums = OutputSums()
    logits = np.array([[-9.0, -5.0], [-2.0, -3.0]])
    sums.update(Activation.SOFTMAX, logits, logits)
    assert (sums.lowest_winner, sums.highest_winner, sums.winners) == (-5, -2, 2)
    shift = logit_shift(sums)
    assert (logits + shift).max(axis=1).min() > 0
    assert (logits + shift).max() < 4


def test_a_few_silent_samples_are_told_and_change_nothing():
    sums = OutputSums()
    logits = np.tile([[5.0, 1.0]], (199, 1))
    sums.update(Activation.SOFTMAX, np.vstack([logits, [[-1.0, -2.0]]]), logits)
    assert (sums.silent_winners, sums.winners) == (1, 200)
    assert logit_shift(sums) == 0


def test_a_level_softmax_has_no_winner():
    sums = OutputSums()
    sums.update(Activation.SOFTMAX, np.zeros((5, 3)), np.zeros((5, 3)))
    assert sums.winners == 0
    assert logit_shift(sums) == 0


def test_the_pass_keeps_outputs():
    for changes in ({}, {"bias": False}, {"shortcut": True}):
        source = network(-3.0, **changes)
        after = shift_logits(source, shift=7.5)
        assert after.output.name == source.output.name
        assert after.forward(X) == pytest.approx(source.forward(X), abs=1e-5)
    moved = (
        *network(-3.0, Activation.LINEAR).nodes,
        Node("shape", Reshape((3,), (1, 3)), inputs=("out",)),
        Node("same", Identity((1, 3)), Activation.SOFTMAX, ("shape",)),
    )
    assert convert(Network("moved", moved), X).output_shape == (1, 3)
