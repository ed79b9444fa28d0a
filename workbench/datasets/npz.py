"""A dataset from an .npz file, as NumPy and many download pages write them."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from workbench.datasets.arrays import from_arrays
from workbench.datasets.dataset import Dataset
from workbench.errors import DataError

_ACCEPTED = "x_train, y_train, x_test, y_test, or x, y (labels may be missing)"


def from_npz(path: str | os.PathLike[str]) -> Dataset:
    """Read samples and labels from an .npz file.

    Parameters
    ----------
    path : str or path
        File with the arrays `x_train`, `y_train`, `x_test`, `y_test`, or with `x`, `y`, which
        then serve for calibration and for testing. Labels may be missing. An array of strings
        `classes` names the classes. Bytes (uint8) are taken as images: they are divided by
        255, and gray images of shape (samples, height, width) get a channel axis.

    Returns
    -------
    Dataset
        Samples as float32, labels as int64; the file's name without its ending is the name.

    Raises
    ------
    DataError
        Where the file is missing, is no .npz, lacks the arrays, holds pickled objects (they
        are never unpickled), or its arrays do not fit together.

    Examples
    --------
    Written by ``np.savez_compressed("mine.npz", x=x, y=y)``, read by ``from_npz("mine.npz")``.
    """
    file = Path(path)
    arrays = read_arrays(file, named_arrays, "x=x, y=y")
    x = arrays.pop("x_train", None)
    if x is None:
        x = arrays.pop("x")
    y = arrays.pop("y_train", arrays.pop("y", None))
    return from_arrays(x, y, name=file.stem, source=str(file), **arrays)


def read_arrays(
    file: Path, choose: Callable[[list[str], Path], list[str]], example: str
) -> dict[str, np.ndarray]:
    """Read some arrays of an .npz file.

    Parameters
    ----------
    file : Path
    choose : callable
        Gets the names of the file's arrays and the file; returns those to read, or refuses.
    example : str
        How the arrays are given to `np.savez_compressed`, for messages.

    Raises
    ------
    DataError
        Where the file is missing, is no .npz, is damaged or holds pickled objects.
    """
    if not file.is_file():
        raise DataError(f"There is no file {file}. Give the path of an .npz file.")
    if not zipfile.is_zipfile(file):
        raise DataError(
            f"{file} is no .npz file. Write one with np.savez_compressed('{file.stem}.npz', "
            f"{example})."
        )
    try:
        with np.load(file, allow_pickle=False) as archive:
            return {key: _read(archive, key, file) for key in choose(archive.files, file)}
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError) as error:
        raise DataError(
            f"{file} cannot be read ({error}). Copy or download it again, without a password."
        ) from error


def named_arrays(
    found: list[str], place: Path, how: str = "when writing the file with np.savez_compressed"
) -> list[str]:
    """Return which arrays of a file or folder to read; one with both forms is read as a split one.

    Parameters
    ----------
    found : list of str
        Names of its arrays.
    place : Path
    how : str
        How arrays get their names, for the message.

    Raises
    ------
    DataError
        If none of them are samples.
    """
    if "x_train" in found:
        wanted: tuple[str, ...] = ("x_train", "y_train", "x_test", "y_test", "classes")
    elif "x" in found:
        wanted = ("x", "y", "classes")
    else:
        raise DataError(
            f"{place} holds the arrays {', '.join(sorted(found)) or '(none)'}; accepted: "
            f"{_ACCEPTED}. Name the arrays so {how}."
        )
    return [key for key in wanted if key in found]


def _read(archive: np.lib.npyio.NpzFile, key: str, file: Path) -> np.ndarray:
    try:
        return archive[key]
    except ValueError as error:
        raise DataError(
            f"{file}: the array '{key}' holds pickled objects or is damaged ({error}); accepted "
            "are arrays of numbers. Write it with x.astype('float32')."
        ) from error
