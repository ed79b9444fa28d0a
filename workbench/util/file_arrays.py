"""Arrays that lie in files, told by their place there: another process maps the file itself."""

from __future__ import annotations

import mmap
import socket
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.errors import DataError


@dataclass(frozen=True)
class FileArray:
    """The place of an array in a file.

    Parameters
    ----------
    path : str
    offset : int
        Of its first number, in bytes.
    shape, strides : tuple of int
    dtype : dtype
    check : int
        Checksum of its first and last row, as another machine may have another file there.
    """

    path: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: np.dtype
    check: int

    def opened(self) -> np.ndarray:
        """Map the file, and return the array.

        Raises
        ------
        DataError
            If the file cannot be opened here, or is another one.
        """
        try:
            file = np.memmap(self.path, np.uint8, "r")
            array = np.ndarray(self.shape, self.dtype, file.data, self.offset, self.strides)
        except (OSError, ValueError, TypeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise self._refused(f"cannot be opened: {reason}") from error
        if _check(array) != self.check:
            raise self._refused("is another file there")
        array.flags.writeable = False
        return array

    def _refused(self, reason: str) -> DataError:
        return DataError(
            f"{self.path}, which holds samples, {reason} (on {socket.gethostname()}). Put it where "
            "all workers reach it by this path, or give samples in memory: numpy.array(x)."
        )


def place_of(x: np.ndarray) -> FileArray | None:
    """Return the place of an array in its file; None if it is not mapped from one, or is changed.

    Parameters
    ----------
    x : ndarray
        A memory map, or a part of one.
    """
    owner = x
    while isinstance(owner, np.ndarray) and not isinstance(owner.base, mmap.mmap):
        owner = owner.base  # type: ignore[assignment]
    if not isinstance(owner, np.memmap) or owner.filename is None or not x.size:
        return None
    if owner.mode == "c" or x.dtype.hasobject:  # what is changed in memory is not in the file
        return None
    if owner.mode != "r":
        owner.flush()
    # The map begins at a whole page, not where the array begins that was opened first.
    begins = owner.offset - owner.offset % mmap.ALLOCATIONGRANULARITY
    base = np.frombuffer(owner.base, np.uint8)
    offset = begins + x.ctypes.data - base.ctypes.data
    path = str(Path(owner.filename).absolute())
    return FileArray(path, offset, x.shape, x.strides, x.dtype, _check(x))


def _check(x: np.ndarray) -> int:
    ends = x[[0, -1]] if x.ndim else x
    return zlib.crc32(np.ascontiguousarray(ends).tobytes())
