import dataclasses

import numpy as np
import pytest
from spiking_networks import GRID, chain

from workbench.errors import SimulationError
from workbench.settings import Simulation
from workbench.simulate import memory, simulate

NETWORK = chain([[GRID // 2] * 100], [[GRID // 100]] * 100, names=["hidden", "out"])
X = np.ones((10, 1))
SETTINGS = Simulation(steps=200, record="all")
SPIKES = 10 * 200 / 2 * 101
"""Every second step, all neurons of both layers."""


def give(monkeypatch, free):
    monkeypatch.setattr(memory, "free_memory", lambda: free)


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


def test_nothing_is_tried_where_memory_is_unknown_or_ample(monkeypatch):
    def fail(*_):
        raise AssertionError("a short run was made")

    for free in (None, 10**12):
        give(monkeypatch, free)
        memory.check_recording(NETWORK, X, SETTINGS, ("hidden", "out"), ("hidden",), fail)


def test_potentials_beyond_free_memory_are_refused_with_their_size(monkeypatch):
    give(monkeypatch, 10 * 200 * 100 * memory.POTENTIAL_BYTES - 1)
    settings = Simulation(steps=200, record=(), record_potentials=("hidden",))
    with pytest.raises(SimulationError, match="Recording the potentials of hidden for 10 samples"):
        simulate(NETWORK, X, settings)
    give(monkeypatch, 10 * 200 * 100 * memory.POTENTIAL_BYTES)
    assert simulate(NETWORK, X, settings).potentials["hidden"].shape == (10, 200, 100)


def test_runs_that_record_nothing_are_never_refused(monkeypatch):
    give(monkeypatch, 1)
    recording = simulate(NETWORK, X, dataclasses.replace(SETTINGS, record=()))
    assert recording.step_totals["hidden"].sum() > 0
