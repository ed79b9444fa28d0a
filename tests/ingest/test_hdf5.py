"""HDF5 files that lead elsewhere, into themselves, or to more than memory holds."""

import h5py
import numpy as np
import pytest

import workbench as wb
from workbench.errors import ModelFileError
from workbench.ingest.hdf5 import opened


def write(path, change):
    with h5py.File(path, "w") as file:
        file["group/values"] = np.ones(3)
        change(file)
    return path


def nested(file):
    group = file
    for _ in range(150):
        group = group.create_group("g")


REFUSED = {
    "itself": (lambda f: f.__setitem__("group/up", f["group"]), "contains the group 'group/up'"),
    "root": (
        lambda f: f.__setitem__("group/root", f["/"]),
        "contains the group 'group/root'",
    ),
    "twice": (lambda f: f.__setitem__("again", f["group"]), "contains the group '.*' twice"),
    "soft": (lambda f: f.__setitem__("soft", h5py.SoftLink("/group")), "keeps 'soft' in another"),
    "other": (
        lambda f: f.__setitem__("other", h5py.ExternalLink("/etc/passwd", "/")),
        "keeps 'other' in another place",
    ),
    "deep": (nested, "has too many groups within groups"),
    "huge": (lambda f: f.create_dataset("huge", (2**20, 2**20)), r"is too large: it takes 4\.4 TB"),
    "many": (
        lambda f: [f.create_dataset(f"n{i}", (2**34,), chunks=(2**20,)) for i in range(9)],
        "is too large: it takes",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_files_that_mislead_are_refused(tmp_path, name):
    change, words = REFUSED[name]
    path = write(tmp_path / "x.h5", change)
    with (
        pytest.raises(ModelFileError, match=words),
        opened(path, "model.save('name.keras')"),
    ):
        raise AssertionError("It was opened.")


def test_filters_that_would_be_loaded_are_refused(tmp_path):
    path = write(tmp_path / "x.h5", lambda f: f.create_dataset("n", (3,), compression="gzip"))
    with opened(path, ""):
        pass
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((3,))
    plist.set_filter(h5py.h5z.FILTER_FLETCHER32)
    with h5py.File(path, "r+") as file:
        h5py.h5d.create(file.id, b"sum", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((3,)), plist)
    with opened(path, "") as file:
        assert set(file) == {"group", "n", "sum"}


@pytest.mark.parametrize("name", ["itself", "soft", "other", "huge"])
def test_graphs_are_read_from_such_files_alone(tmp_path, name):
    pytest.importorskip("nir", reason="graphs are read with the nir package")
    change, words = REFUSED[name]
    with pytest.raises(ModelFileError, match=words):
        wb.load(write(tmp_path / "net.nir", change))
