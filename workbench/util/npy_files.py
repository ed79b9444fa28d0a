"""NumPy's array files, whose heads are checked before anything is allocated."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from workbench.util.memory_budget import size_problem

_CHUNK = 2**24
_MOST_AXES = 32


class BadArray(Exception):
    """What is wrong with an array file."""


class PickledArray(BadArray):
    """The array holds pickled objects, which are never read."""


@dataclass(frozen=True)
class Head:
    """What an array file says of its array.

    Parameters
    ----------
    shape : tuple of int
    is_fortran : bool
        Whether the first axis changes fastest.
    dtype : numpy.dtype
    offset : int
        Bytes ahead of the numbers.
    """

    shape: tuple[int, ...]
    is_fortran: bool
    dtype: np.dtype
    offset: int

    @property
    def n_bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def read_head(file: IO[bytes]) -> Head:
    """Read the head of an array file.

    Raises
    ------
    BadArray
        If it has none, or one that no array can have.
    PickledArray
        If the array holds objects.
    """
    try:
        version = np.lib.format.read_magic(file)
        readers = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }
        if version not in readers:
            raise BadArray(f"is an array file of version {version[0]}.{version[1]}")
        shape, is_fortran, dtype = readers[version](file)
    except BadArray:
        raise
    # The head is Python text: what is wrong with it decides which exception numpy's parser raises.
    except Exception as error:
        raise BadArray(f"has no array header ({_first_line(error)})") from error
    if dtype.hasobject:
        raise PickledArray("holds pickled objects")
    sizes_fit = len(shape) <= _MOST_AXES and all(type(n) is int and n >= 0 for n in shape)
    # NumPy divides by the size of an element, and the process dies where it is 0.
    if not sizes_fit or dtype.itemsize == 0:
        raise BadArray(f"declares the shape {str(shape)[:80]} and the type {str(dtype)[:80]}")
    return Head(shape, bool(is_fortran), dtype, file.tell())


def read_body(file: IO[bytes], head: Head) -> np.ndarray:
    """Read the numbers that follow a head into one array.

    Memory is taken for as many as `head` says: compare it with what the file holds before.

    Raises
    ------
    BadArray
        If the array is larger than the budget, or the file ends early, or later.
    """
    if problem := size_problem(head.n_bytes):
        raise BadArray(f"is too large: {problem}")
    array = np.empty(head.shape, head.dtype, "F" if head.is_fortran else "C")
    flat = array.reshape(-1, order="A").view(np.uint8) if array.size else np.zeros(0, np.uint8)
    done = 0
    while done < flat.size:
        chunk = file.read(min(_CHUNK, flat.size - done))
        if not chunk:
            raise BadArray("ends too early")
        flat[done : done + len(chunk)] = np.frombuffer(chunk, np.uint8)
        done += len(chunk)
    if file.read(1):  # Reaches the end, where an archive compares its checksum.
        raise BadArray("is longer than its header says")
    return _checked(array)


def mapped(path: Any) -> np.ndarray:
    """Open an array that stays in its file.

    Raises
    ------
    BadArray
        If it is no array of plain values, or the file is shorter than it says.
    OSError
        If the file cannot be opened.
    """
    with open(path, "rb") as file:  # noqa: PTH123  (text, too)
        head = read_head(file)
        file.seek(0, 2)
        if file.tell() - head.offset < head.n_bytes:
            raise BadArray("ends too early")
    if not head.n_bytes:
        return np.empty(head.shape, head.dtype)
    order: Any = "F" if head.is_fortran else "C"
    return _checked(np.memmap(path, head.dtype, "r", head.offset, head.shape, order))


def _checked(array: np.ndarray) -> np.ndarray:
    """Refuse text of characters that do not exist, which Python cannot make."""
    if array.dtype.kind == "U" and array.size:
        number = np.dtype(np.uint32).newbyteorder(array.dtype.byteorder)
        codes = np.asarray(array).reshape(-1).view(number)
        if codes.max() > sys.maxunicode:
            raise BadArray("holds text with characters that do not exist")
    return array


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:120]
