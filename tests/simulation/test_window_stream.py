from dataclasses import replace

import numpy as np
import pytest
from networks import convolution_network
from spiking_networks import GRID, chain

from workbench.conversion import convert
from workbench.errors import DataError, SettingsError
from workbench.network.recording import recorded_layers
from workbench.settings import Conversion, Simulation
from workbench.simulation import memory, simulate, stream, weighing

X = np.random.default_rng(0).random((20, 5, 5, 1), np.float32)


@pytest.fixture(scope="module")
def spiking():
    return convert(convolution_network(), X)


def test_the_output_alone_is_recorded_unless_more_is_asked_for(spiking):
    assert simulate(spiking, X[:2], Simulation(steps=5)).layers == ("out",)


@pytest.mark.parametrize(
    ("settings", "layers"),
    [
        ({"record": "all"}, ("conv", "out")),
        ({"record": "all", "encoding": "poisson"}, ("in", "conv", "out")),
        ({"record": ("out", "conv")}, ("conv", "out")),
        ({"record": ("output", "out")}, ("out",)),
        ({"record": "conv"}, ("conv",)),
        ({"record": ("in",), "encoding": "bernoulli"}, ("in",)),
        ({"record": ()}, ()),
    ],
)
def test_recorded_layers_come_in_network_order(spiking, settings, layers):
    assert recorded_layers(spiking, Simulation(**settings)) == layers
    assert simulate(spiking, X[:1], Simulation(steps=3, **settings)).layers == layers


def test_an_unknown_layer_to_record_is_refused(spiking):
    with pytest.raises(SettingsError, match="no layer 'dense_9'; it has conv, out"):
        simulate(spiking, X[:1], Simulation(record=("dense_9",)))


def test_constant_input_has_no_spikes_to_record(spiking):
    with pytest.raises(SettingsError, match="with constant input the input does not spike"):
        simulate(spiking, X[:1], Simulation(record=("in",)))


@pytest.mark.parametrize("x", [X[:0], [], np.float32(3)])
def test_no_samples_are_refused(spiking, x):
    with pytest.raises(DataError, match="no samples to simulate; give at least one"):
        simulate(spiking, x)
    with pytest.raises(DataError, match="no samples to simulate"):
        next(stream(spiking, x))


@pytest.mark.parametrize("engine", ["event", "reference"])
@pytest.mark.parametrize(
    ("x", "message"),
    [
        (X[..., 0], r"takes \(samples, 5, 5, 1\)"),
        (np.full((1, 5, 5, 1), np.nan), "NaN or infinite"),
        (np.full((1, 5, 5, 1), 100.0), "16 times the largest calibration input"),
        (np.full((1, 5, 5, 1), "x"), "real numbers"),
    ],
)
def test_samples_that_do_not_fit_are_refused(spiking, x, message, engine):
    with pytest.raises(DataError, match=message):
        simulate(spiking, x, Simulation(engine=engine))


def test_windows_follow_one_another_and_the_last_may_be_shorter(spiking):
    windows = list(stream(spiking, X[:3], Simulation(steps=25), 10))
    assert [(w.start, w.stop) for w in windows] == [(0, 10), (10, 20), (20, 25)]
    assert {w.samples for w in windows} == {range(3)}
    assert windows[2].output_counts.shape == (3, 5, 4)


def test_counts_of_a_window_go_on_from_the_one_before(spiking):
    windows = list(stream(spiking, X[:3], Simulation(steps=40, record="all"), 15))
    joined = np.concatenate([w.output_counts for w in windows], axis=1)
    assert (np.diff(joined, axis=1) >= 0).all()
    assert (np.diff(joined, axis=1) <= 1).all()
    per_step = np.concatenate([w.spike_counts["out"] for w in windows], axis=1)
    assert (np.diff(joined.sum(axis=2), axis=1) == per_step[:, 1:]).all()
    steps = np.concatenate([w.spikes["out"][1] for w in windows])
    assert len(steps) == per_step.sum()


def test_batches_of_a_stream_follow_one_another(spiking):
    windows = list(stream(spiking, X[:5], Simulation(steps=20, batch_size=2), 10))
    assert [(w.samples, w.start) for w in windows] == [
        (range(2), 0),
        (range(2), 10),
        (range(2, 4), 0),
        (range(2, 4), 10),
        (range(4, 5), 0),
        (range(4, 5), 10),
    ]


def test_closing_a_stream_stops_the_work(spiking):
    windows = stream(spiking, X[:3], Simulation(steps=1_000_000), 5)
    assert next(windows).stop == 5
    windows.close()
    with pytest.raises(StopIteration):
        next(windows)


@pytest.mark.parametrize("engine", ["event", "reference"])
def test_a_cancelled_stream_ends_without_another_window(spiking, engine):
    stop = False
    windows = stream(
        spiking, X[:3], Simulation(steps=1000, engine=engine), 5, cancelled=lambda: stop
    )
    assert next(windows).stop == 5
    stop = True
    assert list(windows) == []


def test_windows_have_at_least_one_step(spiking):
    with pytest.raises(SettingsError, match="window_steps is 0; accepted: 1 or more"):
        next(stream(spiking, X[:1], window_steps=0))


