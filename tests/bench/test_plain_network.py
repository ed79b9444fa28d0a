"""The numbers that peers get make our spikes."""

import dataclasses

import numpy as np
import pytest
from spiking_networks import chain, path

from workbench.bench.plain_network import chain_of
from workbench.errors import SimulationError
from workbench.network.convolution import Conv2D
from workbench.network.pooling import SumPool2D
from workbench.settings import Simulation
from workbench.simulation import simulate


def run_by_hand(stages, x, steps):
    """Output counts, by windows in float64 and one step after the other."""
    potentials, counts = [0.0] * len(stages), 0
    for _ in range(steps):
        value = x
        for i, stage in enumerate(stages):
            if stage.pool:
                n, h, w, c = value.shape
                blocks = value.reshape(n, h // stage.pool, stage.pool, w // stage.pool, -1, c)
                value = blocks.mean(axis=(2, 4))
            if stage.kernel.ndim == 4:
                padding = ((stage.padding, stage.padding),) * 2
                layer = Conv2D(value.shape[1:], stage.kernel.astype(float), padding=padding)
                value = layer.forward(value)
            else:
                value = value.reshape(len(x), -1) @ stage.kernel.astype(float)
            potentials[i] = potentials[i] + value + stage.bias
            value = (potentials[i] >= 1).astype(float)
            potentials[i] = potentials[i] - value
        counts = counts + value
    return counts


def test_stages_give_our_output_counts(lenet_subject):
    spiking, x = lenet_subject.spiking, lenet_subject.x[:3]
    stages = chain_of(spiking)
    ours = simulate(spiking, x, Simulation(steps=20)).output_counts
    theirs = run_by_hand(stages, x.astype(float), 20)
    assert np.abs(ours - theirs).max() <= 1


def test_samples_need_no_scaling(lenet_subject):
    spiking = dataclasses.replace(lenet_subject.spiking, input_scale=0.5)
    x = lenet_subject.x[:2] / 2
    ours = simulate(spiking, x, Simulation(steps=20)).output_counts
    assert np.abs(ours - run_by_hand(chain_of(spiking), x.astype(float), 20)).max() <= 1


def test_stages_say_where_pooling_and_images_are(lenet_subject):
    stages = chain_of(lenet_subject.spiking)
    assert [stage.pool for stage in stages] == [0, 2, 2, 0]
    assert [stage.padding for stage in stages] == [2, 2, 0, 0]
    assert [stage.image for stage in stages] == [(), (), (7, 7, 32), ()]


REFUSED = {
    "stride": path(Conv2D((4, 4, 1), np.ones((2, 2, 1, 1)), strides=(2, 2))),
    "two maps": path(*[Conv2D((4, 4, 1), np.ones((1, 1, 1, 1)))] * 2),
    "overlapping": path(
        SumPool2D((4, 4, 1), (2, 2), (1, 1)), Conv2D((3, 3, 1), np.ones((1, 1, 1, 1)))
    ),
    "reset": chain(np.ones((3, 2)), np.ones((2, 2)), reset="zero"),
    "start": chain(np.ones((3, 2)), np.ones((2, 2)), initial=5),
}


@pytest.mark.parametrize("name", REFUSED)
def test_networks_that_peers_cannot_be_given_are_refused_by_layer(name):
    with pytest.raises(SimulationError, match=r"Layer '\w+' of network '\w+' cannot be given"):
        chain_of(REFUSED[name])


def test_branches_are_refused_by_layer():
    network = chain(np.ones((3, 2)), np.ones((2, 2)))
    twice = dataclasses.replace(network, projections=(*network.projections, network.projections[1]))
    with pytest.raises(SimulationError, match="Layer 'out' of network 'chain'"):
        chain_of(twice)
