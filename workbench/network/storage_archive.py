"""The archive behind a `.snn` file: JSON and arrays in a zip, read within bounds.

Nothing that a file declares is believed before it is checked: how many entries there are, how
large they are when unpacked, what their arrays hold.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from workbench.errors import ModelFileError

STRUCTURE = "network.json"
_MOST_TEXT = 2**26
_MOST_RATIO = 1100
"""Deflate packs no run of bytes tighter than 1032 to 1."""
_CHUNK = 2**24
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def write_archive(file: IO[bytes], structure: Any, arrays: Sequence[np.ndarray]) -> None:
    """Write JSON material and arrays; equal contents make equal bytes."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(_entry(STRUCTURE), "w") as entry:
            entry.write(json.dumps(structure, indent=1).encode())
        for index, array in enumerate(arrays):
            # Arrays of 2 GiB and more need zip64 entries, which zipfile does not foresee.
            with archive.open(
                _entry(_name(index)), "w", force_zip64=array.nbytes >= 2**31
            ) as entry:
                np.save(entry, array, allow_pickle=False)


def _entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _name(index: int) -> str:
    return f"arrays/{index}.npy"


class Archive:
    """A `.snn` archive that is open for reading.

    Parameters
    ----------
    archive : ZipFile
    size : int
        Bytes of the file.

    Raises
    ------
    ModelFileError
        If its entries are not those of a network, or unpack to more than they can hold.
    """

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive = archive
        self._entries = {info.filename: info for info in archive.infolist()}
        names = [info.filename for info in archive.infolist()]
        if STRUCTURE not in self._entries:
            raise ModelFileError(f"it has no {STRUCTURE}")
        self.arrays_count = len(names) - 1
        expected = {STRUCTURE, *(_name(index) for index in range(self.arrays_count))}
        if len(self._entries) != len(names) or set(names) != expected:
            raise ModelFileError(
                f"its entries are not {STRUCTURE} and arrays/0.npy, arrays/1.npy …"
            )
        for info in self._entries.values():
            _check_entry(info)
        unpacked = sum(info.file_size for info in self._entries.values())
        if unpacked > _MOST_RATIO * size:
            raise ModelFileError(
                f"{size:,} bytes cannot unpack to the {unpacked:,} that it declares"
            )
        free = free_memory()
        if free is not None and unpacked > free:
            raise ModelFileError(
                f"it unpacks to {unpacked / 1e9:.1f} GB, more than the {free / 1e9:.1f} GB of free "
                "memory"
            )

    def structure(self) -> Any:
        """Return the JSON material."""
        size = self._entries[STRUCTURE].file_size
        if size > _MOST_TEXT:
            raise ModelFileError(f"its {STRUCTURE} has {size:,} bytes, more than {_MOST_TEXT:,}")
        text = self._archive.read(STRUCTURE)
        try:
            return json.loads(text, object_pairs_hook=_unique)
        except RecursionError as error:
            raise ModelFileError(f"its {STRUCTURE} is nested too deeply") from error

    def arrays(self) -> list[np.ndarray]:
        """Return the arrays, read-only, each in memory once."""
        return [self._array(_name(index)) for index in range(self.arrays_count)]

    def _array(self, name: str) -> np.ndarray:
        info = self._entries[name]
        with self._archive.open(info) as entry:
            version = np.lib.format.read_magic(entry)
            readers = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }
            if version not in readers:
                raise ModelFileError(f"its {name} is an array file of version {version}")
            shape, is_fortran, dtype = readers[version](entry)
            _check_array(name, shape, dtype, info.file_size - entry.tell())
            array = np.empty(shape, dtype, "F" if is_fortran else "C")
            flat = array.reshape(-1, order="A").view(np.uint8)
            _fill(flat, entry, name)
            if entry.read(1):  # reaches the end, where the checksum is compared
                raise ModelFileError(f"its {name} is longer than its header says")
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


def _check_array(name: str, shape: tuple[int, ...], dtype: np.dtype, n_bytes: int) -> None:
    if dtype.kind not in "biuf" or dtype.itemsize > 8 or not dtype.isnative:
        raise ModelFileError(f"its {name} holds {dtype}; accepted are numbers of up to 64 bits")
    if len(shape) > 8 or any(size < 0 for size in shape):
        raise ModelFileError(f"its {name} has the shape {shape}")
    if math.prod(shape) * dtype.itemsize != n_bytes:
        raise ModelFileError(f"its {name} has {n_bytes:,} bytes, which do not fill {shape}")


def _fill(flat: np.ndarray, entry: IO[bytes], name: str) -> None:
    done = 0
    while done < flat.size:
        chunk = entry.read(min(_CHUNK, flat.size - done))
        if not chunk:
            raise ModelFileError(f"its {name} ends too early")
        flat[done : done + len(chunk)] = np.frombuffer(chunk, np.uint8)
        done += len(chunk)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise ModelFileError(f"its {STRUCTURE} has a key twice")
    return mapping


def free_memory() -> int | None:
    """Bytes of memory that programs can still get, where the system tells; else None."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return 1024 * int(found[0]) if found else None
