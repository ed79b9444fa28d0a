import numpy as np
import pytest
from exporters.export_cases import convolutions, flat

from workbench.exporters.loihi.chip_integers import quantize
from workbench.exporters.loihi.layer_chain import chain
from workbench.exporters.loihi.netx import groups, read, write

h5py = pytest.importorskip("h5py", reason="netx files are HDF5")


@pytest.fixture
def layers():
    return quantize(chain(convolutions().convert()))


@pytest.fixture
def path(layers, tmp_path):
    write(tmp_path / "net.net.h5", layers, "what this is")
    return tmp_path / "net.net.h5"


def test_the_file_reads_back(layers, path):
    shape, found = read(path)
    assert shape == (2, 9, 11)
    assert [f.type for f in found] == ["conv", "conv", "conv", "flatten", "dense", "dense"]
    neural = [f for f in found if f.type != "flatten"]
    for stored, layer in zip(neural, layers, strict=True):
        assert stored.threshold_mantissa == layer.threshold - 1
        assert np.array_equal(stored.data["bias"], layer.bias)
        assert stored.data["weight"].size == layer.weight.size
    kernel = layers[0].weight
    assert stored_equal(neural[0].data["weight"], kernel.transpose(3, 2, 0, 1))
    assert neural[0].data["shape"].tolist() == [4, 9, 11]


def stored_equal(a, b) -> bool:
    return a.shape == b.shape and bool((a == b).all())


def test_dense_weights_follow_the_order_in_which_lava_flattens(layers, path):
    _, found = read(path)
    weight, image = layers[3].weight, layers[3].source.flattened
    height, width, channels = image
    stored = found[4].data["weight"]
    for c, h, w in ((0, 0, 0), (1, 0, 2), (3, 1, 1), (5, 1, 2)):
        there = (c * height + h) * width + w
        here = (h * width + w) * channels + c
        assert np.array_equal(stored[:, there], weight[here])


def test_the_file_has_what_the_loader_reads(layers, path):
    with h5py.File(path) as file:
        assert file.attrs["about"] == "what this is"
        assert file["layer/0/type"].dtype.kind == "S"
        assert file["layer/3/groups"][()] == 6
        for number in groups(layers):
            neuron = file[f"layer/{number}/neuron"]
            assert neuron["type"][0] == b"LOIHI"
            values = {key: int(neuron[key][()]) for key in ("iDecay", "vDecay", "refDelay")}
            assert values == {"iDecay": 4096, "vDecay": 0, "refDelay": 1}


def test_a_flattened_input_needs_no_group(tmp_path):
    write(tmp_path / "net.net.h5", quantize(chain(flat().convert())), "")
    shape, found = read(tmp_path / "net.net.h5")
    assert shape == (12,)
    assert [f.type for f in found] == ["dense", "dense"]
