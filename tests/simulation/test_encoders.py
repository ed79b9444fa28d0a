import numpy as np
import pytest
from spiking_networks import GRID, chain

from workbench.errors import DataError, SimulationError
from workbench.settings import Simulation
from workbench.simulation.encoders import InputStream

NETWORK = chain(np.full((5, 1), GRID))
X = np.array([[0.0, 0.25, 0.5, 0.75, 1.0]])


def stream(x=X, first=0, **settings):
    settings = {"encoding": "poisson", "seed": 0, **settings}
    return InputStream(NETWORK, x, Simulation(**settings), first)


@pytest.mark.parametrize(
    ("settings", "chance"),
    [
        ({"encoding": "bernoulli"}, 1.0),
        ({"encoding": "bernoulli", "input_rate_hz": 10}, 1.0),
        ({"encoding": "poisson"}, 0.2),
        ({"encoding": "poisson", "input_rate_hz": 200}, 0.2),
        ({"encoding": "poisson", "input_rate_hz": 200, "dt_ms": 0.5}, 0.1),
    ],
)
def test_inputs_spike_as_often_as_they_are_large(settings, chance):
    rates = stream(**settings).spikes(0, 20_000).mean(axis=0)
    assert rates == pytest.approx(X[0] * chance, abs=0.015)
    assert rates[0] == 0
    if chance == 1:
        assert rates[4] == 1


@pytest.mark.parametrize("rate_hz", [1000, 300, 50])
def test_the_mean_current_is_that_of_constant_input_whatever_the_rate(rate_hz):
    one = stream(input_rate_hz=rate_hz)
    drive = one.drive_of(one.spikes(0, 40_000))["out"]
    constant = stream(encoding="constant").drive["out"][0, 0]
    assert drive.mean() == pytest.approx(constant, rel=0.05)


def test_draws_in_parts_are_draws_at_once():
    whole = stream().spikes(0, 100)
    parts = stream()
    assert (np.concatenate([parts.spikes(0, n) for n in (1, 2, 30, 67)]) == whole).all()


def test_every_sample_has_a_stream_of_its_own():
    x = np.repeat(X, 3, axis=0)
    both = stream(x)
    trains = [both.spikes(sample, 200) for sample in range(3)]
    assert (trains[0] != trains[1]).any()
    # The same sample draws the same wherever it lies in a batch, and whoever drew before.
    assert (stream(x[2:], first=2).spikes(0, 200) == trains[2]).all()


def test_seeds_change_the_spikes():
    assert (stream(seed=0).spikes(0, 200) != stream(seed=1).spikes(0, 200)).any()
    stream(seed=2**63 - 1).spikes(0, 3)


def test_values_that_cannot_be_rates_are_refused():
    x = X.copy()
    x[0, 0] = -0.1
    with pytest.raises(DataError, match="below 0, so they cannot be rates for poisson input"):
        stream(x)
    stream(x, encoding="constant")


def test_inputs_beyond_the_calibration_spike_at_every_step():
    x = X.copy()
    x[0, 0] = 1.5
    assert stream(x, encoding="bernoulli").spikes(0, 50)[:, 0].all()


def test_rates_so_low_that_sums_are_inexact_are_refused():
    with pytest.raises(SimulationError, match=r"input current of layer 'out'.*Raise input_rate_hz"):
        stream(input_rate_hz=1e-3, dt_ms=1e-3)


def test_bounds_hold_for_every_spike_pattern():
    one = stream(input_rate_hz=300)
    largest = one.largest_drives()["out"]
    assert np.abs(one.drive_of(np.ones((1, 5), bool))["out"]).max() <= largest
    constant = stream(encoding="constant")
    assert constant.largest_drives()["out"] == np.abs(constant.drive["out"]).max()
