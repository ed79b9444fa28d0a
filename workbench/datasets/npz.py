"""A dataset from an .npz file, as NumPy and many download pages write them."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from workbench.datasets.arrays import from_arrays
from workbench.datasets.dataset import Dataset
from workbench.errors import DataError, WorkbenchError
from workbench.util.archives import opened_archive
from workbench.util.memory_budget import check_size, special_file
from workbench.util.npy_files import BadArray, PickledArray, read_body, read_head

ROLES = ("x", "y", "x_test", "y_test", "x_validation", "y_validation", "classes")
"""What arrays of a file or folder may be, as arguments of `from_arrays`."""

_FLOAT_BYTES = 4

_ACCEPTED = "x_train, y_train, x_test, y_test, or x, y (labels may be missing)"


def from_npz(
    path: str | os.PathLike[str],
    x: str | None = None,
    y: str | None = None,
    *,
    x_test: str | None = None,
    y_test: str | None = None,
) -> Dataset:
    """Read samples and labels from an .npz file.

    Parameters
    ----------
    path : str or path
        File with the arrays `x_train`, `y_train`, `x_test`, `y_test` and maybe `x_validation`,
        `y_validation`; or with `x`, `y`, which then serve for calibration and for testing; or with
        arrays of any names, which the other arguments give where their shapes leave a choice.
        Labels may be missing. An array of strings `classes` names the classes. Bytes (uint8) are
        taken as images, as `from_arrays` does.
    x, y, x_test, y_test : str, optional
        Names of the arrays in the file. With `x`, no others are taken than those that are given.

    Returns
    -------
    Dataset
        As of `from_arrays`; the file's name without its ending is the name.

    Raises
    ------
    DataError
        Where the file is missing, is not an .npz file, lacks the arrays, holds pickled objects
        (they are never unpickled), or its arrays do not fit together.

    Examples
    --------
    Written by ``np.savez_compressed("mine.npz", x=x, y=y)``, read by ``from_npz("mine.npz")``.
    Arrays of other names, of which several may be the samples:
    ``from_npz("mine.npz", x="images", y="labels")``.
    """
    file = Path(path).expanduser()
    given = {"x": x, "y": y, "x_test": x_test, "y_test": y_test}

    def choose(found: Mapping[str, str], file: Path) -> dict[str, str]:
        return named_arrays(found, file, given)

    arrays = read_arrays(file, choose, "x=x, y=y")
    return from_arrays(**arrays, name=file.stem, source=str(file))


def read_arrays(
    file: Path, choose: Callable[[Mapping[str, str], Path], dict[str, str]], example: str
) -> dict[str, np.ndarray]:
    """Read some arrays of an .npz file.

    Parameters
    ----------
    file : Path
    choose : callable
        Gets the file's arrays, as names with shape and type in words, and the file; returns what
        to read, as what it is with its name in the file, or refuses.
    example : str
        How the arrays are given to `np.savez_compressed`, for messages.

    Raises
    ------
    DataError
        Where the file is missing, is no .npz, is damaged or holds pickled objects.
    """
    if problem := special_file(file):
        raise DataError(problem)
    if not file.is_file():
        raise DataError(f"There is no file {file}. Give the path of an .npz file.")
    if not zipfile.is_zipfile(file):
        raise DataError(
            f"{file} is not an .npz file. Write one with np.savez_compressed('{file.stem}.npz', "
            f"{example})."
        )
    try:
        with opened_archive(file, DataError) as archive:
            names = {name.removesuffix(".npy"): name for name in archive.namelist()}
            found = {key: _described(archive, name) for key, name in names.items()}
            chosen = choose(found, file)
            # What they take together, as they are and as float32.
            size = sum(_size(archive, names[key]) for key in set(chosen.values()))
            check_size(size, str(file), DataError)
            return {role: _read(archive, names[key], key, file) for role, key in chosen.items()}
    except WorkbenchError:
        raise
    # What a damaged archive raises depends on the byte that is wrong.
    except Exception as error:
        raise DataError(
            f"{file} cannot be read ({error}). Copy or download it again, without a password."
        ) from error


def _size(archive: zipfile.ZipFile, name: str) -> int:
    stored = archive.getinfo(name).file_size
    try:
        with archive.open(name) as entry:
            head = read_head(entry)
    except BadArray:
        return stored
    # A head may claim more than is there, which is refused when it is read.
    return stored * max(1, _FLOAT_BYTES // head.dtype.itemsize)


def named_arrays(
    found: Mapping[str, str],
    place: Path,
    given: Mapping[str, str | None],
    reader: str = "from_npz",
) -> dict[str, str]:
    """Return which arrays of a file or folder are what.

    Without names, one with both forms is read as a split one. Arrays of other names need none where
    just one of them can be the samples, and what goes with it is called "labels", or alike.

    Parameters
    ----------
    found : mapping of str to str
        Its arrays: name, with shape and type in words.
    place : Path
    given : mapping of str to str or None
        Name of the array for each of `ROLES`, where it is given.
    reader : str
        What the names are given to, for messages.

    Returns
    -------
    dict of role to name

    Raises
    ------
    DataError
        If an array that is named does not exist, or none is known to be the samples.
    """
    wanted = {role: name for role, name in given.items() if name is not None}
    for role, name in wanted.items():
        if name not in found:
            raise DataError(
                f"{place} has no array '{name}' for {role}; it holds {listed(found)}. Give one of "
                "these names."
            )
    standard = {role: role for role in ROLES}
    if "x" in wanted:
        standard = {"classes": "classes"}
    elif "x_train" in found:
        standard |= {"x": "x_train", "y": "y_train"}
    else:
        standard = {role: role for role in ("x", "y", "classes")}
    chosen = {role: name for role, name in standard.items() if name in found} | wanted
    if "x" not in chosen and not wanted:
        chosen |= _unmistakable(found)
    if "x" not in chosen:
        likely = _likely(found)
        python = ", ".join(f"{role}={name!r}" for role, name in likely.items())
        shell = " ".join(f"--{role} {name}" for role, name in likely.items())
        raise DataError(
            f"{place} holds the arrays {listed(found)}; accepted: {_ACCEPTED}. Say which array is "
            f"which, as in {reader}(path, {python}), on the command line {shell}."
        )
    return chosen


def listed(found: Mapping[str, str]) -> str:
    """Return arrays with shapes and types, in a sentence."""
    shown = [f"{name} {what}" for name, what in sorted(found.items())]
    more = f" and {len(shown) - _LISTED} more" if len(shown) > _LISTED else ""
    return ", ".join(shown[:_LISTED]) + more or "(none)"


_LISTED = 20


def described(array: np.ndarray) -> str:
    """Return shape and type of an array in words."""
    return f"{array.shape} {array.dtype}"


def _described(archive: zipfile.ZipFile, name: str) -> str:
    """Read shape and type of an array from its head."""
    try:
        with archive.open(name) as file:
            head = read_head(file)
    except PickledArray:
        return "(objects)"
    except BadArray:
        return "(no array)"
    return f"{head.shape} {head.dtype}"


def _likely(found: Mapping[str, str]) -> dict[str, str]:
    """Return which arrays may be samples and labels, for an example."""
    # Samples have several axes, "(100, 28, 28)", labels mostly one, "(100,)".
    several = [name for name, what in found.items() if what.partition(")")[0].count(", ")]
    if not several:
        return {"x": "images", "y": "labels"}
    length = found[several[0]].partition(",")[0]
    alike = [name for name, what in found.items() if what.startswith(f"{length},")]
    labels = [name for name in alike if found[name].startswith(f"{length},)")] + alike[1:]
    return {"x": several[0]} | ({"y": labels[0]} if labels else {})


def _unmistakable(found: Mapping[str, str]) -> dict[str, str]:
    """Return samples and labels where shapes and names leave no choice; empty where they do."""
    axes = {name: what.partition(")")[0].count(", ") for name, what in found.items()}
    samples = [name for name, count in axes.items() if count]
    if len(samples) != 1:
        return {}
    length = found[samples[0]].partition(",")[0]
    alike = [name for name, what in found.items() if what.startswith(f"{length},)")]
    others = [name for name in alike if name != "classes"]
    # Weights, folds and numbers of samples have the length of labels, too.
    labels = [name for name in others if _LABELS.match(name)]
    if len(others) > 1 or labels != others:
        return {}
    return {"x": samples[0]} | ({"y": labels[0]} if labels else {})


_LABELS = re.compile(r"(y|labels?|targets?|digits?|class(_?id)?s?)([_.-].*)?$", re.IGNORECASE)
"""Names of arrays that cannot be anything but labels."""


def _read(archive: zipfile.ZipFile, name: str, key: str, file: Path) -> np.ndarray:
    try:
        with archive.open(name) as entry:
            head = read_head(entry)
            # An entry gives no more bytes than it declares, and these fit the budget.
            if head.n_bytes != archive.getinfo(name).file_size - head.offset:
                raise BadArray(f"has other bytes than its shape {head.shape} takes")
            return read_body(entry, head)
    except PickledArray as error:
        raise DataError(
            f"{file}: the array '{key}' holds pickled objects or is damaged; accepted: arrays of "
            "numbers. Write it with x.astype('float32')."
        ) from error
    except BadArray as error:
        raise DataError(
            f"{file}: the array '{key}' {error}. Write the file again with np.savez_compressed."
        ) from error
