"""Peers that are installed run our network: about our spikes."""

import numpy as np
import pytest

from workbench.bench import peers
from workbench.bench.worker import Worker
from workbench.errors import SimulationError
from workbench.settings import Simulation
from workbench.simulation import simulate

STEPS = 20


@pytest.mark.slow
@pytest.mark.parametrize("peer", peers.PEERS, ids=lambda peer: peer.title)
def test_a_peer_gives_about_our_spikes(peer, lenet_subject):
    reason = peers.absence(peer.package)
    if reason:
        pytest.skip(f"{peer.title} is {reason}")
    x = lenet_subject.x[:2]
    ours = simulate(lenet_subject.spiking, x, Simulation(steps=STEPS))
    worker = Worker(peer.title, lenet_subject.spiking, STEPS)
    # Twice: the second run starts from rest, too.
    for ran in (worker(x), worker(x)):
        assert ran.counts.shape == ours.output_counts.shape
        assert np.abs(ran.counts - ours.output_counts).max() <= 1
        total = sum(int(spikes.sum()) for spikes in ours.unit_totals.values())
        assert ran.spikes == pytest.approx(total, rel=0.01)
        assert ran.seconds > 0
    worker.close()


def test_what_is_not_installed_is_told():
    assert peers.absence("no_such_simulator") == "not installed"
    assert peers.absence("numpy") == ""


@pytest.mark.skipif(bool(peers.absence("brian2")), reason="Brian2 is not installed")
def test_a_failing_peer_tells_why(monkeypatch, lenet_subject):
    monkeypatch.setattr(peers, "SYNAPSES", 1)
    with pytest.raises(
        SimulationError,
        match=r"stores each of [\d,]+ synapses separately; only networks of up to 1",
    ):
        peers.Brian2(lenet_subject.spiking, 5)


def test_a_peer_that_cannot_start_is_told_from_its_process(lenet_subject):
    with pytest.raises(SimulationError, match="failed: StopIteration"):
        Worker("Nobody", lenet_subject.spiking, 5)
