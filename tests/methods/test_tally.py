"""Figures of runs whose length the network decides, and their end when somebody presses Stop."""

import numpy as np
import pytest

import workbench as wb
from workbench.methods.tally import Tally
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate


@pytest.fixture(scope="module")
def samples():
    return wb.datasets.load("mnist14").x_validation[:12]


@pytest.mark.parametrize("code", ["phase", "ttfs_steps", "ttfs"])
def test_a_run_in_turns_is_that_of_simulate_and_ends_at_once(code, samples):
    network = wb.load("counting")
    spiking = wb.convert(network, samples, Conversion(code=code))
    recording = simulate(spiking, samples)
    classes = network.predictions(samples)
    tally, asked = Tally(spiking, Simulation(), 1), []

    def cancelled():
        asked.append(0)
        return len(asked) > 3

    assert not tally.add(samples, 0, classes, classes, cancelled)
    assert 3 < len(asked) < 8 and tally.samples == 0 and not tally.right.any()
    assert tally.add(samples, 0, classes, classes)
    np.testing.assert_array_equal(
        tally.right, (recording.predictions == classes[:, None]).sum(axis=0)
    )
    assert tally.shares(1).spikes == sum(
        recording.unit_totals[p.name].sum() for p in spiking.populations if p.kind == "if"
    )