def test_progress_is_told_after_every_batch(spiking):
    told = []
    simulate(
        spiking,
        X[:5],
        Simulation(steps=3, batch_size=2),
        lambda done, total: told.append((done, total)),
    )
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_totals_agree_with_single_spikes(spiking):
    recording = simulate(spiking, X[:4], Simulation(steps=30, record="all"))
    for layer in recording.layers:
        sample, step, unit = recording.events[layer]
        size = spiking.population(layer).size
        counts = np.zeros((4, size), int)
        np.add.at(counts, (sample, unit), 1)
        assert (recording.counts[layer] == counts).all()
        assert (recording.unit_totals[layer] == counts.sum(axis=0)).all()
        assert (recording.step_totals[layer] == np.bincount(step, minlength=30)).all()
        order = np.lexsort((unit, step, sample))
        assert (order == np.arange(len(order))).all()
    assert (recording.output_counts == recording.counts["out"]).all()


def test_a_silent_network_leaves_empty_records():
    network = chain([[0.0]], [[GRID, GRID]])
    recording = simulate(network, np.ones((2, 1)), Simulation(record="all"))
    for layer in recording.layers:
        assert all(len(part) == 0 for part in recording.events[layer])
    assert (recording.predictions == -1).all()


def test_equal_seeds_give_equal_runs(spiking):
    settings = Simulation(steps=20, encoding="poisson", seed=4, record="all")
    one, other = (simulate(spiking, X[:3], settings) for _ in range(2))
    for layer in one.layers:
        assert np.array_equal(np.stack(one.events[layer]), np.stack(other.events[layer]))
    changed = simulate(spiking, X[:3], Simulation(steps=20, encoding="poisson", record="all"))
    assert len(changed.events["in"][0]) != len(one.events["in"][0])


@pytest.mark.parametrize("engine", ["event", "reference"])
def test_a_run_longer_than_a_span_is_one_run(spiking, engine, monkeypatch):
    x = np.random.default_rng(5).random((3, *spiking.input_shape))
    settings = Simulation(steps=50, record="all", engine=engine)
    whole = simulate(spiking, x, settings)
    monkeypatch.setattr(memory, "SPAN", 7)
    parts = simulate(spiking, x, settings)
    for name in whole.layers:
        for one, other in zip(whole.events[name], parts.events[name], strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(whole.counts[name], parts.counts[name])
        np.testing.assert_array_equal(whole.step_totals[name], parts.step_totals[name])
    np.testing.assert_array_equal(whole.predictions, parts.predictions)


@pytest.mark.parametrize("engine", ["event", "reference", "dense"])
def test_recorded_potentials_are_what_is_left_after_every_step(engine):
    """A quarter of the threshold a step, and a fifth less one unit of the grid."""
    network = chain([[GRID // 4, GRID // 5]], [[GRID // 2], [GRID]], names=["hidden", "out"])
    settings = Simulation(steps=9, engine=engine, record_potentials=("hidden", "output"))
    recording = simulate(network, np.ones((3, 1)), settings)
    assert list(recording.potentials) == ["hidden", "out"]
    quarter = [(t * GRID // 4) % GRID for t in range(1, 10)]
    assert recording.potentials["hidden"][2, :, 0].tolist() == quarter
    total = 0
    for step, potential in enumerate(recording.potentials["hidden"][0, :, 1].tolist(), start=1):
        total += potential >= GRID
        assert potential == step * (GRID // 5) - GRID * (step // 6)
    assert recording.potentials["out"].shape == (3, 9, 1)


def test_potentials_do_not_depend_on_batches_and_spans(spiking, monkeypatch):
    settings = Simulation(steps=30, record_potentials="all")
    whole = simulate(spiking, X[:5], settings)
    monkeypatch.setattr(memory, "SPAN", 7)
    parts = simulate(spiking, X[:5], Simulation(steps=30, record_potentials="all", batch_size=2))
    assert list(whole.potentials) == ["conv", "out"]
    for name, values in whole.potentials.items():
        np.testing.assert_array_equal(values, parts.potentials[name])


def test_potentials_of_units_without_a_membrane_are_refused(spiking):
    for name in ("in", "nothing"):
        with pytest.raises(SettingsError, match=f"'{name}'|{name}, whose units have no membrane"):
            simulate(spiking, X[:1], Simulation(record_potentials=(name,)))


@pytest.mark.parametrize("engine", ["event", "dense", "reference"])
def test_weights_of_units_are_added_up_over_spikes(engine):
    network = convert(convolution_network(), X, Conversion(signed_neurons=True))
    settings = Simulation(encoding="poisson", batch_size=3, engine=engine, steps=9)
    weighed = [(p.source, p.fan_out()) for p in network.projections]
    weighed += [(p.name, np.arange(p.size)) for p in network.populations]
    windows = list(weighing(network, X[4:12], settings, tuple(weighed), first_sample=4))
    # Samples 0 to 3 come first, so that those compared have the numbers, and the noise, of 4.
    whole = simulate(network, X[:12], replace(settings, record="all"))
    for number, (name, weight) in enumerate(weighed):
        sums = np.concatenate([window.weighed[number] for window in windows])
        sample, step, unit = whole.events[name][:3]
        expected = np.zeros((12, 9), np.int64)
        np.add.at(expected, (sample, step), weight[unit])
        np.testing.assert_array_equal(sums, expected[4:])
        assert not any(window.spikes for window in windows)


def test_weighing_can_be_cancelled(spiking):
    asked: list[int] = []

    def cancelled():
        asked.append(1)
        return len(asked) > 1

    assert list(weighing(spiking, X, Simulation(), cancelled=cancelled)) == []
