"""A dataset from the three .npz files, or the folder of images, that snn_toolbox reads."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from workbench.datasets.arrays import from_arrays
from workbench.datasets.dataset import Dataset
from workbench.datasets.folder import from_folder
from workbench.datasets.npz import listed, read_arrays
from workbench.errors import DataError
from workbench.util.labels import MOST_CLASSES, class_numbers
from workbench.util.stored_samples import Rows, Samples, StoredSamples

_ARRAY = "arr_0"
"""The name that np.savez gives an array without one."""


def from_snn_toolbox(
    folder: str | os.PathLike[str],
    *,
    samples: int | Sequence[int] | None = None,
    input_shape: tuple[int, ...] | None = None,
    rescale: float | None = None,
) -> Dataset:
    """Read samples and labels as snn_toolbox stores them.

    Parameters
    ----------
    folder : str or path
        With `x_test.npz` and `y_test.npz`, and `x_norm.npz` for calibration; each holds one
        array, as ``np.savez("x_test.npz", x)`` writes it. Numbers are kept as they are, bytes
        included, as snn_toolbox keeps them. Labels are class numbers or one-hot rows. Without
        `x_norm.npz` the test samples serve for calibration.
    samples : int or sequence of int, optional
        How many test samples, from the first; or the indices of those to take.
    input_shape : tuple of int, optional
        Of the network. Samples of this shape with channels first get their channels last. Images
        are resized to it.
    rescale : float, optional
        Factor of pixels from 0 to 255. If given, the folder holds images, in a subfolder for every
        class.

    Returns
    -------
    Dataset
        Samples as float32, labels as int64; the folder's name is the name.

    Raises
    ------
    DataError
        Where a file is missing or damaged, holds something else, or a sample does not have exactly
        one class.
    """
    place = Path(folder)
    if rescale is not None:
        return _of_images(place, samples, input_shape, rescale)
    x_test = _channels_last(_array(place / "x_test.npz"), input_shape)
    y_test = _classes(_array(place / "y_test.npz"), place / "y_test.npz")
    if len(y_test) != len(x_test):
        raise DataError(
            f"{place / 'y_test.npz'} has {len(y_test)} labels, x_test.npz has {len(x_test)} "
            "samples; accepted: one label per sample. Check that both come from the same split."
        )
    x_norm = x_test
    if (place / "x_norm.npz").is_file():
        x_norm = _channels_last(_array(place / "x_norm.npz"), input_shape)
    chosen = _chosen(samples, len(x_test), place / "x_test.npz")
    return from_arrays(
        x_norm,
        x_test=x_test[chosen],
        y_test=y_test[chosen],
        calibration=x_norm,
        name=place.resolve().name or "samples",
        source=str(place),
    )


def _of_images(
    folder: Path,
    samples: int | Sequence[int] | None,
    input_shape: tuple[int, ...] | None,
    rescale: float,
) -> Dataset:
    """Open images; those chosen are tested with, the first of all calibrate."""
    shape = input_shape or ()
    # Networks from PyTorch have their channels first: 1 or 3.
    first = len(shape) == 3 and shape[0] in (1, 3) and shape[2] not in (1, 3)
    size = (shape[1:] if first else shape[:2]) if len(shape) == 3 else None
    data = from_folder(folder, image_size=size)

    def rescaled(x: Samples, chosen: slice | np.ndarray) -> StoredSamples:
        numbers = np.arange(len(x))[chosen]

        def read(rows: Rows) -> np.ndarray:
            pixels = np.asarray(x[numbers[rows]], np.float32) * np.float32(255 * rescale)
            return np.moveaxis(pixels, -1, 1) if first else pixels

        one = (x.shape[3], *x.shape[1:3]) if first else x.shape[1:]
        return StoredSamples((len(numbers), *one), np.float32, read)

    chosen = _chosen(samples, len(data.x_test), folder)
    return from_arrays(
        rescaled(data.x_train, slice(None)),
        data.y_train,
        x_test=rescaled(data.x_test, chosen),
        y_test=None if data.y_test is None else data.y_test[chosen],
        classes=data.classes,
        name=data.name,
        source=data.source,
    )


def _array(file: Path) -> np.ndarray:
    array = read_arrays(file, _only, "x")[_ARRAY]
    if array.ndim == 0 or array.dtype.kind not in "biuf":
        raise DataError(
            f"{file} holds an array of {array.dtype} with the shape {array.shape}; accepted: "
            "numbers, one entry per sample."
        )
    if not len(array):
        raise DataError(f"{file} is empty; accepted: at least one sample.")
    return array


def _only(found: Mapping[str, str], file: Path) -> dict[str, str]:
    if _ARRAY not in found:
        raise DataError(
            f"{file} holds the arrays {listed(found)}; accepted: {_ARRAY}, as "
            f"np.savez_compressed('{file.name}', x) names it."
        )
    return {_ARRAY: _ARRAY}


def _channels_last(x: np.ndarray, input_shape: tuple[int, ...] | None) -> np.ndarray:
    """Return samples as floats, so that bytes are not taken for images of 0 to 1."""
    with np.errstate(over="ignore"):  # what a float32 cannot hold is named when it is checked
        x = x.astype(np.float32)
    if input_shape is not None and x.ndim > 2 and x.shape[1:] != tuple(input_shape):
        moved = np.moveaxis(x, 1, -1)
        return moved if moved.shape[1:] == tuple(input_shape) else x
    return x


def _classes(y: np.ndarray, file: Path) -> np.ndarray:
    """Return class numbers: snn_toolbox has no regression."""
    if y.ndim > 2:
        raise DataError(
            f"{file} holds labels of shape {y.shape}; accepted: (samples,), one class number per "
            "sample, or (samples, classes), one one-hot row per sample."
        )
    rows = y.reshape(len(y), -1)
    outputs = MOST_CLASSES if rows.shape[1] == 1 else rows.shape[1]
    return class_numbers(y, len(y), outputs, str(file))


def _chosen(samples: int | Sequence[int] | None, count: int, file: Path) -> slice | np.ndarray:
    if samples is None or isinstance(samples, int):
        return slice(samples)
    chosen = np.asarray(samples, np.int64)
    wrong = chosen[(chosen < 0) | (chosen >= count)]
    if len(wrong):
        raise DataError(
            f"{file} has no sample {wrong[0]}; accepted: indices from 0 to {count - 1}."
        )
    return chosen
