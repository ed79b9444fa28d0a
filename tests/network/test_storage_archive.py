"""Archives that hold or declare something else than a saved network, and how files are replaced."""

import zipfile

import numpy as np
import pytest
from forged_files import entries_of, forged, npy, refused, written
from networks import convolution_network, dense_network

from workbench.conversion import convert
from workbench.errors import ModelFileError
from workbench.network import storage, storage_archive

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
        (header("(10**9,)"), "has no array header"),  # arithmetic is no literal
        (header("(1000000000000,)"), "which do not fill .1000000000000,."),
        (header("(3, 3, 1, 2)"), "has 0 bytes, which do not fill"),
        (header("(-3, -3, 1, 2)"), "declares the shape .-3, -3, 1, 2."),
        (header("(2,)") + b"\0" * 9, "has 9 bytes, which do not fill"),
        (header("(1,)", "|O") + b"\0" * 8, "holds object; accepted: numbers"),
        (header("(1,)", "<f16") + b"\0" * 16, "accepted: numbers of up to 64 bits"),
        (header("(1,)", "<M8[s]") + b"\0" * 8, "accepted: numbers"),
        (b"\x93NUMPY\x07\x00" + b"\0" * 80, "is an array file of version"),
        (b"no array", "has no array header"),
        (b"", "has no array header"),
        (header("(1,)", "<U0"), "declares the shape .1,. and the type <U0"),
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
    refused(analog_file, "bytes, which do not fill|Bad CRC")


def test_what_does_not_fit_into_memory_is_refused_before_it_is_unpacked(analog_file, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MEMORY", "1000")
    refused(analog_file, r"too large: it takes .* of memory; 1,000 bytes are accepted, which")
    monkeypatch.delenv("WORKBENCH_MEMORY")
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


def test_a_failing_write_leaves_the_older_file_as_it_was(analog_file, spiking, monkeypatch):
    before = analog_file.read_bytes()

    def full(file, structure, arrays, *, packed):
        file.write(b"a part")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "write_archive", full)
    with pytest.raises(ModelFileError, match=r"Cannot write .*: No space left on device"):
        storage.save(spiking, analog_file)
    assert analog_file.read_bytes() == before
    assert [file.name for file in analog_file.parent.iterdir()] == [analog_file.name]


def test_an_interrupted_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def stopped(file, structure, arrays, *, packed):
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
    with pytest.raises(ModelFileError, match=r"Cannot write .*not a regular file"):
        storage.save(convolution_network(), tmp_path)
    with pytest.raises(ModelFileError, match="Cannot read /dev/null: it is a device or a pipe"):
        storage.load("/dev/null")
    with pytest.raises(ModelFileError, match="Cannot read"):
        storage.load("a" * 5000 + ".snn")


def test_what_could_not_be_read_again_is_not_written(tmp_path):
    with pytest.raises(ModelFileError, match=r"'tiny' cannot be saved: node 'out' .*not finite"):
        storage.save(dense_network([[np.nan]]), tmp_path / "net.snn")
    assert not list(tmp_path.iterdir())
