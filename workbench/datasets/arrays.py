"""A dataset from arrays in memory, checked once so that nothing later meets a surprise."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from workbench.datasets.dataset import Dataset
from workbench.errors import DataError

_MOST_CLASSES = 65_536  # every class gets a name: a stray label of a billion must not


def from_arrays(
    x: ArrayLike,
    y: ArrayLike | None = None,
    *,
    x_test: ArrayLike | None = None,
    y_test: ArrayLike | None = None,
    calibration: ArrayLike | None = None,
    classes: Iterable[str] | None = None,
    name: str = "arrays",
    source: str = "",
) -> Dataset:
    """Make a dataset of your own samples.

    Parameters
    ----------
    x : array_like of numbers, shape (samples, ...)
        Samples, batch first and channels last. Bytes (uint8) are taken as images: they are
        divided by 255, and gray images of shape (samples, height, width) get a channel axis.
        Numbers of every other type are kept as they are.
    y : array_like of int, shape (samples,), optional
        Class numbers from 0.
    x_test, y_test : array_like, optional
        Samples and labels to test with. Without them `x` and `y` serve for both, which is
        what you want when the samples are a test set already.
    calibration : array_like of numbers, shape (samples, ...), optional
        Samples that set the scales of a conversion. The first 1,000 of `x` if not given.
    classes : iterable of str, optional
        Names of the classes. The class numbers up to the highest label if not given.
    name : str
        How the samples are called in tables and plots.
    source : str
        Where the samples come from: authors and licence.

    Returns
    -------
    Dataset
        Samples as float32, labels as int64.

    Raises
    ------
    DataError
        Where samples are not finite numbers, labels are not class numbers, lengths or shapes
        differ, or a label has no name.
    """
    x_train = _samples(x, f"{name}.x")
    y_train = _labels(y, f"{name}.y", samples=x_train, samples_name=f"{name}.x")
    if x_test is None:
        if y_test is not None:
            raise DataError(
                f"{name}.y_test is given without {name}.x_test; labels belong to samples. "
                "Give x_test too, or leave both out."
            )
        test, test_labels = x_train, y_train
    else:
        test = _samples(x_test, f"{name}.x_test")
        test_labels = _labels(y_test, f"{name}.y_test", samples=test, samples_name=f"{name}.x_test")
        _same_shape(test, f"{name}.x_test", x_train, f"{name}.x")
    chosen = None
    if calibration is not None:
        chosen = _samples(calibration, f"{name}.calibration")
        _same_shape(chosen, f"{name}.calibration", x_train, f"{name}.x")
    return Dataset(
        name=name,
        x_train=x_train,
        y_train=y_train,
        x_test=test,
        y_test=test_labels,
        calibration=chosen,  # type: ignore[arg-type]  # the dataset fills None in
        classes=_class_names(classes, (y_train, test_labels), name),
        source=source,
    )


def _array(values: ArrayLike, what: str) -> np.ndarray:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(
            f"{what} is no array: its rows have different shapes. Bring all samples to one shape."
        ) from error
    if array.dtype.kind not in "buif":
        raise DataError(
            f"{what} has the type {array.dtype}; samples and labels are real numbers. "
            "Convert it first, e.g. with x.astype('float32')."
        )
    return array


def _samples(values: ArrayLike, what: str) -> np.ndarray:
    array = _array(values, what)
    if array.ndim < 2 or array.size == 0:
        raise DataError(
            f"{what} has the shape {array.shape}; accepted: (samples, ...) with at least one "
            "sample of at least one number. Give a single sample as x[None]."
        )
    if array.dtype == np.uint8:
        pixels = array[..., None] if array.ndim == 3 else array
        return pixels.astype(np.float32) / np.float32(255)
    with np.errstate(over="ignore"):  # the check below names what a float32 cannot hold
        result = np.ascontiguousarray(array, dtype=np.float32)
    wrong = np.flatnonzero(~np.isfinite(result).reshape(len(result), -1).all(axis=1))
    if len(wrong):
        first = int(wrong[0])
        value = array[first][~np.isfinite(result[first])][0]
        raise DataError(
            f"{what}[{first}] contains {value} ({len(wrong)} of {len(array)} samples contain such "
            "values); accepted are finite float32 numbers. Remove these samples, or replace the "
            "values with np.nan_to_num."
        )
    return result


def _labels(
    values: ArrayLike | None, what: str, *, samples: np.ndarray, samples_name: str
) -> np.ndarray | None:
    if values is None:
        return None
    array = _array(values, what)
    if array.ndim != 1:
        raise DataError(
            f"{what} has the shape {array.shape}; accepted: (samples,), one class number a "
            "sample. Turn one-hot rows into numbers with y.argmax(axis=1)."
        )
    if len(array) != len(samples):
        raise DataError(
            f"{what} has {len(array)} labels, {samples_name} has {len(samples)} samples; "
            "accepted is one label a sample. Check that both come from the same split."
        )
    accepted = (array >= 0) & (array < _MOST_CLASSES)
    accepted[accepted] = array[accepted] == np.floor(array[accepted])
    if not accepted.all():
        raise DataError(
            f"{what} contains {array[~accepted][0]}; accepted are class numbers: 0, 1, 2 and so "
            f"on, below {_MOST_CLASSES}. Number the classes, e.g. with "
            "np.unique(y, return_inverse=True)[1]."
        )
    return array.astype(np.int64)


def _same_shape(found: np.ndarray, what: str, other: np.ndarray, other_name: str) -> None:
    if found.shape[1:] == other.shape[1:]:
        return
    raise DataError(
        f"{what} holds samples of shape {found.shape[1:]}, {other_name} of {other.shape[1:]}; "
        "all samples of a dataset have one shape. Reshape one of the two."
    )


def _class_names(
    classes: Iterable[str] | None, labels: tuple[np.ndarray | None, ...], name: str
) -> tuple[str, ...]:
    needed = 1 + max((int(part.max()) for part in labels if part is not None), default=-1)
    if classes is None:
        return tuple(str(number) for number in range(needed))
    names = tuple(str(label) for label in classes)
    if len(names) < needed:
        raise DataError(
            f"{name}.classes names {len(names)} classes, but the labels go up to {needed - 1}; "
            f"accepted are at least {needed} names. Name every class, or leave classes out."
        )
    return names
