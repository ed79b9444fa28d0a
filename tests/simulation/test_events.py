"""Frames of events as input."""

import numpy as np
import pytest
from layer_cases import CASES, stored

from workbench.conversion import convert
from workbench.errors import DataError
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate

ENGINES = ("event", "reference", "dense")


def spiking_case(name):
    x = CASES[name].samples(12)
    return convert(stored(name), x, Conversion(percentile=95)), x[:3]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["conv_odd_same", "max_pool_overlapping", "two_inputs"])
def test_random_spikes_played_again_as_events_give_the_same_spikes(name, engine):
    network, x = spiking_case(name)
    drawn = simulate(network, x, Simulation(steps=30, encoding="bernoulli", record="all"))
    sample, step, unit = drawn.events[network.input.name]
    frames = np.zeros((len(x), 30, network.input.size), bool)
    frames[sample, step, unit] = True
    frames = frames.reshape(len(x), 30, *network.input_shape)
    settings = Simulation(steps=30, encoding="events", record="all", engine=engine, batch_size=2)
    played = simulate(network, frames, settings)
    for layer in drawn.layers:
        assert np.array_equal(np.stack(drawn.events[layer]), np.stack(played.events[layer])), layer


def test_nothing_comes_after_the_last_frame():
    network, _ = spiking_case("conv_odd_same")
    frames = np.ones((1, 4, *network.input_shape), int)
    run = simulate(network, frames, Simulation(steps=9, encoding="events", record=("pixels",)))
    assert sorted(set(run.events["pixels"][1].tolist())) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (np.zeros((3, 6, 5, 2)), r"\(3, 6, 5, 2\); .* takes \(samples, frames, 6, 5, 2\)"),
        (np.full((1, 4, 6, 5, 2), 0.5), "other than 0 and 1"),
    ],
)
def test_what_are_no_events_is_refused(frames, message):
    network, _ = spiking_case("conv_odd_same")
    with pytest.raises(DataError, match=message):
        simulate(network, frames, Simulation(steps=4, encoding="events"))
