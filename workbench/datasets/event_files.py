"""Files of events by their endings: N-MNIST, AEDAT, and arrays of NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from workbench.datasets.aedat import read_aedat
from workbench.datasets.npz import read_arrays
from workbench.datasets.recordings import (
    ALIASES,
    EventRecording,
    as_recording,
    damaged,
    most_events,
    recording,
)
from workbench.errors import DataError
from workbench.util.memory_budget import guarded, special_file
from workbench.util.npy_files import BadArray, mapped

NMNIST_SIZE = (34, 34)

_OVERFLOW_ROW, _OVERFLOW_US = 240, 2**13


def read_recording(path: Path) -> EventRecording:
    """Read a file of events.

    Parameters
    ----------
    path : Path
        `.bin` (N-MNIST, N-Caltech101), `.aedat` and `.aedat4` (AEDAT 2.0, 3.1, 4.0), or `.npy`
        and `.npz` with the columns t, x, y, p.

    Raises
    ------
    DataError
        If the file is missing, of another kind, damaged, or holds no events.
    """
    if problem := special_file(path):
        raise DataError(problem)
    if not path.is_file():
        raise DataError(f"There is no file {path}. Give the path of a recording.")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(
            f"{path} has the ending '{path.suffix}'; recordings of events end in "
            f"{', '.join(READERS)}. Read others, as .raw and .dat, with faery (pip install faery), "
            "and give the array: faery.events_stream_from_file(path).to_array()."
        )
    if path.stat().st_size == 0:
        raise damaged(path, "it is empty")
    with guarded(path, DataError, "Record or download it again."):
        return reader(path)


def _read_bin(path: Path) -> EventRecording:
    """Read a file of N-MNIST or N-Caltech101: 5 bytes an event, x, y, polarity and time."""
    if path.stat().st_size % 5:
        raise damaged(
            path, f"its {path.stat().st_size} bytes are not a multiple of 5, as in N-MNIST files"
        )
    if path.stat().st_size // 5 > most_events():
        raise damaged(path, f"it holds more than {most_events():,} events")
    raw = np.fromfile(path, np.uint8).reshape(-1, 5)
    x, y = raw[:, 0], raw[:, 1]
    t = ((raw[:, 2] & 127).astype(np.int64) << 16) | (raw[:, 3].astype(np.int64) << 8) | raw[:, 4]
    # An event in row 240 stands for an overflow of the camera's clock.
    overflow = y == _OVERFLOW_ROW
    t += _OVERFLOW_US * np.cumsum(overflow)
    kept, p = ~overflow, raw[:, 2] >> 7
    return recording(str(path), t[kept], x[kept], y[kept], p[kept], NMNIST_SIZE)


def _read_npy(path: Path) -> EventRecording:
    try:
        values = mapped(path)
    except (OSError, BadArray) as error:
        raise damaged(path, f"it is not an array of numbers ({error})") from error
    return as_recording(values, str(path))


def _read_npz(path: Path) -> EventRecording:
    wanted = {alias for aliases in ALIASES.values() for alias in aliases}

    def choose(found: Mapping[str, str], _: Path) -> dict[str, str]:
        return {key: key for key in found if key in wanted}

    return as_recording(read_arrays(path, choose, "t=t, x=x, y=y, p=p"), str(path))


def _read_aedat(path: Path) -> EventRecording:
    return recording(str(path), *read_aedat(path))


READERS: Mapping[str, Callable[[Path], EventRecording]] = {
    ".bin": _read_bin,
    ".aedat": _read_aedat,
    ".aedat4": _read_aedat,
    ".npy": _read_npy,
    ".npz": _read_npz,
}
"""By ending."""
