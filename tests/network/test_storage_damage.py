"""Whatever happens to a saved file, it makes the same network or a refusal; and other processes."""

import subprocess
import sys

import numpy as np
import pytest
from example_counts import examples
from forged_files import forged
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_cases import CASES, stored
from networks import convolution_network

from workbench.conversion import convert
from workbench.errors import ModelFileError
from workbench.network import storage
from workbench.network.activation import ACTIVATION_KINDS
from workbench.network.field_types import hints
from workbench.network.layer import LAYER_KINDS
from workbench.settings import Simulation
from workbench.simulation import simulate

X = np.random.default_rng(0).random((20, 5, 5, 1), np.float32)


@pytest.fixture(scope="module")
def spiking():
    return convert(convolution_network(), X)


@pytest.fixture(scope="module", params=["analog", "spiking"])
def intact(request, tmp_path_factory, spiking):
    network = convolution_network() if request.param == "analog" else spiking
    path = storage.save(network, tmp_path_factory.mktemp("fuzz") / "small.snn")
    return path, path.read_bytes(), network


def reads_the_same_or_is_refused(intact, content):
    path, _, network = intact
    path.write_bytes(content)
    try:
        again = storage.load(path)
    except ModelFileError as error:
        assert path.name in str(error)
    else:
        assert again == network


PLACES = st.floats(0, 1, exclude_max=True)


@settings(max_examples=examples(150))
@given(places=st.lists(PLACES, min_size=1, max_size=4), mask=st.integers(1, 255))
def test_flipped_bits_make_no_other_network_and_no_other_error(intact, places, mask):
    content = bytearray(intact[1])
    for place in places:
        content[int(place * len(content))] ^= mask
    reads_the_same_or_is_refused(intact, content)


@settings(max_examples=examples(60))
@given(begin=PLACES, end=PLACES, filler=st.binary(max_size=8))
def test_cuts_and_insertions_make_no_other_network_and_no_other_error(intact, begin, end, filler):
    content = intact[1]
    first, last = sorted((int(begin * len(content)), int(end * len(content))))
    reads_the_same_or_is_refused(intact, content[:first] + filler + content[last:])
    reads_the_same_or_is_refused(intact, content[:last])
    reads_the_same_or_is_refused(intact, content[first:])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=examples(150))
@given(data=st.data(), value=VALUES)
def test_any_value_in_any_place_of_the_structure_is_read_or_refused(intact, data, value):
    """One value of the JSON replaced, the checksum made right again."""
    path, content, network = intact
    path.write_bytes(content)

    def change(structure, arrays):
        place, key = structure, data.draw(st.sampled_from(sorted(structure)))
        while place[key] and isinstance(place[key], (dict, list)) and data.draw(st.integers(0, 4)):
            place = place[key]
            keys = sorted(place) if isinstance(place, dict) else range(len(place))
            key = data.draw(st.sampled_from(keys))
        place[key] = value

    try:
        again = storage.load(forged(path, change))
    except ModelFileError as error:
        assert path.name in str(error)
    else:
        assert type(again) is type(network)
        assert again.summary() is not None


def test_annotations_of_all_layers_and_activations_can_be_checked():
    for kind in (*LAYER_KINDS.values(), *ACTIVATION_KINDS.values()):
        assert isinstance(hints(kind), dict)


SCRIPT = """
import sys
import numpy as np
from workbench.network import storage
from workbench.settings import Simulation
from workbench.simulation import simulate

network = storage.load(sys.argv[1])
x = np.load(sys.argv[2])
recording = simulate(network, x, Simulation(steps=40, record="all"))
np.savez(sys.argv[3], hash=network.content_hash, **{
    layer: np.stack(recording.events[layer]) for layer in recording.layers
})
"""


@pytest.mark.parametrize(
    "case", ["conv_odd_same", pytest.param("add_three", marks=pytest.mark.slow)]
)
def test_a_new_process_simulates_the_same_spikes(tmp_path, case):
    network = convert(stored(case), CASES[case].samples(20))
    x = CASES[case].samples(4)
    np.save(tmp_path / "x.npy", x)
    path = storage.save(network, tmp_path / "net.snn")
    files = [str(path), str(tmp_path / "x.npy"), str(tmp_path / "spikes.npz")]
    subprocess.run([sys.executable, "-c", SCRIPT, *files], check=True, timeout=300)
    here = simulate(network, x, Simulation(steps=40, record="all"))
    with np.load(tmp_path / "spikes.npz") as there:
        assert str(there["hash"]) == network.content_hash
        for layer in here.layers:
            assert np.array_equal(there[layer], np.stack(here.events[layer]))
    assert sum(len(here.events[layer][0]) for layer in here.layers)
