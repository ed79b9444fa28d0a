"""One answer on every engine: spike trains are equal, spike by spike."""

import dataclasses

import numpy as np
import pytest
from cases.covering import covering, mostly_slow
from layer_cases import CASES, CONVERTED, MAX_POOLED, stored

from workbench.conversion import convert
from workbench.neuron_rules import RESETS
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate, stream

ENCODINGS = ("constant", "poisson", "bernoulli")
RULES = ("exp", "recent", "exact", "average_pooling")

FEW = covering(CONVERTED)

ENCODED = tuple(
    # By default few cases, each with one encoding; encodings and resets take turns.
    pytest.param(
        name,
        encoding,
        RESETS[(i // 3 + j) % 3],
        marks=() if i % 3 == j and name in FEW else pytest.mark.slow,
    )
    for i, name in enumerate(CONVERTED)
    for j, encoding in enumerate(ENCODINGS)
)


def assert_equal_runs(a, b):
    assert a.layers == b.layers
    for layer in a.layers:
        for mine, other in zip(a.events[layer], b.events[layer], strict=True):
            assert np.array_equal(mine, other), layer
        assert np.array_equal(a.counts[layer], b.counts[layer]), layer
    assert np.array_equal(a.predictions, b.predictions)
    assert np.array_equal(a.output_counts, b.output_counts)
    for name in a.unit_totals:
        assert np.array_equal(a.unit_totals[name], b.unit_totals[name]), name
        assert np.array_equal(a.step_totals[name], b.step_totals[name]), name


def assert_engines_agree(spiking, x, **settings):
    settings = {"steps": 40, "record": "all", "input_rate_hz": 700.0, "seed": 5, **settings}
    event = simulate(spiking, x, Simulation(engine="event", threads=1, **settings))
    reference = simulate(spiking, x, Simulation(engine="reference", **settings))
    assert_equal_runs(event, reference)
    assert sum(total.sum() for total in event.unit_totals.values()) > 0


@pytest.mark.parametrize(("name", "encoding", "reset"), ENCODED)
def test_engines_agree_for_every_reset_and_encoding(name, encoding, reset):
    x = CASES[name].samples(20)
    spiking = convert(stored(name), x, Conversion(reset=reset, percentile=95))
    assert_engines_agree(spiking, x[:3], encoding=encoding)


@pytest.mark.parametrize("rule", range(len(RULES)), ids=RULES)
@pytest.mark.parametrize("name", mostly_slow(MAX_POOLED))
def test_engines_agree_for_every_max_pool_rule(name, rule):
    """Every case with every rule; resets and encodings take turns."""
    x, number = CASES[name].samples(20), MAX_POOLED.index(name)
    settings = Conversion(reset=RESETS[(number + rule) % 3], percentile=90, max_pool=RULES[rule])
    spiking = convert(stored(name), x, settings)
    assert_engines_agree(spiking, x[:2], encoding=ENCODINGS[(number // 3 + rule) % 3])


@pytest.mark.parametrize("name", mostly_slow(CONVERTED, neighbours=False))
def test_engines_agree_where_spikes_are_taken_back(name):
    """Encodings and rules of max pooling take turns."""
    x, number = CASES[name].samples(20), CONVERTED.index(name)
    settings = Conversion(
        percentile=95,
        signed_neurons=True,
        initial_potential=0.5,
        max_pool=("fir", "exp", "recent", "exact")[number % 4],
    )
    spiking = convert(stored(name), x, settings)
    assert_engines_agree(spiking, x[:3], encoding=ENCODINGS[number % 3])


@pytest.mark.parametrize("name", mostly_slow(CONVERTED, neighbours=False))
def test_engines_agree_with_unusual_thresholds_potentials_and_scales(name):
    network = stored(name)
    x = 2 * CASES[name].samples(20) - 1
    for reset in RESETS:
        settings = Conversion(
            reset=reset,
            threshold=0.3,
            initial_potential=-0.7,
            per_channel=name != "relu_after_flatten",
            resolution_bits=11,
            percentile=80,
        )
        assert_engines_agree(convert(network, x, settings), x[:3])


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", ["conv_odd_same", "max_pool_overlapping", "residual"])
def test_batches_threads_and_windows_do_not_move_a_spike(name, encoding):
    network = stored(name)
    x = CASES[name].samples(20)
    spiking = convert(network, x, Conversion(percentile=95))
    whole = Simulation(steps=37, encoding=encoding, input_rate_hz=600, record="all", seed=3)
    expected = simulate(spiking, x[:7], whole)
    fields = {k: getattr(whole, k) for k in ("steps", "encoding", "input_rate_hz", "seed")}
    for engine, batch, threads in (
        ("event", 1, 2),
        ("event", 3, 1),
        ("event", 7, 3),
        ("reference", 2, None),
    ):
        other = Simulation(**fields, record="all", engine=engine, batch_size=batch, threads=threads)
        assert_equal_runs(expected, simulate(spiking, x[:7], other))
    for engine, window_steps in (("event", 1), ("event", 10), ("reference", 9), ("event", 100)):
        other = Simulation(**fields, record="all", engine=engine)
        assert_windows_equal(expected, list(stream(spiking, x[:7], other, window_steps)))


def assert_windows_equal(run, windows):
    for layer in run.layers:
        parts = [np.stack(window.spikes[layer]) for window in windows]
        joined = np.concatenate(parts, axis=1)
        joined = joined[:, np.lexsort(joined[::-1])]
        assert np.array_equal(joined, np.stack(run.events[layer])), layer
        steps = np.concatenate([w.spike_counts[layer] for w in windows], axis=1)
        assert np.array_equal(steps.sum(axis=0), run.step_totals[layer])
    assert np.array_equal(windows[-1].output_counts[:, -1], run.output_counts)
    assert [w.start for w in windows[1:]] == [w.stop for w in windows[:-1]]
    assert windows[-1].stop == run.steps


def test_long_windows_are_cut_without_moving_a_spike():
    """A run longer than the event engine's inner window of 128 steps."""
    network = stored("conv_odd_valid")
    x = CASES["conv_odd_valid"].samples(20)
    spiking = convert(network, x)
    for encoding in ENCODINGS:
        assert_engines_agree(spiking, x[:2], encoding=encoding, steps=300)


@pytest.mark.parametrize("engine", ["event", "dense"])
def test_potentials_are_equal_too(engine):
    network = stored("residual")
    x = CASES["residual"].samples(20)
    spiking = convert(network, x)
    settings = Simulation(steps=30, record_potentials="all")
    other, reference = (
        next(stream(spiking, x[:4], dataclasses.replace(settings, engine=name), 30))
        for name in (engine, "reference")
    )
    assert np.array_equal(other.output_potentials, reference.output_potentials)
    assert other.potentials.keys() == reference.potentials.keys() == {*spiking.layers}
    for name, values in reference.potentials.items():
        assert np.array_equal(other.potentials[name], values), name
