"""Files that somebody wrote by hand: each is refused, and the message says what is wrong."""

import contextlib
import io
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_cases import CASES, built
from networks import convolution_network, dense_network

from workbench.convert import convert
from workbench.errors import ModelFileError
from workbench.network import storage, storage_archive
from workbench.network.activation import ACTIVATION_KINDS
from workbench.network.layer import LAYER_KINDS
from workbench.network.serialize import decode, digest
from workbench.network.storage_types import _hints
from workbench.settings import Simulation
from workbench.simulate import simulate

X = np.random.default_rng(0).random((20, 5, 5, 1), np.float32)


@pytest.fixture(scope="module")
def spiking():
    return convert(convolution_network(), X)


@pytest.fixture
def analog_file(tmp_path):
    return storage.save(convolution_network(), tmp_path / "analog.snn")


@pytest.fixture
def spiking_file(tmp_path, spiking):
    return storage.save(spiking, tmp_path / "spiking.snn")


def entries_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=array.dtype == object)
    return buffer.getvalue()


def written(path, entries, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def forged(path, change=lambda network, arrays: None, **header_changes):
    """Rewrite a file with a structure or arrays changed, its checksum made right again."""
    entries = entries_of(path)
    header = json.loads(entries.pop("network.json"))
    arrays = [np.load(io.BytesIO(entries[f"arrays/{i}.npy"])) for i in range(len(entries))]
    change(header["network"], arrays)
    with contextlib.suppress(Exception):  # what cannot be decoded never gets to the checksum
        header["digest"] = digest(decode(header["network"], arrays))
    header |= header_changes
    entries = {f"arrays/{i}.npy": npy(array) for i, array in enumerate(arrays)}
    return written(path, {"network.json": json.dumps(header).encode(), **entries})


def refused(path, words):
    with pytest.raises(ModelFileError, match=words) as refusal:
        storage.load(path)
    assert path.name in str(refusal.value)


def test_a_forgery_without_changes_is_read(analog_file, spiking_file, spiking):
    assert storage.load(forged(analog_file)) == convolution_network()
    assert storage.load(forged(spiking_file)) == spiking


def node(index, **fields):
    """Change fields of a node's layer."""
    return lambda network, arrays: network["nodes"][index][1].update(fields)


def array(index, value):
    def change(network, arrays):
        arrays[index] = np.asarray(value)

    return change


def nodes(change):
    return lambda network, arrays: change(network["nodes"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (node(1, layer="Conv9D"), r"network.nodes\[1\]\[1\] is of the unknown layer kind 'Conv9D'"),
        (node(1, layer=["Dense"]), r"unknown layer kind \['Dense'\]"),
        (node(1, layer="Dropped"), "unknown layer kind 'Dropped', maybe a newer one"),
        (node(2, layer="MaxPool2D"), r"\(MaxPool2D\) has no field target_shape"),
        (
            nodes(lambda n: n[2].__setitem__(1, {"layer": "Rearrange", "input_shape": [3, 3, 2]})),
            r"node 'flat' \(Rearrange\) is no layer by itself",
        ),
        (node(1, tint=3), r"network.nodes\[1\]\[1\] \(Conv2D\) has no field tint"),
        (nodes(lambda n: n[1][1].pop("kernel")), r"\(Conv2D\) lacks kernel"),
        (node(1, kernel={"array": 7}), "kernel names no array of the file, which has"),
        (node(1, kernel={"array": -1}), "kernel names no array"),
        (node(1, kernel={"array": True}), "kernel names no array"),
        (node(1, kernel={"array": 0, "x": 1}), "kernel names no array"),
        (node(1, kernel={"array": 0, "mapping": []}), "kernel is array and mapping at once"),
        (node(1, strides={"mapping": [[1, 2]]}), "strides is no list of keys and values"),
        (node(1, kernel=5), "only 2 of its 3 arrays are used"),
        (node(1, bias=5), r"node 'conv' \(Conv2D\): bias is 5; accepted: np.ndarray . None"),
        (node(1, strides=[1, "a"]), r"node 'conv' \(Conv2D\): strides is \(1, 'a'\); accepted"),
        (node(1, strides=[1, 1, 1]), "strides is"),
        (node(1, strides=[1, 1.0]), "strides is"),
        (node(1, strides=[0, 1]), "its strides, dilation or groups are below 1"),
        (node(1, groups=10**30), "groups is 1000"),
        (node(1, groups=True), "groups is True; accepted: int"),
        (node(1, groups=3), "does not fit 3 groups"),
        (node(1, padding=[[-9, 0], [0, 0]]), "its padding is below 0"),
        (node(1, padding=[[10**9, 0], [10**9, 0]]), "has the shape .*accepted are 1 to"),
        (node(1, input_shape=[5, 5, 2]), "does not fit 1 groups of its input"),
        (node(1, input_shape=[5, 5]), "its kernel has the shape"),
        (node(1, input_shape=[6, 6, 1]), "'conv' .Conv2D. takes inputs of shape .*sources give"),
        (node(0, shape=[-5, -5, 1]), r"node 'in' \(Input\) has the shape \(-5, -5, 1\)"),
        (node(0, shape=[10**12, 5, 1]), "accepted are 1 to 2,147,483,648 units"),
        (node(0, shape=[]), r"has the shape \(\)"),
        (node(2, target_shape=[17]), "cannot be reshaped to"),
        (nodes(lambda n: n.reverse()), "is the input, as Dense|is behind the input"),
        (nodes(lambda n: n.insert(1, n.pop(2))), r"reads \['conv'\], which do not come before"),
        (nodes(lambda n: n[1].__setitem__(3, ["out"])), r"reads \['out'\], which do not come befo"),
        (nodes(lambda n: n[1].__setitem__(0, "in")), "two nodes named 'in'"),
        (nodes(lambda n: n[1].__setitem__(0, None)), "node 'None': name is None"),
        (nodes(lambda n: n[2].__setitem__(1, 3)), "node 'flat': layer is 3; accepted: Layer"),
        (
            nodes(lambda n: n[1].__setitem__(2, "relu")),
            "activation is 'relu'; accepted: Activation",
        ),
        (nodes(lambda n: n[1].pop()), "is truncated"),
        (nodes(lambda n: n.clear()), "arrays are used"),
        (array(0, np.full((3, 3, 1, 2), np.nan, np.float32)), "values that are not finite"),
        (array(0, np.full((3, 3, 1, 2), np.inf, np.float32)), "values that are not finite"),
        (array(0, np.ones((3, 3, 1), np.float32)), "its kernel has the shape"),
        (array(0, np.ones((3, 3, 1, 2), complex)), "holds complex128; accepted are numbers"),
        (array(0, np.array([{}, None])), "holds object; accepted are numbers"),
        (array(0, np.ones((3, 3, 1, 2), ">f4")), "accepted are numbers"),
        (array(0, np.array(["a"])), "accepted are numbers"),
        (array(2, np.ones(5, np.float32)), "its bias does not have the shape"),
        (array(1, np.ones((18, 4, 1), np.float32)), "its kernel has the shape"),
        (lambda n, a: a.append(np.ones(3)), "only 3 of its 4 arrays are used"),
        (lambda n, a: a.pop(), "names no array of the file, which has 2"),
        (lambda n, a: n.pop("name"), "does not have the parts of a Network"),
        (lambda n, a: n.update(more=1), "does not have the parts of a Network"),
        (lambda n, a: n.update(name=3), "the network: name is 3; accepted: str"),
        (lambda n, a: n.update(report=[["a", "b"]]), "report_rows is"),
        (lambda n, a: n.update(input_parts=[["a", [3]]]), "inputs do not make up the network's"),
        (lambda n, a: n.update(source_deviation="small"), "source_deviation is 'small'"),
    ],
)
def test_an_analog_network_whose_parts_do_not_fit_is_refused(analog_file, change, words):
    refused(forged(analog_file, change), words)


@pytest.mark.parametrize(
    ("activation", "words"),
    [
        ({"activation": "Gelu"}, "unknown activation kind 'Gelu'"),
        ({"activation": "ReLU", "floor": 1}, r"\(ReLU\) has no field floor"),
        ({"activation": "ReLU", "ceiling": "6"}, "ceiling is '6'; accepted: float . None"),
        ({"activation": "ReLU", "ceiling": float("nan")}, "ceiling is nan"),
        ({"activation": "ReLU", "slope": [0.1, 0.2, 0.3]}, "slope has another size than 2 channel"),
    ],
)
def test_activations_are_checked_as_layers_are(analog_file, activation, words):
    refused(forged(analog_file, nodes(lambda n: n[1].__setitem__(2, activation))), words)


def population(index, **fields):
    return lambda network, arrays: network["populations"][index].update(fields)


def projection(index, **fields):
    return lambda network, arrays: network["projections"][index].update(fields)


def weights(change):
    """Change the first map of the last projection."""
    return lambda network, arrays: change(network["projections"][-1]["maps"], arrays)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            population(1, kind="lif"),
            "population 'conv' is of the kind 'lif'; accepted here: if, max",
        ),
        (population(1, kind="input"), "is of the kind 'input'"),
        (population(0, kind="if"), "is of the kind 'if'; accepted here: input"),
        (population(1, name="in"), "two populations are called 'in'"),
        (population(1, threshold=0), "its threshold is 0"),
        (population(1, threshold=1.5), "threshold is 1.5; accepted: int"),
        (population(1, threshold=2**70), "threshold is 1180591620717411303424"),
        (population(1, reset="soft"), "its reset is 'soft'"),
        (population(1, shape=[3, 3, 3]), "its bias is not int64 of the shape"),
        (population(1, scale=-1.0), "its scale is not above 0"),
        (population(1, scale=float("inf")), "scale is inf"),
        (population(1, extra_bits=-3), "its extra_bits are -3"),
        (population(1, colour="red"), "the population 'conv' has no field colour"),
        (projection(0, target="in"), "does not lead from one population to a later one"),
        (projection(1, source="out"), "does not lead from one population to a later one"),
        (projection(1, target="gone"), "from 'conv' to 'gone' does not lead"),
        (projection(1, source="in"), "connects .* units, but the populations have"),
        (projection(0, maps=[]), "arrays are used|has no maps"),
        (lambda n, a: n["projections"].pop(0), "arrays are used|nothing projects to"),
        (lambda n, a: n.update(input_scale=0), "its input_scale is 0"),
        (lambda n, a: n.update(input_scale=float("nan")), "its input_scale is nan"),
        (lambda n, a: n["conversion"].update(percentile=3), "Conversion.percentile is 3"),
        (lambda n, a: n["conversion"].update(magic=3), "Conversion has no setting magic"),
        (lambda n, a: n.update(conversion=3), "is truncated"),
        (
            weights(lambda m, a: a.__setitem__(m[-1]["kernel"]["array"], np.full((18, 4), 0.5))),
            "no whole numbers of grid",
        ),
        (
            weights(lambda m, a: a.__setitem__(m[-1]["kernel"]["array"], np.full((18, 4), 1e300))),
            "no whole numbers of grid",
        ),
        (
            weights(lambda m, a: a.__setitem__(m[-1]["kernel"]["array"], np.ones((17, 4)))),
            "its Dense takes|connects .* units",
        ),
    ],
)
def test_a_spiking_network_whose_parts_do_not_fit_is_refused(spiking_file, change, words):
    refused(forged(spiking_file, change), words)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"type": "Pickle"}, "it holds a 'Pickle', not one of"),
        ({"type": ["Network"]}, "is truncated"),
        ({"type": "SpikingNetwork"}, "does not have the parts of a SpikingNetwork"),
        ({"network": []}, "does not have the parts of a Network"),
        ({"extra": 1}, "its header has the entries digest, extra, format"),
        ({"version": [9]}, r"has format version \[9\]; this snn-workbench reads version"),
        ({"digest": None}, "its contents do not match its checksum"),
    ],
)
def test_headers_that_say_something_else_are_refused(analog_file, changes, words):
    refused(forged(analog_file, **changes), words)


