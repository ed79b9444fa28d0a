"""Archives whose list of files is too long are refused before it is read."""

import io
import struct
import zipfile

import numpy as np
import pytest
from networks import convolution_network

import workbench as wb
from workbench.datasets import from_npz
from workbench.errors import DataError, ModelFileError
from workbench.ingest import keras_files
from workbench.util import archives
from workbench.util.archives import opened_archive

MESSAGE = r"lists more files than are read: the list has [\d,]+ bytes; accepted: up to"


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(archives, "MOST_LISTED", 2_000)


def write(path, count):
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number}.npy", b"")
    return path


def test_a_long_list_is_refused(tmp_path, short):
    with opened_archive(write(tmp_path / "few.zip", 20), DataError) as archive:
        assert len(archive.namelist()) == 20
    with (
        pytest.raises(DataError, match=MESSAGE),
        opened_archive(write(tmp_path / "many.zip", 50), DataError),
    ):
        pass


def test_a_list_that_is_declared_in_the_newer_form_is_refused(tmp_path, short):
    """Archives with more than 65,535 files have the size of their list in a second record."""
    content = write(tmp_path / "many.zip", 50).read_bytes()
    end = content.rindex(b"PK\5\6")
    size, start = struct.unpack("<LL", content[end + 12 : end + 20])
    record = b"PK\6\6" + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, 50, 50, size, start)
    locator = b"PK\6\7" + struct.pack("<LQL", 0, end, 1)
    last = b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    (tmp_path / "many.zip").write_bytes(content[:end] + record + locator + last)
    assert len(zipfile.ZipFile(tmp_path / "many.zip").namelist()) == 50
    with (
        pytest.raises(DataError, match=MESSAGE),
        opened_archive(tmp_path / "many.zip", DataError),
    ):
        pass


def test_what_is_no_archive_is_told_as_before(tmp_path):
    (tmp_path / "text.zip").write_text("text")
    with pytest.raises(zipfile.BadZipFile), opened_archive(tmp_path / "text.zip", DataError):
        pass


@pytest.mark.parametrize(
    ("name", "read", "error"),
    [("a.npz", from_npz, DataError), ("a.snn", wb.load, ModelFileError)],
)
def test_every_reader_refuses_it(name, read, error, tmp_path, short):
    with pytest.raises(error, match=MESSAGE):
        read(write(tmp_path / name, 50))


def test_keras_files_are_no_exception(tmp_path, short):
    with pytest.raises(ModelFileError, match=MESSAGE):
        keras_files._of_archive(write(tmp_path / "a.keras", 50))


def test_ordinary_files_are_read(tmp_path):
    network = convolution_network()
    assert wb.load(wb.save(network, tmp_path / "a.snn")).content_hash == network.content_hash
    buffer = io.BytesIO()
    np.savez(buffer, x=np.zeros((4, 3), np.float32), y=np.arange(4) % 2)
    (tmp_path / "a.npz").write_bytes(buffer.getvalue())
    assert from_npz(tmp_path / "a.npz").x_test.shape[1:] == (3,)
