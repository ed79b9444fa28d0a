"""Energy, counted by hand on a network of two layers."""

import math

import numpy as np
import pytest

import workbench as wb
from workbench.analysis.energy import PRESETS, Energy, neuron_updates
from workbench.errors import SettingsError
from workbench.network.activation import Activation
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input

STEPS = 7  # 3 bits
SMALL = 10 / 64
"""Picojoules per bit in the smallest memory, which holds each of these layers."""


@pytest.fixture(scope="module")
def small():
    """4 inputs, 3 hidden neurons, 2 outputs, without biases: 12 and 6 weights."""
    hidden = Dense(np.arange(1.0, 13).reshape(4, 3), None)
    output = Dense(np.array([[1.0, -1], [0.5, 1], [-1, 2]]), None)
    network = Network(
        "small",
        (
            Node("x", Input((4,))),
            Node("hidden", hidden, Activation.RELU, ("x",)),
            Node("output", output, Activation.SOFTMAX, ("hidden",)),
        ),
    )
    x = np.random.default_rng(1).random((5, 4)).astype(np.float32)
    return network, x


@pytest.fixture(scope="module")
def run(small):
    network, x = small
    return wb.simulate(wb.convert(network, x), x, wb.Simulation(steps=STEPS, record="all"))


def test_three_figures_by_hand(run):
    table = run.operations().set_index("layer")
    spikes = {name: run.counts(name).sum() / 5 for name in ("hidden", "output")}
    synops = 2 * spikes["hidden"]  # each hidden neuron reaches both outputs
    add, read = 0.12, 8 * SMALL  # 32-bit addition; an 8-bit weight
    update = add + 2 * 32 * SMALL
    spike = 2 * 32 * SMALL
    compute = {"hidden": 12 * 4.6, "output": synops * 0.9}
    memory = {
        # A constant input is multiplied once.
        "hidden": 12 * (0.2 + add + read) + spikes["hidden"] * spike + 3 * STEPS * update,
        "output": synops * (add + read) + spikes["output"] * spike + 2 * STEPS * update,
    }
    multiply = 0.2 * 3 / 8
    ann = {
        "hidden": 12 * (multiply + add + read) + 3 * 2 * (32 + 3) * SMALL,
        "output": 6 * (multiply + add + read) + 2 * 2 * (32 + 3) * SMALL,
    }
    for name in ("hidden", "output"):
        assert table.loc[name, "energy_pj"] == pytest.approx(compute[name])
        assert table.loc[name, "energy_memory_pj"] == pytest.approx(memory[name])
        assert table.loc[name, "energy_ann_pj"] == pytest.approx(ann[name])
    energy = run.energy().set_index("layer")
    assert list(energy.index) == ["hidden", "output", "total"]
    assert energy.loc["total", "with_memory_pj"] == pytest.approx(sum(memory.values()))
    assert energy.loc["total", "ratio"] == pytest.approx(sum(memory.values()) / sum(ann.values()))
    assert energy.loc["total", "activity"] == pytest.approx(sum(spikes.values()) / (5 * STEPS))


def test_at_the_break_even_activity_both_cost_the_same(run):
    """Neurons that cost nothing but their spikes, so that there is such an activity."""
    cheap = Energy(event_pj=1.0, update_pj=0.0, spike_pj=2.0)
    row = run.energy(cheap).set_index("layer").loc["output"]
    others = row["with_memory_pj"] * row["break_even_activity"] / row["activity"]
    assert others == pytest.approx(row["ann_pj"])
    dear = run.energy(Energy(update_pj=1e6)).set_index("layer")
    assert (dear["break_even_activity"] == 0).all()


def test_a_layer_that_sends_no_spike_has_no_break_even_activity(run):
    network, x = run.recording.network, run.x
    silent = wb.simulate(network, x, wb.Simulation(steps=STEPS, readout="potential"))
    cheap = Energy(event_pj=1.0, update_pj=0.0, spike_pj=2.0)
    row = silent.energy(cheap).set_index("layer").loc["output"]
    assert row["activity"] == 0 and row["with_memory_pj"] > 0
    assert math.isnan(row["break_even_activity"])


@pytest.mark.parametrize(
    ("stored_bytes", "pj"), [(8192, 10), (8193, 20), (2**20, 100), (2**20 + 1, 2000)]
)
def test_an_access_costs_what_the_smallest_memory_costs_that_holds_the_layer(stored_bytes, pj):
    assert Energy().access_pj(8 * stored_bytes) == pj / 64


def test_a_chip_is_charged_by_its_published_figures(run):
    table = run.energy("loihi").set_index("layer")
    synops = run.operations()["synops"].sum()
    spikes = run.operations().set_index("layer").loc["output", "spikes"]
    expected = synops * 23.6 + spikes * 1.7 + 2 * STEPS * 81
    assert table.loc["output", "with_memory_pj"] == pytest.approx(expected)
    assert all(preset.source for preset in PRESETS.values())


@pytest.mark.parametrize("code", ["phase", "ttfs_steps"])
def test_outputs_only_listen_where_layers_take_turns(small, code):
    network, x = small
    snn = wb.convert(network, x, wb.Conversion(code=code, levels=7))
    recording = wb.simulate(snn, x).recording
    updates = [neuron_updates(recording, p, 0) for p in snn.populations[1:]]
    assert updates == [3 * 2 * 7, 2 * 7]


def test_more_steps_cost_more_with_memory_even_where_spikes_stay():
    network = wb.load("mlp")
    data = wb.datasets.load("mnist")
    snn = wb.convert(network, data.calibration)
    few, many = (
        wb.simulate(snn, data.x_test[:5], wb.Simulation(steps=steps)).energy().iloc[-1]
        for steps in (8, 64)
    )
    assert many["with_memory_pj"] > 2 * few["with_memory_pj"]
    assert few["ann_pj"] < many["ann_pj"] < 1.5 * few["ann_pj"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Energy(mac_pj=-1), r"Energy\.mac_pj is -1; accepted: a number of at least 0"),
        (lambda: Energy(add_pj="1"), r"Energy\.add_pj is '1'; accepted: a number of at least 0"),
        (lambda: Energy(memories=((math.inf, -1),)), r"Energy\.memories\[0\]\[1\] is -1; accepted"),
        (lambda: Energy(add_pj=math.nan), r"Energy\.add_pj is nan"),
        (lambda: Energy(memories=((8, 1.0),)), r"the last one math\.inf"),
    ],
)
def test_wrong_figures_are_refused(make, message):
    with pytest.raises(SettingsError, match=message):
        make()


def test_unknown_presets_are_refused(run):
    with pytest.raises(SettingsError, match=r"no energy preset \{\}; accepted: 45nm, loihi"):
        run.energy({})
    with pytest.raises(SettingsError, match="no energy preset 'tpu'; accepted: 45nm, loihi"):
        run.energy("tpu")