def test_other_entries_than_those_of_a_network_are_refused(analog_file):
    entries = entries_of(analog_file)
    refused(written(analog_file, {**entries, "run.py": b""}), "its entries are not network.json")
    renamed = {name.replace("/2", "/5"): content for name, content in entries.items()}
    refused(written(analog_file, renamed), "its entries are not network.json")
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(analog_file, "w") as archive:
        for name, content in [*entries.items(), ("network.json", b"{}")]:
            archive.writestr(name, content)
    refused(analog_file, "its entries are not network.json")


def test_other_ways_of_packing_are_refused(analog_file):
    written(analog_file, entries_of(analog_file), zipfile.ZIP_LZMA)
    refused(analog_file, "its network.json is packed in a way that is not read")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[" * 100_000, "network.json is nested too deeply"),
        (b'{"a":' * 50_000, "network.json is nested too deeply"),
        (b'{"format": 1, "format": 2}', "its network.json has a key twice"),
        (b"\xff\xfe", "is truncated"),
        (b"9" * 6000, "is truncated"),
        (b"", "is truncated"),
    ],
)
def test_structures_that_are_no_plain_json_are_refused(analog_file, text, words):
    refused(written(analog_file, {**entries_of(analog_file), "network.json": text}), words)


def test_structures_nested_just_deep_enough_for_json_are_refused(analog_file):
    def change(network, arrays):
        network["report"] = "deep"

    entries = entries_of(forged(analog_file, change))
    deep = b"[" * 900 + b"]" * 900
    text = entries["network.json"].replace(b'"deep"', deep)
    refused(written(analog_file, {**entries, "network.json": text}), "analog.snn")


