import dataclasses

import numpy as np
import pytest
from spiking_networks import GRID, chain

from workbench.errors import SimulationError
from workbench.settings import Simulation
from workbench.simulation import memory, simulate, stream, window_stream

NETWORK = chain([[GRID // 2] * 100], [[GRID // 100]] * 100, names=["hidden", "out"])
X = np.ones((10, 1))
SETTINGS = Simulation(steps=200, record="all")
SPIKES = 10 * 200 / 2 * 101
"""Every second step, all neurons of both layers."""


def give(monkeypatch, free):
    monkeypatch.setattr(window_stream, "free_memory", lambda: free)


def test_recordings_beyond_free_memory_are_refused_with_their_size(monkeypatch):
    give(monkeypatch, 4_000_000)
    message = (
        r"Recording hidden, out for 10 samples and 200 steps takes about 0\.0 GB, and 0\.0 GB of "
        r"memory are free; 'hidden' alone takes 0\.0 GB\. Record fewer layers, or give fewer"
    )
    with pytest.raises(SimulationError, match=message):
        simulate(NETWORK, X, SETTINGS)
    simulate(NETWORK, X, dataclasses.replace(SETTINGS, record=("out",)))
    simulate(NETWORK, X, dataclasses.replace(SETTINGS, steps=20))


def test_sizes_follow_what_the_network_spikes(monkeypatch):
    give(monkeypatch, int(SPIKES * memory.SPIKE_BYTES * 1.05))
    assert len(simulate(NETWORK, X, SETTINGS).events["hidden"][0]) > 0.9 * SPIKES
    give(monkeypatch, int(SPIKES * memory.SPIKE_BYTES * 0.95))
    with pytest.raises(SimulationError, match="takes about"):
        simulate(NETWORK, X, SETTINGS)


def test_nothing_is_tried_where_memory_is_ample():
    def fail(*_):
        raise AssertionError("a short run was made")

    for free in (10**11, 10**12):
        memory.check_recording(NETWORK, X, SETTINGS, ("hidden", "out"), ("hidden",), free, fail)


def test_potentials_beyond_free_memory_are_refused_with_their_size(monkeypatch):
    give(monkeypatch, 10 * 200 * 100 * memory.POTENTIAL_BYTES - 1)
    settings = Simulation(steps=200, record=(), record_potentials=("hidden",))
    with pytest.raises(SimulationError, match="Recording the potentials of hidden for 10 samples"):
        simulate(NETWORK, X, settings)
    give(monkeypatch, 10 * 200 * 100 * memory.POTENTIAL_BYTES)
    assert simulate(NETWORK, X, settings).potentials["hidden"].shape == (10, 200, 100)


def test_runs_that_record_nothing_take_batches_that_fit(monkeypatch):
    whole = simulate(NETWORK, X, dataclasses.replace(SETTINGS, record=()))
    give(monkeypatch, 4 * memory.sample_bytes(NETWORK))
    parts = []
    recording = simulate(
        NETWORK,
        X,
        dataclasses.replace(SETTINGS, record=(), steps=20),
        lambda *done: parts.append(done),
    )
    assert parts == [(2, 10), (4, 10), (6, 10), (8, 10), (10, 10)]
    expected = whole.step_totals["hidden"][:20]
    np.testing.assert_array_equal(recording.step_totals["hidden"], expected)


def test_batches_beyond_free_memory_are_refused_with_one_that_fits(monkeypatch):
    one = memory.sample_bytes(NETWORK) + 20 * memory.step_bytes(NETWORK)
    give(monkeypatch, 6 * one)
    message = (
        r"Simulating 10 samples of network 'chain' at once takes about 0\.0 GB, and 0\.0 GB of "
        r"memory are free\. Simulate in smaller batches with Simulation\(batch_size=3\)"
    )
    with pytest.raises(SimulationError, match=message):
        next(stream(NETWORK, X, SETTINGS))
    fitting = dataclasses.replace(SETTINGS, batch_size=3)
    assert [len(window.samples) for window in stream(NETWORK, X, fitting) if window.start == 0] == [
        3, 3, 3, 1,
    ]  # fmt: skip


@pytest.mark.parametrize("engine", sorted(memory.OTHER_ENGINES))
def test_engines_that_take_more_are_refused_earlier(monkeypatch, engine):
    one = memory.sample_bytes(NETWORK) + 20 * memory.step_bytes(NETWORK)
    give(monkeypatch, int(10.5 * one))
    next(stream(NETWORK, X, SETTINGS))
    with pytest.raises(SimulationError, match="Simulate in smaller batches"):
        next(stream(NETWORK, X, dataclasses.replace(SETTINGS, engine=engine)))


def test_a_network_of_which_no_sample_fits_is_refused(monkeypatch):
    give(monkeypatch, memory.sample_bytes(NETWORK))
    message = r"network 'chain' takes about .* It needs 0\.0 GB for a single sample: use a machine"
    with pytest.raises(SimulationError, match=message):
        simulate(NETWORK, X, dataclasses.replace(SETTINGS, record=()))


def test_many_classes_make_spans_shorter():
    wide = chain([[GRID] * 10_000])
    assert memory.fitting_span(NETWORK, 128) == memory.SPAN
    span = memory.fitting_span(wide, 128)
    assert 1 <= span < memory.SPAN
    assert span * 128 * memory.step_bytes(wide) <= memory.SPAN_BYTES


def test_the_system_is_asked_once_a_run(monkeypatch):
    asked = []
    monkeypatch.setattr(window_stream, "free_memory", lambda: asked.append(1) or 10**12)
    simulate(NETWORK, X, SETTINGS)
    assert len(asked) == 1
    list(stream(NETWORK, X, dataclasses.replace(SETTINGS, batch_size=3)))
    assert len(asked) == 2


def test_large_networks_run_fewer_samples_at_once():
    large = chain([[GRID] * 1_000_000])
    assert memory.fitting_batch(NETWORK, 10**12) == memory.BATCH
    assert memory.fitting_batch(large, 10**12) * memory.sample_bytes(large) <= memory.BATCH_BYTES
