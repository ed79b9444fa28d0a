"""Every case can be saved and comes back the same, spikes included."""

import numpy as np
import pytest
from cases.covering import mostly_slow
from layer_cases import CASES, CONVERTED, stored

from workbench.conversion import convert
from workbench.network import storage
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate


@pytest.mark.parametrize("name", mostly_slow(tuple(CASES)))
def test_an_analog_network_comes_back_the_same(name, tmp_path):
    network = stored(name)
    again = storage.load(storage.save(network, tmp_path / "network.snn"))
    assert again.content_hash == network.content_hash
    assert again == network
    assert (again.name, again.verification) == (network.name, network.verification)
    assert again.report.equals(network.report)
    x = CASES[name].samples(3)
    assert np.array_equal(again.forward(x), network.forward(x))


@pytest.mark.parametrize("name", mostly_slow(CONVERTED, neighbours=False))
def test_a_spiking_network_comes_back_with_the_same_spikes(name, tmp_path):
    network = stored(name)
    x = CASES[name].samples(20)
    settings = Conversion(per_channel=name != "relu_after_flatten", max_pool="exact", threshold=0.8)
    spiking = convert(network, x, settings)
    again = storage.load(storage.save(spiking, tmp_path / "network.snn"))
    assert again.content_hash == spiking.content_hash
    assert again.conversion == settings
    assert again.trace.equals(spiking.trace)
    assert again.summary().equals(spiking.summary())
    one, other = (
        simulate(net, x[:2], Simulation(steps=25, record="all")) for net in (spiking, again)
    )
    for layer in one.layers:
        assert np.array_equal(np.stack(one.events[layer]), np.stack(other.events[layer]))
        assert np.array_equal(
            spiking.decode(layer, one.counts[layer], 25),
            again.decode(layer, other.counts[layer], 25),
        )