def header(shape, descr="<f4", order="False"):
    """An array file without numbers, whose header asks for them."""
    text = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}"
    text = text.ljust(118 - len(text) % 64 + 64 * (len(text) // 64))
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (header("(10**9,)"), "is truncated"),  # arithmetic is no literal
        (header("(1000000000000,)"), "which do not fill .1000000000000,."),
        (header("(3, 3, 1, 2)"), "has 0 bytes, which do not fill"),
        (header("(-3, -3, 1, 2)"), "has the shape .-3, -3, 1, 2."),
        (header("(2,)") + b"\0" * 9, "has 9 bytes, which do not fill"),
        (header("(1,)", "|O") + b"\0" * 8, "holds object; accepted are numbers"),
        (header("(1,)", "<f16") + b"\0" * 16, "accepted are numbers of up to 64 bits"),
        (header("(1,)", "<M8[s]") + b"\0" * 8, "accepted are numbers"),
        (b"\x93NUMPY\x07\x00" + b"\0" * 80, "is an array file of version"),
        (b"no array", "is truncated"),
        (b"", "is truncated"),
    ],
)
def test_array_files_that_hold_something_else_are_refused(analog_file, content, words):
    refused(written(analog_file, {**entries_of(analog_file), "arrays/0.npy": content}), words)


