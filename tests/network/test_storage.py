import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import convolution_network, dense_network

from workbench import datasets
from workbench.conversion import convert
from workbench.errors import ModelFileError
from workbench.network import storage
from workbench.network.storage import VERSION
from workbench.settings import Conversion


@pytest.fixture
def saved(tmp_path):
    return storage.save(convolution_network(), tmp_path / "small.snn")


def rewritten(path, change):
    """The archive with its header changed."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    header = json.loads(entries["network.json"])
    change(header)
    entries["network.json"] = json.dumps(header).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_equal_networks_make_equal_files(tmp_path, saved):
    other = storage.save(convolution_network(), tmp_path / "other.snn")
    assert saved.read_bytes() == other.read_bytes()


def test_nothing_is_pickled(saved):
    with zipfile.ZipFile(saved) as archive:
        for name in archive.namelist():
            assert name == "network.json" or name.startswith("arrays/")
            if name.endswith(".npy"):
                with archive.open(name) as file:
                    np.load(file, allow_pickle=False)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match=r"gone\.snn does not exist"):
        storage.load(tmp_path / "gone.snn")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match="Cannot read"):
        storage.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + b"\x00" * 100])
def test_what_is_no_archive_is_refused(tmp_path, content):
    path = tmp_path / "text.snn"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"text\.snn is not an snn-workbench network"):
        storage.load(path)


def test_another_archive_is_refused(tmp_path):
    path = tmp_path / "other.snn"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("something.txt", "else")
    with pytest.raises(ModelFileError, match="is not an snn-workbench network"):
        storage.load(path)


def test_another_format_is_refused(saved):
    rewritten(saved, lambda header: header.update(format="other"))
    with pytest.raises(ModelFileError, match="its header says so"):
        storage.load(saved)


def test_a_header_that_is_no_mapping_is_refused(tmp_path):
    path = tmp_path / "list.snn"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("network.json", "[1, 2]")
    with pytest.raises(ModelFileError, match="its header says so"):
        storage.load(path)


def test_a_newer_version_is_refused_before_anything_else(saved):
    rewritten(saved, lambda header: header.update(version=VERSION + 1, digest="?", network=[]))
    said = rf"format version {VERSION + 1}.*reads version {VERSION}. Update"
    with pytest.raises(ModelFileError, match=said):
        storage.load(saved)


def test_an_altered_digest_is_refused(saved):
    rewritten(saved, lambda header: header.update(digest="0" * 64))
    with pytest.raises(ModelFileError, match=r"altered or damaged.*checksum"):
        storage.load(saved)


def test_an_altered_structure_is_refused(saved):
    rewritten(saved, lambda header: header["network"].update(name="other"))
    with pytest.raises(ModelFileError, match="altered or damaged"):
        storage.load(saved)


def test_an_altered_weight_is_refused(saved):
    with zipfile.ZipFile(saved) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    content = bytearray(entries["arrays/0.npy"])
    content[-1] ^= 1
    entries["arrays/0.npy"] = bytes(content)
    with zipfile.ZipFile(saved, "w") as archive:
        for name, one in entries.items():
            archive.writestr(name, one)
    with pytest.raises(ModelFileError, match="altered or damaged"):
        storage.load(saved)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(saved, part):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(part * len(content))])
    with pytest.raises(ModelFileError, match="is truncated"):
        storage.load(saved)


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    path = storage.save(convolution_network(), tmp_path_factory.mktemp("fuzz") / "small.snn")
    return path, path.read_bytes()


@given(place=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_no_damaged_byte_makes_another_network_or_another_error(intact, place, mask):
    path, content = intact
    damaged = bytearray(content)
    damaged[int(place * len(content))] ^= mask
    path.write_bytes(damaged)
    try:
        network = storage.load(path)
    except ModelFileError as error:
        assert path.name in str(error)
    else:
        assert network == convolution_network()


def test_a_path_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match=r"Cannot write .*Choose a folder you can write to"):
        storage.save(dense_network([[1.0]]), tmp_path / "missing" / "x.snn")


def test_settings_of_layers_with_any_name_come_back(tmp_path):
    network = dense_network([[1.0, 2]])
    x = np.ones((3, 1), np.float32)
    spiking = convert(network, x, Conversion(thresholds={"out": 0.5}, percentiles={"out": 75}))
    again = storage.load(storage.save(spiking, tmp_path / "x.snn"))
    assert again.conversion == spiking.conversion
    assert again.conversion.thresholds == {"out": 0.5}


@pytest.mark.parametrize("name", ["array", "layer", "mapping", "a.b", 'quote"d', "ähm"])
def test_settings_of_awkwardly_named_layers_come_back(tmp_path, name):
    network = dense_network([[1.0, 2]])
    node = network.nodes[1]
    named = network.with_nodes((network.nodes[0], type(node)(name, node.layer, inputs=("in",))))
    spiking = convert(named, np.ones((3, 1)), Conversion(thresholds={name: 0.5}))
    again = storage.load(storage.save(spiking, tmp_path / "x.snn"))
    assert again.conversion.thresholds == {name: 0.5}
    assert again.content_hash == spiking.content_hash


def test_per_channel_scales_come_back(tmp_path):
    x = np.random.default_rng(0).random((9, 5, 5, 1), np.float32)
    spiking = convert(convolution_network(), x, Conversion(per_channel=True))
    again = storage.load(storage.save(spiking, tmp_path / "x.snn"))
    for one, other in zip(spiking.populations, again.populations, strict=True):
        assert one.shape == other.shape
        assert np.array_equal(one.scale, other.scale)
        assert one.bias.dtype == other.bias.dtype == np.int64


@pytest.mark.parametrize("sign", ["membrane", "on_off", "none"])
def test_how_outputs_are_read_is_kept(tmp_path, sign):
    x = np.random.default_rng(0).random((20, 5, 5, 1))
    spiking = convert(convolution_network(), x, Conversion(output_sign=sign))
    again = storage.load(storage.save(spiking, tmp_path / "net.snn"))
    assert again == spiking
    assert again.output.read == spiking.output.read
    assert again.output.output_activation == spiking.output.output_activation
    assert again.classes == 4


@pytest.mark.parametrize("data", ["fashion", ""])
def test_what_a_network_was_trained_on_is_kept(tmp_path, data):
    analog = replace(convolution_network(), data=data)
    spiking = convert(analog, np.random.default_rng(0).random((20, 5, 5, 1), np.float32))
    for network in (analog, spiking):
        path = storage.save(network, tmp_path / "small.snn")
        assert storage.load(path).data == network.data == data
        with zipfile.ZipFile(path) as archive:  # files without it are those of older versions
            parts = json.loads(archive.read("network.json"))["network"]
        assert ("data" in parts) == bool(data)


def test_what_a_network_was_trained_on_is_no_part_of_its_identity():
    assert replace(convolution_network(), data="fashion") == convolution_network()


@pytest.mark.parametrize("name", ["../../mnist", "/etc/passwd", "a" * 10**6, "mnist14", "\0"])
def test_a_recorded_name_is_only_looked_up_among_bundled_ones(tmp_path, lenet, name):
    """Neither an unknown name nor samples of another shape open anything but what fits."""
    path = storage.save(replace(lenet, data=name), tmp_path / "forged.snn")
    assert datasets.for_network(storage.load(path)).name == "mnist"


def test_an_archive_that_is_not_compressed_holds_the_same(tmp_path, saved):
    plain = storage.save(convolution_network(), tmp_path / "plain.snn", packed=False)
    assert plain.stat().st_size > saved.stat().st_size
    assert storage.load(plain) == storage.load(saved)
