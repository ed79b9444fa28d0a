"""Neurons that start from potentials of their own: every engine, against plain loops."""

from dataclasses import replace

import numpy as np
import pytest
from layer_cases import CASES, stored
from spiking_networks import GRID, chain, looped

from workbench.conversion import convert
from workbench.errors import StructureError
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate, stream

RNG = np.random.default_rng(3)


def own_potentials(network):
    populations = [
        replace(p, initial_potential=RNG.integers(-p.threshold, 2 * p.threshold, p.size))
        if p.kind == "if" and p.reset != "none"
        else p
        for p in network.populations
    ]
    return replace(network, populations=tuple(populations))


@pytest.mark.parametrize("engine", ["event", "reference", "dense"])
@pytest.mark.parametrize("reset", ["subtract", "zero", "modulo"])
def test_spikes_are_those_of_loops(engine, reset):
    kernels = [RNG.integers(-GRID // 2, GRID, shape) for shape in ((5, 7), (7, 6), (6, 3))]
    network = own_potentials(chain(*kernels, reset=reset))
    x = RNG.random((3, 5))
    run = simulate(network, x, Simulation(steps=12, engine=engine, record="all"))
    for layer, expected in looped(network, x, 12).items():
        assert np.stack(run.events[layer], axis=1).tolist() == sorted(map(list, expected))


DYNAMICS = [
    {"refractory_steps": 2, "leak": 0.05, "delay_steps": 1},
    {"encoding": "poisson", "input_rate_hz": 500, "leak": 0.1},
    {"readout": "potential", "delay_steps": 3},
]


@pytest.mark.parametrize("signed", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("options", DYNAMICS)
def test_engines_windows_and_batches_agree(options, signed):
    name = "residual"
    x = CASES[name].samples(12)
    network = convert(stored(name), x, Conversion(percentile=95, signed_neurons=signed))
    network, x = own_potentials(network), x[:5]
    settings = Simulation(steps=11, record="all", **options)
    runs = [
        simulate(network, x, replace(settings, engine=engine, batch_size=batch))
        for engine, batch in (("reference", None), ("event", None), ("event", 2), ("dense", None))
    ]
    for run in runs[1:]:
        for layer in runs[0].layers:
            assert np.array_equal(np.stack(run.events[layer]), np.stack(runs[0].events[layer])), (
                layer
            )
        assert np.array_equal(run.predictions, runs[0].predictions)
        assert np.array_equal(run.gathered, runs[0].gathered)
    windows = list(stream(network, x, settings, window_steps=4))
    potentials = np.concatenate([w.output_potentials for w in windows], axis=1)
    whole = next(iter(stream(network, x, settings, window_steps=11)))
    assert np.array_equal(potentials, whole.output_potentials)


@pytest.mark.parametrize("starts", [np.zeros(3), np.zeros(2, np.int64), np.zeros((3, 1), np.int64)])
def test_other_arrays_are_refused(starts):
    network = chain(np.ones((2, 3)))
    with pytest.raises(StructureError, match=r"initial_potential is (float64|int64) of the shape"):
        replace(network.output, initial_potential=starts)


def test_potentials_of_single_neurons_are_part_of_the_hash():
    network = chain(np.ones((2, 3)), initial=GRID // 2)
    hashes = {network.content_hash}
    for first in (0, 1):
        output = replace(network.output, initial_potential=np.array([first, 0, 0]))
        hashes.add(replace(network, populations=(network.input, output)).content_hash)
    assert len(hashes) == 3
