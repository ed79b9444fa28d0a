"""A dataset from a folder: of arrays, or of images in a subfolder a class."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from workbench.datasets.arrays import from_arrays
from workbench.datasets.dataset import Dataset
from workbench.datasets.images import SUFFIXES, images_by_class, labelled_images
from workbench.datasets.npz import described, from_npz, named_arrays
from workbench.errors import DataError
from workbench.util.memory_budget import special_file
from workbench.util.npy_files import BadArray, mapped

TEST_FOLDERS = ("test", "val", "validation")
"""Names by which people keep what is not trained with."""


def from_folder(
    path: str | os.PathLike[str],
    *,
    image_size: tuple[int, int] | None = None,
    x: str | None = None,
    y: str | None = None,
    x_test: str | None = None,
    y_test: str | None = None,
) -> Dataset:
    """Open samples and labels that lie in a folder, and may be more than memory holds.

    Samples are read when they are simulated, a batch at a time; only the calibration samples are
    read at once.

    Parameters
    ----------
    path : str or path
        A folder of one of two kinds:

        - Arrays as ``np.save`` writes them: `x_train.npy`, `y_train.npy`, `x_test.npy` and
          `y_test.npy`, or `x.npy` and `y.npy`, which then serve for calibration and for testing.
          Labels may be missing; `classes.npy` may name the classes. Bytes (uint8) are taken as
          images, as `from_npz` does.
        - Images (PNG, JPEG, BMP, PGM, PPM, TIFF, WebP), in a subfolder for every class; or
          subfolders `train` and `test` (or `val`, `validation`) with these. The classes are
          numbered by name, as Keras and PyTorch do. Pixels become numbers from 0 to 1, gray ones
          with one channel, coloured ones with three. The order is shuffled, always alike, so that
          the first samples are of all classes.
    image_size : (height, width), optional
        To resize images to, bilinearly. Without it all must have the size of the first.
    x, y, x_test, y_test : str, optional
        Names of arrays, without ``.npy``, where they are others; see `from_npz`.

    Returns
    -------
    Dataset
        Samples as `StoredSamples` of float32, labels as int64; the folder's name is the name.

    Raises
    ------
    DataError
        Where there is no such folder, it holds neither, or its contents do not fit together.
        Images that cannot be read are refused when they are simulated.

    Examples
    --------
    Written by ``np.save("mine/x.npy", x); np.save("mine/y.npy", y)``, opened by
    ``from_folder("mine")``.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Give the path of a folder with samples.")
    if image_size is not None and (len(image_size) != 2 or min(image_size) < 1):
        raise DataError(f"image_size is {image_size}; accepted: (height, width), each 1 or more.")
    files = {file.stem: file for file in sorted(folder.glob("*.npy"))}
    given = {"x": x, "y": y, "x_test": x_test, "y_test": y_test}
    if files or any(given.values()):
        return _of_arrays(folder, files, given)
    return _of_images(folder, image_size)


def from_path(
    path: str | os.PathLike[str],
    *,
    image_size: tuple[int, int] | None = None,
    **names: str | None,
) -> Dataset:
    """Open a folder or read an .npz file, whichever it is; see `from_folder` and `from_npz`.

    Parameters
    ----------
    path : str or Path
    image_size : (int, int), optional
        Height and width to which images of a folder are resized, in pixels.
    **names : str, optional
        Names of arrays in an `.npz` file, as of `from_npz`.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If nothing is there, or what is there cannot be read as samples.
    """
    place = Path(path).expanduser()
    if place.is_dir():
        return from_folder(place, image_size=image_size, **names)
    return from_npz(place, **names)


def _of_arrays(folder: Path, files: dict[str, Path], given: dict[str, str | None]) -> Dataset:
    opened = {name: _opened(file) for name, file in files.items()}
    found = {name: described(array) for name, array in opened.items()}
    names = named_arrays(found, folder, given, "from_folder")
    arrays = {role: opened[name] for role, name in names.items()}
    return from_arrays(**arrays, name=_name(folder), source=str(folder))


def _opened(file: Path) -> np.ndarray:
    """Return an array that stays in its file."""
    try:
        if problem := special_file(file):
            raise BadArray(problem)
        return mapped(file)
    except (OSError, BadArray) as error:
        raise DataError(
            f"{file} cannot be opened ({error}); accepted: arrays of numbers. Write it with "
            f"np.save('{file.name}', x)."
        ) from error


def _of_images(folder: Path, image_size: tuple[int, int] | None) -> Dataset:
    train, test = _split(folder)
    if not train:
        raise DataError(
            f"{folder} holds no samples; accepted: x.npy and y.npy, or x_train.npy, y_train.npy, "
            "x_test.npy and y_test.npy; or a subfolder of images for every class, as in "
            f"{folder.name}/cat/1.png ({', '.join(SUFFIXES)})."
        )
    classes = list(train)
    x, y = labelled_images(train, classes, image_size)
    x_test, y_test = labelled_images(test, classes, image_size) if test else (None, None)
    return from_arrays(
        x,
        y,
        x_test=x_test,
        y_test=y_test,
        classes=classes,
        name=_name(folder),
        source=str(folder),
    )


def _split(folder: Path) -> tuple[dict[str, list[Path]], dict[str, list[Path]]]:
    """Return the images to train with, and those to test with, if they are kept apart."""
    train = images_by_class(folder / "train")
    if not train:
        return images_by_class(folder), {}
    tests = (images_by_class(folder / name) for name in TEST_FOLDERS)
    return train, next(filter(None, tests), {})


def _name(folder: Path) -> str:
    return folder.resolve().name or "samples"
