"""Outputs that are read from a later step on, against sums of what was sent and gathered."""

from dataclasses import replace

import numpy as np
import pytest
from networks import convolution_network

import workbench as wb
from workbench.errors import SettingsError
from workbench.network.activation import Activation

X = np.random.default_rng(5).random((6, 5, 5, 1), np.float32)
STEPS = 12


def converted(activation, **settings):
    network = convolution_network()
    output = replace(network.output, activation=activation)
    return wb.convert(
        network.with_nodes((*network.nodes[:-1], output)), X, wb.Conversion(**settings)
    )


SPIKES = converted(Activation.SOFTMAX, initial_potential=0.5)
MEMBRANE = converted(Activation.LINEAR, initial_potential=0.25)
ON_OFF = converted(Activation.LINEAR, output_sign="on_off")


def run_of(network, **settings):
    record = {"record": "all", "record_potentials": ("out",)}
    return wb.simulate(network, X, wb.Simulation(steps=STEPS, **record, **settings))


def sent(network, after):
    """Output spikes after a step up to each step; (samples, steps, neurons)."""
    sample, step, unit = run_of(network).recording.events["out"]
    train = np.zeros((len(X), STEPS, network.output.size), int)
    train[sample, step, unit] = 1
    train[:, :after] = 0
    return train.cumsum(axis=1)


@pytest.mark.parametrize("after", [1, 4, STEPS - 1])
def test_spikes_count_from_then_on(after):
    run, counts = run_of(SPIKES, readout_after=after), sent(SPIKES, after)
    assert np.array_equal(run.output_counts, counts[:, -1])
    held = np.rint(run.potentials("out") * 2**16)
    most = counts == counts.max(axis=2, keepdims=True)
    expected = np.where(most, held, -np.inf).argmax(axis=2)
    expected[counts.max(axis=2) == 0] = -1
    assert np.array_equal(run.recording.predictions, expected)
    assert (run.recording.predictions[:, :after] == -1).all()
    shares = counts[:, -1] / (STEPS - after) * SPIKES.output.scale
    assert run.outputs(activation=False) == pytest.approx(shares)
    assert run.counts("out").sum() == sent(SPIKES, 0)[:, -1].sum()  # the layer's own, all of them


@pytest.mark.parametrize(
    "network", [SPIKES, MEMBRANE, ON_OFF], ids=["spikes", "membrane", "on_off"]
)
def test_a_potential_counts_what_it_gathers_from_then_on(network):
    whole = run_of(network, readout="potential").potentials("out")
    run = run_of(network, readout="potential", readout_after=5)
    change = (whole[:, -1] - whole[:, 4])[:, : network.classes]
    expected = change / (STEPS - 5) * network.output.scale
    assert run.outputs(activation=False) == pytest.approx(expected)
    assert np.array_equal(run.predictions(), expected.argmax(axis=1))
    assert np.array_equal(run.potentials("out"), whole)  # the record of it is whole


def test_membranes_and_pairs_keep_the_sign_of_what_comes_later():
    run, spikes = run_of(MEMBRANE, readout_after=5), sent(MEMBRANE, 5)
    held = run.potentials("out")
    expected = (spikes[:, -1] + held[:, -1] - held[:, 4]) / (STEPS - 5) * MEMBRANE.output.scale
    assert run.outputs() == pytest.approx(expected)
    pairs = sent(ON_OFF, 5)[:, -1]
    difference = (pairs[:, :4] - pairs[:, 4:]) / (STEPS - 5) * ON_OFF.output.scale
    assert run_of(ON_OFF, readout_after=5).outputs() == pytest.approx(difference)


@pytest.mark.parametrize("engine", ["event", "reference", "dense"])
@pytest.mark.parametrize("readout", ["counts", "potential"])
def test_windows_batches_and_engines_agree(engine, readout):
    options = {"readout": readout, "readout_after": 5}
    settings = wb.Simulation(steps=STEPS, engine=engine, **options)
    expected = run_of(SPIKES, **options).recording
    run = wb.simulate(SPIKES, X, replace(settings, batch_size=4)).recording
    assert np.array_equal(run.predictions, expected.predictions)
    assert np.array_equal(run.gathered, expected.gathered)
    for length in (1, 3, 5, 7):
        windows = list(wb.stream(SPIKES, X, settings, length))
        counts = np.concatenate([w.output_counts for w in windows], axis=1)
        assert np.array_equal(counts[:, -1], expected.output_counts)
        assert not counts[:, :5].any()


def test_accuracy_starts_undecided():
    table = run_of(SPIKES, readout_after=3).accuracy(np.zeros(len(X), int))
    assert table.undecided.tolist()[:3] == [1, 1, 1]
    assert table.snn.tolist()[:3] == [0, 0, 0]


def test_errors_are_of_what_is_read():
    run = run_of(MEMBRANE, readout_after=3)
    targets = run.outputs()
    assert run.error(targets).mse.iloc[-1] == 0
    assert run.error(targets).mse.iloc[3] > 0


def test_a_run_must_go_on_after_that():
    with pytest.raises(SettingsError, match=r"readout_after is 7 with 7 steps.*0 to 6\. Lower it"):
        wb.Simulation(steps=7, readout_after=7)


def test_a_saved_run_reads_the_same(tmp_path):
    run = run_of(SPIKES, readout_after=4)
    again = wb.load_run(run.save(tmp_path / "run.zip"))
    assert np.array_equal(again.outputs(), run.outputs())
    assert again.recording.settings.readout_after == 4