def patched(content, name, size):
    """An archive whose directory declares another unpacked size of an entry."""
    place = content.rindex(b"PK\x01\x02", 0, content.rindex(name))
    return content[: place + 24] + size.to_bytes(4, "little") + content[place + 28 :]


def test_sizes_that_no_packing_reaches_are_refused(analog_file):
    content = analog_file.read_bytes()
    analog_file.write_bytes(patched(content, b"arrays/0.npy", 2**31))
    refused(analog_file, r"arrays/0.npy declares 2,147,483,648 bytes, more than its .* packed ones")
    analog_file.write_bytes(patched(content, b"arrays/0.npy", 100))
    refused(analog_file, "bytes, which do not fill|is truncated")


def test_what_does_not_fit_into_memory_is_refused_before_it_is_unpacked(analog_file, monkeypatch):
    monkeypatch.setattr(storage_archive, "free_memory", lambda: 1000)
    refused(analog_file, "more than the 0.0 GB of free memory")
    monkeypatch.setattr(storage_archive, "free_memory", lambda: None)
    assert storage.load(analog_file) == convolution_network()
    monkeypatch.setattr(storage_archive, "_MOST_TEXT", 10)
    refused(analog_file, "its network.json has .* bytes, more than 10")


def test_entries_that_share_their_packed_bytes_unpack_within_bounds(analog_file):
    """Many names for one entry: together they cannot declare more than the file can hold."""
    zeros = npy(np.zeros(2**20, np.uint8))
    entries = {**entries_of(analog_file), "arrays/3.npy": zeros}
    written(analog_file, entries)
    assert analog_file.stat().st_size < 10_000
    refused(analog_file, "only 3 of its 4 arrays are used")


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


