"""The archive behind `.snn` files and runs: JSON and arrays in a zip, read within bounds.

Nothing that a file declares is believed before it is checked: how many entries there are, how
large they are when unpacked, what their arrays hold.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from workbench.errors import ModelFileError, WorkbenchError
from workbench.util.archives import opened_archive
from workbench.util.memory_budget import size_problem, special_file
from workbench.util.npy_files import BadArray, Head, PickledArray, read_body, read_head

STRUCTURE = "network.json"
_MOST_TEXT = 2**26
_MOST_RATIO = 1100
"""Deflate packs no run of bytes tighter than 1032 to 1."""
_ACCEPTED = "accepted: numbers of up to 64 bits"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def write_archive(
    file: IO[bytes],
    structure: Any,
    arrays: Sequence[np.ndarray],
    name: str = STRUCTURE,
    *,
    packed: bool = True,
) -> None:
    """Write JSON material, as the entry `name`, and arrays; equal contents make equal bytes."""
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(file, "w") as archive:
        with archive.open(_entry(name, method), "w") as entry:
            entry.write(json.dumps(structure, indent=1).encode())
        for index, array in enumerate(arrays):
            # Arrays of 2 GiB and more need zip64 entries, which zipfile does not foresee.
            with archive.open(
                _entry(_name(index), method), "w", force_zip64=array.nbytes >= 2**31
            ) as entry:
                np.save(entry, array, allow_pickle=False)


def _entry(name: str, method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = method
    return info


def _name(index: int) -> str:
    return f"arrays/{index}.npy"


class Told(Exception):
    """A refusal that needs no advice on damaged files."""


@contextmanager
def explained(path: Path, lacks: str, what: str) -> Iterator[None]:
    """Let reading an archive end in its result or a `ModelFileError`, whatever the file holds.

    Parameters
    ----------
    path : Path
    lacks : str
        What is wrong with a file of another kind, as "is not an snn-workbench network".
    what : str
        What should be saved or copied again.
    """
    again = f"Save or copy the {what} again."
    try:
        yield
    except FileNotFoundError as error:
        raise ModelFileError(f"{path} does not exist.") from error
    except OSError as error:
        raise ModelFileError(f"Cannot read {path}: {error.strerror or error}.") from error
    except Told as error:
        raise ModelFileError(f"{path} {error}") from error
    except WorkbenchError as error:
        reason = str(error).rstrip(".")
        raise ModelFileError(f"{path} {lacks}, or was damaged: {reason}. {again}") from error
    # Which exception it is depends on the byte that is wrong: zipfile, zlib, json, numpy and the
    # layers themselves meet what cannot be foreseen.
    except Exception as error:
        raise ModelFileError(f"{path} {lacks}, or is truncated ({error}). {again}") from error


@contextmanager
def archive_at(path: Path, name: str = STRUCTURE) -> Iterator[Archive]:
    """Open an archive for reading; `name` is that of the entry with the JSON material."""
    if special_file(path):
        raise OSError("it is a device or a pipe")  # opening it might wait for ever
    with opened_archive(path, ModelFileError) as opened:
        yield Archive(opened, path.stat().st_size, name)


class Archive:
    """A `.snn` archive that is open for reading.

    Parameters
    ----------
    archive : ZipFile
    size : int
        Bytes of the file.
    name : str
        Of the entry that holds the JSON material.

    Raises
    ------
    ModelFileError
        If its entries are not those of a network, or unpack to more than they can hold.
    """

    def __init__(self, archive: zipfile.ZipFile, size: int, name: str = STRUCTURE) -> None:
        self._archive, self._name = archive, name
        self._entries = {info.filename: info for info in archive.infolist()}
        names = [info.filename for info in archive.infolist()]
        if name not in self._entries:
            raise ModelFileError(f"it has no {name}")
        self.arrays_count = len(names) - 1
        expected = {name, *(_name(index) for index in range(self.arrays_count))}
        if len(self._entries) != len(names) or set(names) != expected:
            raise ModelFileError(f"its entries are not {name} and arrays/0.npy, arrays/1.npy …")
        for info in self._entries.values():
            _check_entry(info)
        unpacked = sum(info.file_size for info in self._entries.values())
        if unpacked > _MOST_RATIO * size:
            raise ModelFileError(
                f"{size:,} bytes cannot unpack to the {unpacked:,} that it declares"
            )
        if problem := size_problem(unpacked):
            raise ModelFileError(f"what it unpacks to is too large: {problem}")

    def structure(self) -> Any:
        """Return the JSON material."""
        size = self._entries[self._name].file_size
        if size > _MOST_TEXT:
            raise ModelFileError(f"its {self._name} has {size:,} bytes, more than {_MOST_TEXT:,}")
        text = self._archive.read(self._name)
        try:
            return json.loads(text, object_pairs_hook=self._unique)
        except RecursionError as error:
            raise ModelFileError(f"its {self._name} is nested too deeply") from error

    def _unique(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        mapping = dict(pairs)
        if len(mapping) != len(pairs):
            raise ModelFileError(f"its {self._name} has a key twice")
        return mapping

    def arrays(self) -> list[np.ndarray]:
        """Return the arrays, read-only, each in memory once."""
        return [self._array(_name(index)) for index in range(self.arrays_count)]

    def _array(self, name: str) -> np.ndarray:
        info = self._entries[name]
        with self._archive.open(info) as entry:
            try:
                head = read_head(entry)
                _check_array(name, head, info.file_size)
                array = read_body(entry, head)
            except PickledArray as error:
                raise ModelFileError(f"its {name} holds object; {_ACCEPTED}") from error
            except BadArray as error:
                raise ModelFileError(f"its {name} {error}") from error
        array.setflags(write=False)
        return array


def _check_entry(info: zipfile.ZipInfo) -> None:
    if info.compress_type not in _METHODS or info.flag_bits & 1:
        raise ModelFileError(f"its {info.filename} is packed in a way that is not read")
    if info.file_size > _MOST_RATIO * info.compress_size + 64:
        raise ModelFileError(
            f"its {info.filename} declares {info.file_size:,} bytes, more than its "
            f"{info.compress_size:,} packed ones can hold"
        )


def _check_array(name: str, head: Head, n_bytes: int) -> None:
    shape, dtype = head.shape, head.dtype
    if dtype.kind not in "biuf" or dtype.itemsize > 8 or not dtype.isnative:
        raise ModelFileError(f"its {name} holds {dtype}; {_ACCEPTED}")
    if len(shape) > 8:
        raise ModelFileError(f"its {name} has the shape {shape}")
    if head.n_bytes != n_bytes - head.offset:
        raise ModelFileError(
            f"its {name} has {n_bytes - head.offset:,} bytes, which do not fill {shape}"
        )
