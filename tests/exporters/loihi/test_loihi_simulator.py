import numpy as np
import pytest
from exporters.export_cases import LINEAR, Stack, convolutions, flat

from workbench.exporters.loihi.chip_integers import QuantizedLayer, quantize
from workbench.exporters.loihi.layer_chain import ChainLayer, chain
from workbench.exporters.loihi.netx import write
from workbench.exporters.loihi.simulator import input_spikes, simulate_file, simulate_spikes
from workbench.network.dense import Dense

pytest.importorskip("h5py", reason="netx files are HDF5")
STEPS = 30


def by_hand(layers, spikes, reset):
    """The equations of the chip on dense matrices, in channels-last order."""
    before = [spikes[0] * 0] + [np.zeros(layer.source.units, int) for layer in layers]
    v = [np.zeros(layer.source.units, int) for layer in layers]
    trains = [[] for _ in layers]
    for arriving in spikes:
        now = [arriving]
        for i, layer in enumerate(layers):
            matrix = np.zeros((before[i].size, layer.source.units), int)
            for pre, post, weight in layer.source.map.replace(kernel=layer.weight).synapses():
                np.add.at(matrix, (pre, post), weight)
            bias = np.resize(layer.bias, layer.source.units)
            u = (before[i] @ matrix) << 6
            v[i] = np.clip(v[i] + u + (bias << 6), -(2**23) + 1, 2**23 - 1)
            fired = v[i] >= layer.threshold << 6
            v[i] = np.where(fired, v[i] - (layer.threshold << 6) if reset == "soft" else 0, v[i])
            now.append(fired.astype(int))
            trains[i].append(fired)
        before = now
    return [np.array(train) for train in trains]


@pytest.mark.parametrize("reset", ["soft", "hard"])
@pytest.mark.parametrize("build", [convolutions, flat])
def test_the_file_read_back_obeys_the_chips_equations(build, reset, tmp_path):
    network = build().convert(percentile=90.0)
    layers = quantize(chain(network))
    path = tmp_path / "net.net.h5"
    write(path, layers, "")
    x = np.random.default_rng(2).random((1, *network.input_shape))
    spikes = input_spikes(network.encode(x), STEPS)
    is_image = spikes.ndim == 5
    stored = spikes.transpose(0, 1, 4, 2, 3) if is_image else spikes
    found = simulate_spikes(path, stored, reset)
    expected = by_hand(layers, spikes.reshape(STEPS, -1).astype(int), reset)
    for layer, ours, theirs in zip(layers, found, expected, strict=True):
        ours = ours[:, 0].transpose(0, 2, 3, 1) if ours.ndim == 5 else ours[:, 0]
        assert np.array_equal(ours.reshape(STEPS, -1), theirs), layer.name
        assert theirs.any(), f"{layer.name} is silent and shows nothing"


def test_outputs_of_an_image_are_numbered_as_in_the_network(tmp_path):
    network = Stack((6, 5, 2)).conv("a", 4, 3).conv("output", 3, 2, activation=LINEAR).convert()
    layers = quantize(chain(network))
    write(tmp_path / "net.net.h5", layers, "")
    encoded = network.encode(np.random.default_rng(2).random((1, 6, 5, 2)))
    counts, potentials = simulate_file(tmp_path / "net.net.h5", encoded, STEPS, "soft")
    spikes = input_spikes(encoded, STEPS).reshape(STEPS, -1).astype(int)
    after = np.zeros((len(layers), spikes.shape[1]), int)  # Until the last spikes have arrived.
    expected = by_hand(layers, np.concatenate([spikes, after]), "soft")[-1].sum(axis=0)
    assert len(np.unique(expected)) > 3, "alike outputs show nothing"
    assert counts.tolist() == [expected.tolist()]
    assert potentials.shape == counts.shape


def test_input_spikes_are_as_many_as_the_input_and_evenly_spaced():
    encoded = np.array([[0, 1024, 2048, 4095, 4096, 9999, -5]])
    spikes = input_spikes(encoded, 40)
    assert spikes.sum(axis=0).tolist() == [[0, 10, 20, 40, 40, 40, 0]]
    assert np.diff(np.nonzero(spikes[:, 0, 1])[0]).tolist() == [4] * 9


def test_potentials_stop_at_23_bits(tmp_path):
    source = ChainLayer("sunk", Dense(np.ones((40, 1))), np.zeros(1), 1.0)
    weight, bias = np.full((40, 1), 254), np.array([-4096])
    layer = QuantizedLayer(source, weight, bias, 100, 0, 1.0, "weights")
    write(tmp_path / "net.net.h5", (layer,), "")
    spikes = np.zeros((100, 1, 40), bool)
    spikes[60:] = True
    (train,) = simulate_spikes(tmp_path / "net.net.h5", spikes, "soft")
    # Inhibition stops at -131,071; from there 6,064 a step, one step late.
    assert np.nonzero(train[:, 0, 0])[0][0] == 60 + (131_071 + 100) // 6064 + 1
    assert np.array_equal(train[:, 0], by_hand((layer,), spikes[:, 0].astype(int), "soft")[0])


def test_spikes_on_their_way_are_waited_for(tmp_path):
    network = flat().convert()
    path = tmp_path / "net.net.h5"
    write(path, quantize(chain(network)), "")
    encoded = np.full((2, 12), 4096)
    counts, potentials = simulate_file(path, encoded, 10, "soft")
    assert counts.shape == potentials.shape == (2, 4)
    spikes = input_spikes(encoded, 10).reshape(10, 2, 12)
    longer = np.concatenate([spikes, np.zeros((2, 2, 12), bool)])
    assert np.array_equal(counts, simulate_spikes(path, longer, "soft")[-1].sum(axis=0))
