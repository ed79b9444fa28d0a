"""Saved networks that somebody changed by hand, with a checksum that is right all the same."""

import contextlib
import io
import json
import zipfile

import numpy as np
import pytest

from workbench.errors import ModelFileError
from workbench.network import storage
from workbench.network.layer import frozen
from workbench.network.serialize import decode, digest


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
        shared = [frozen(array) for array in arrays]
        header["digest"] = digest(decode(header["network"], shared))
    header |= header_changes
    entries = {f"arrays/{i}.npy": npy(array) for i, array in enumerate(arrays)}
    return written(path, {"network.json": json.dumps(header).encode(), **entries})


def refused(path, words):
    with pytest.raises(ModelFileError, match=words) as refusal:
        storage.load(path)
    assert path.name in str(refusal.value)