@settings(max_examples=300)
@given(places=st.lists(PLACES, min_size=1, max_size=4), mask=st.integers(1, 255))
def test_flipped_bits_make_no_other_network_and_no_other_error(intact, places, mask):
    content = bytearray(intact[1])
    for place in places:
        content[int(place * len(content))] ^= mask
    reads_the_same_or_is_refused(intact, content)


@settings(max_examples=150)
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


@settings(max_examples=300)
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


def test_a_failing_write_leaves_the_older_file_as_it_was(analog_file, spiking, monkeypatch):
    before = analog_file.read_bytes()

    def full(file, structure, arrays):
        file.write(b"a part")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "write_archive", full)
    with pytest.raises(ModelFileError, match=r"Cannot write .*: No space left on device"):
        storage.save(spiking, analog_file)
    assert analog_file.read_bytes() == before
    assert [file.name for file in analog_file.parent.iterdir()] == [analog_file.name]


def test_an_interrupted_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def stopped(file, structure, arrays):
        raise KeyboardInterrupt

    monkeypatch.setattr(storage, "write_archive", stopped)
    with pytest.raises(KeyboardInterrupt):
        storage.save(convolution_network(), tmp_path / "net.snn")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_replaced_keeps_its_permissions_and_its_link(tmp_path, spiking):
    path = storage.save(convolution_network(), tmp_path / "net.snn")
    path.chmod(0o640)
    link = tmp_path / "link.snn"
    link.symlink_to(path)
    storage.save(spiking, link)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert storage.load(path) == spiking


def test_folders_and_devices_are_neither_replaced_nor_read(tmp_path):
    with pytest.raises(ModelFileError, match=r"Cannot write .*no file that can be replaced"):
        storage.save(convolution_network(), tmp_path)
    with pytest.raises(ModelFileError, match="Cannot read /dev/null: it is a device or a pipe"):
        storage.load("/dev/null")
    with pytest.raises(ModelFileError, match="Cannot read"):
        storage.load("a" * 5000 + ".snn")


def test_what_could_not_be_read_again_is_not_written(tmp_path):
    with pytest.raises(ModelFileError, match=r"'tiny' cannot be saved: node 'out' .*not finite"):
        storage.save(dense_network([[np.nan]]), tmp_path / "net.snn")
    assert not list(tmp_path.iterdir())


def test_annotations_of_all_layers_and_activations_can_be_checked():
    for kind in (*LAYER_KINDS.values(), *ACTIVATION_KINDS.values()):
        assert isinstance(_hints(kind), dict)


SCRIPT = """
import sys
import numpy as np
from workbench.network import storage
from workbench.settings import Simulation
from workbench.simulate import simulate

network = storage.load(sys.argv[1])
x = np.load(sys.argv[2])
recording = simulate(network, x, Simulation(steps=40, record="all"))
np.savez(sys.argv[3], hash=network.content_hash, **{
    layer: np.stack(recording.events[layer]) for layer in recording.layers
})
"""


@pytest.mark.parametrize("case", ["conv_odd_same", "add_three"])
def test_a_new_process_simulates_the_same_spikes(tmp_path, case):
    network = convert(built(case)[1], CASES[case].samples(20))
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
