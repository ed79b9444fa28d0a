import numpy as np
import pytest
from cases.covering import mostly_slow
from layer_cases import CASES, CONVERTED, stored

from workbench.analysis.energy import Energy
from workbench.analysis.operations import operations
from workbench.conversion import convert
from workbench.network.pooling import MaxPool2D
from workbench.settings import Simulation
from workbench.simulation import simulate


def recorded(name, **settings):
    x = CASES[name].samples(20)
    spiking = convert(stored(name), x)
    return simulate(spiking, x[:3], Simulation(steps=30, record="all", **settings))


@pytest.mark.parametrize("name", mostly_slow(CONVERTED, neighbours=False))
def test_a_spike_costs_one_operation_per_synapse_behind_it(name):
    """Encodings take turns."""
    encoding = ("constant", "bernoulli")[CONVERTED.index(name) % 2]
    recording = recorded(name, encoding=encoding)
    network = recording.network
    table = operations(recording).set_index("layer")
    for population in network.populations[1:]:
        expected = 0
        for projection in network.incoming(population.name):
            is_current = projection.source == network.input.name and encoding == "constant"
            if is_current or isinstance(projection.maps[0], MaxPool2D):
                continue
            fan_out = np.zeros(network.population(projection.source).size, int)
            for pre, _, _ in projection.synapses():
                fan_out += np.bincount(pre, minlength=fan_out.size)
            _, _, unit = recording.events[projection.source]
            expected += int(fan_out[unit].sum())
        assert table.loc[population.name, "synops"] == pytest.approx(expected / 3)
        assert table.loc[population.name, "spikes"] == pytest.approx(
            len(recording.events[population.name][0]) / 3
        )


def test_constant_current_is_charged_once_as_macs():
    recording = recorded("conv_odd_same")
    table = operations(recording).set_index("layer")
    layer = stored("conv_odd_same")["conv"].layer
    assert table.loc["conv", "macs"] == layer.macs
    assert table.loc["conv", "synops"] == 0
    assert table.loc["head", "macs"] == 0


def test_random_input_is_charged_per_spike():
    table = operations(recorded("conv_odd_same", encoding="poisson")).set_index("layer")
    assert table.index.tolist() == ["pixels", "conv", "head"]
    assert (table["macs"] == 0).all()
    assert table.loc["conv", "synops"] > table.loc["pixels", "spikes"] > 0


def test_neurons_are_updated_every_step_and_poolings_never():
    table = operations(recorded("max_pool")).set_index("layer")
    assert table.loc["conv", "neuron_updates"] == 6 * 4 * 2 * 30
    assert table.loc["pool", "neuron_updates"] == 0
    assert table.loc["pool", "synops"] == table.loc["pool", "macs"] == 0


def test_energy_adds_up():
    recording = recorded("conv_odd_same")
    table = operations(recording)
    assert table["energy_pj"].tolist() == pytest.approx(
        (4.6 * table["macs"] + 0.9 * table["synops"]).tolist()
    )
    other = operations(recording, Energy(mac_pj=1, accumulate_pj=2))
    assert other["energy_pj"].tolist() == pytest.approx(
        (table["macs"] + 2 * table["synops"]).tolist()
    )


def test_costs_are_means_per_sample():
    name = "conv_odd_same"
    x = CASES[name].samples(20)
    spiking = convert(stored(name), x)
    one, many = (
        operations(simulate(spiking, np.repeat(x[:1], n, axis=0), Simulation(steps=30)))
        for n in (1, 5)
    )
    assert one.drop(columns="layer").to_numpy() == pytest.approx(
        many.drop(columns="layer").to_numpy()
    )
