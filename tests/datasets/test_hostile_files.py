"""Files of samples that claim more than they hold, or are none: refused in time and in words."""

import os
import zipfile

import numpy as np
import pytest
from PIL import Image

from workbench.datasets import from_arrays, from_events, from_folder, from_npz
from workbench.errors import DataError


def head(descr, shape):
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def npz(folder, content):
    path = folder / "data.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", content)
    return path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (head("<f4", "(10**12, 4)") + bytes(64), r"the array 'x' has no array header"),
        (head("<f4", "(1000000000000, 4)") + bytes(64), r"'x' has other bytes than its shape"),
        (head("<U0", "(100, 4)"), "'x' declares the shape .* and the type <U0"),
        (head("|O", "(1, 1)") + bytes(8), "'x' holds pickled objects or is damaged"),
        (head("<f4", "(4, 4)")[:-20], "'x' has no array header"),
        (head("<f4", "(4, 4)") + bytes(63), "'x' has other bytes than its shape"),
        (b"", "'x' has no array header"),
    ],
)
def test_arrays_that_are_none_are_refused(tmp_path, content, words):
    with pytest.raises(DataError, match=words):
        from_npz(npz(tmp_path, content))


def test_what_unpacks_to_more_than_memory_is_refused_before_it_does(tmp_path, monkeypatch):
    path = npz(tmp_path, head("|u1", "(50, 1000000)") + bytes(50_000_000))
    assert path.stat().st_size < 100_000
    monkeypatch.setenv("WORKBENCH_MEMORY", "20 MB")
    with pytest.raises(
        DataError, match=r"data\.npz is too large: it takes 200\.0 MB of memory; 20"
    ):
        from_npz(path)


@pytest.mark.parametrize("content", [head("<U0", "(100, 4)"), head("<f4", "(9, 9)"), b"\x93NUMPY"])
def test_arrays_of_a_folder_that_are_none_are_refused(tmp_path, content):
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(DataError, match=r"x\.npy cannot be opened \("):
        from_folder(tmp_path)
    (tmp_path / "x.npy").rename(tmp_path / "events.npy")
    with pytest.raises(
        DataError, match=r"events\.npy cannot be read: it is not an array of numbers"
    ):
        from_events(tmp_path / "events.npy")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs os.mkfifo, as on Linux")
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("x.npy", lambda path: from_folder(path.parent)),
        ("data.npz", from_npz),
        ("e.bin", from_events),
        ("e.aedat4", from_events),
        ("e.npy", from_events),
    ],
)
def test_pipes_and_devices_are_no_files(tmp_path, name, read):
    os.mkfifo(tmp_path / name)
    with pytest.raises(DataError, match="is a device or a pipe; accepted: a file"):
        read(tmp_path / name)


@pytest.mark.parametrize("classes", [np.array("cat"), np.array([["a"], ["b"]]), 3])
def test_class_names_that_are_no_list_are_refused(tmp_path, classes):
    with pytest.raises(DataError, match=r"classes is .*; accepted: a list of names"):
        from_arrays(np.ones((2, 3)), [0, 1], classes=classes)
    np.savez(tmp_path / "data.npz", x=np.ones((2, 3)), y=[0, 1], classes=np.asarray(classes))
    with pytest.raises(DataError, match=r"classes is .*; accepted: a list of names"):
        from_npz(tmp_path / "data.npz")


def test_images_larger_than_memory_are_refused_by_their_head(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    Image.new("L", (4000, 4000)).save(tmp_path / "a" / "large.png")
    monkeypatch.setenv("WORKBENCH_MEMORY", "10 MB")
    with pytest.raises(DataError, match=r"large\.png is too large: it takes 192\.0 MB"):
        from_folder(tmp_path)


def test_other_formats_under_the_name_of_an_image_are_not_decoded(tmp_path):
    """Pillow would start Ghostscript for PostScript."""
    (tmp_path / "a").mkdir()
    Image.new("L", (4, 4)).save(tmp_path / "a" / "1.png", "EPS")
    with pytest.raises(DataError, match=r"1\.png is not an image"):
        from_folder(tmp_path)


def test_recordings_of_more_events_than_memory_are_refused(tmp_path, monkeypatch):
    (tmp_path / "e.bin").write_bytes(bytes(5 * 1000))
    monkeypatch.setenv("WORKBENCH_MEMORY", "60 KB")
    with pytest.raises(DataError, match="it holds more than 937 events"):
        from_events(tmp_path / "e.bin")
