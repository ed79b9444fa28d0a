"""A dataset from arrays in memory, checked once so that nothing later meets a surprise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from workbench.datasets.dataset import Dataset
from workbench.errors import DataError
from workbench.util.batches import gives_batches, joined_batches, plain_array
from workbench.util.labels import read_labels
from workbench.util.pixels import Pixels, pixels_of_bytes
from workbench.util.stored_samples import Rows, Samples, StoredSamples, as_samples, on_disk

_LOOKED_AT = 64
"""Samples on disk that tell whether bytes are pixels."""


def from_arrays(
    x: ArrayLike | StoredSamples,
    y: ArrayLike | None = None,
    *,
    x_test: ArrayLike | StoredSamples | None = None,
    y_test: ArrayLike | None = None,
    calibration: ArrayLike | StoredSamples | None = None,
    x_validation: ArrayLike | StoredSamples | None = None,
    y_validation: ArrayLike | None = None,
    classes: Iterable[str] | None = None,
    name: str = "arrays",
    source: str = "",
) -> Dataset:
    """Make a data set of your own samples.

    Parameters
    ----------
    x : array_like of numbers, shape (samples, ...)
        Samples, batch first and channels last. Bytes (uint8) are taken as images: they are
        divided by 255, and gray ones of shape (samples, height, width) get a channel axis. The
        result is `Pixels`, which a network that takes pixels from 0 to 255 receives in that range.
        Bytes that are all 0 or 1 (on disk: in 64 samples across the set) are not pixels; these, and
        numbers of every other type, keep their values. Arrays that lie on disk (memory maps, data
        sets of HDF5 and Zarr) stay there; they are read and checked when they are simulated. A
        `tf.data.Dataset`, a PyTorch `DataLoader` or another source of batches, up to 1 GB, is read
        once, and gives the labels, too, if its batches have them.
    y : array_like of numbers, shape (samples,) or (samples, outputs), optional
        Labels: class numbers from 0, as integers or floats, or one-hot rows. Or the targets of a
        regression, any other numbers; see `workbench.util.labels`.
    x_test, y_test : array_like, optional
        Samples and labels to test with. Without them `x` and `y` serve for both, which is
        what you want when the samples are a test set already.
    calibration : array_like of numbers, shape (samples, ...), optional
        Samples that set the scales of a conversion. The first 1,000 of `x` if not given.
    x_validation, y_validation : array_like, optional
        Samples and labels to choose settings by: neither those that trained the network nor those
        of the test.
    classes : iterable of str, optional
        Names of the classes, or of the outputs where `y` are targets. The class numbers up to
        the highest label if not given.
    name : str
        Name of the samples in tables and plots.
    source : str
        Where the samples come from: authors and licence.

    Returns
    -------
    Dataset
        Samples as float32, labels as int64 of shape (samples,), targets as float32 of shape
        (samples, outputs). Samples on disk become `StoredSamples`, which give
        arrays when some are chosen: ``data.x_test[:100]``.

    Raises
    ------
    DataError
        Where samples or labels are not finite numbers, lengths or shapes differ, or a label has
        no name.
    """
    x, y = _gathered(x, y, f"{name}.x")
    x_test, y_test = _gathered(x_test, y_test, f"{name}.x_test")
    x_validation, y_validation = _gathered(x_validation, y_validation, f"{name}.x_validation")
    calibration, _ = _gathered(calibration, None, f"{name}.calibration")
    x_train = _samples(x, f"{name}.x")
    y_train = _labels(y, f"{name}.y", samples=x_train, samples_name=f"{name}.x")
    test, test_labels = _part(x_test, y_test, f"{name}.", "test", x_train)
    kept, kept_labels = _part(x_validation, y_validation, f"{name}.", "validation", x_train)
    y_train, test_labels, kept_labels = _alike(y_train, test_labels, kept_labels)
    if test is None:
        test, test_labels = x_train, y_train
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
        classes=_class_names(classes, (y_train, test_labels, kept_labels), name),
        source=source,
        x_validation=kept,
        y_validation=kept_labels,
    )


def _part(
    x: Any, y: Any, name: str, part: str, x_train: Samples
) -> tuple[Samples | None, np.ndarray | None]:
    """Return samples besides those of training, and their labels."""
    if x is None:
        if y is not None:
            raise DataError(
                f"{name}y_{part} is given without {name}x_{part}; labels belong to samples. "
                f"Give x_{part} too, or leave both out."
            )
        return None, None
    samples = _samples(x, f"{name}x_{part}")
    labels = _labels(y, f"{name}y_{part}", samples=samples, samples_name=f"{name}x_{part}")
    _same_shape(samples, f"{name}x_{part}", x_train, f"{name}x")
    return samples, labels


def _gathered(x: Any, y: Any, what: str) -> tuple[Any, Any]:
    """Go through a source of batches; its labels count where none are given beside it."""
    if not gives_batches(x):
        return x, y
    x, labels = joined_batches(x, what)
    return x, labels if y is None else y


def _array(values: ArrayLike, what: str) -> np.ndarray:
    try:
        array = plain_array(values)
    except ValueError as error:
        raise DataError(
            f"{what} is not an array: its rows have different shapes. Bring all samples to one "
            "shape."
        ) from error
    _check_type(array, what)
    return array


def _check_type(array: Samples, what: str) -> None:
    if array.dtype.kind not in "buif":
        raise DataError(
            f"{what} has the type {array.dtype}; samples and labels are real numbers. "
            "Convert it first, e.g. with x.astype('float32')."
        )


def _samples(values: ArrayLike | StoredSamples, what: str) -> Samples:
    if on_disk(values):
        return _stored(as_samples(values), what)
    array = _array(values, what)
    _check_shape(array, what)
    result = _converted(array, is_pixels=_holds_pixels(array))
    wrong = np.flatnonzero(~np.isfinite(result).reshape(len(result), -1).all(axis=1))
    if len(wrong):
        first = int(wrong[0])
        value = array[first][~np.isfinite(result[first])][0]
        raise DataError(
            f"{what}[{first}] contains {value} ({len(wrong)} of {len(array)} samples contain such "
            "values); accepted: finite float32 numbers. Remove these samples, or replace the "
            "values with np.nan_to_num."
        )
    return result


def _stored(array: Samples, what: str) -> StoredSamples:
    """Convert samples when they are read."""
    _check_type(array, what)
    _check_shape(array, what)
    if isinstance(array, StoredSamples) and array.dtype == np.float32:
        return array

    is_pixels = _holds_pixels(array)

    def read(rows: Rows) -> np.ndarray:
        return _converted(np.asarray(array[rows]), is_pixels=is_pixels)

    channel = (1,) if array.dtype == np.uint8 and array.ndim == 3 else ()
    return StoredSamples((*array.shape, *channel), np.float32, read)


def _holds_pixels(array: Samples) -> bool:
    """Whether samples are bytes of pixels, and not only 0 and 1.

    Of samples on disk some tell, from the first to the last.
    """
    if array.dtype != np.uint8:
        return False
    if isinstance(array, np.ndarray) and not on_disk(array):
        return int(array.max()) > 1
    looked_at = np.unique(np.linspace(0, len(array) - 1, _LOOKED_AT).astype(int))
    return any(np.asarray(array[row : row + 1]).max() > 1 for row in looked_at.tolist())


def _converted(array: np.ndarray, *, is_pixels: bool) -> np.ndarray:
    """Return samples as float32, bytes of pixels from 0 to 1."""
    if array.dtype == np.uint8 and array.ndim == 3:
        array = array[..., None]
    if is_pixels:
        return pixels_of_bytes(array)
    with np.errstate(over="ignore"):  # what a float32 cannot hold is named when it is checked
        floats = np.ascontiguousarray(array, dtype=np.float32)
    return floats.view(Pixels) if isinstance(array, Pixels) else floats


def _check_shape(array: Samples, what: str) -> None:
    if array.ndim < 2 or 0 in array.shape:
        raise DataError(
            f"{what} has the shape {array.shape}; accepted: (samples, ...) with at least one "
            "sample of at least one number. Give a single sample as x[None]."
        )


def _labels(
    values: ArrayLike | None, what: str, *, samples: Samples, samples_name: str
) -> np.ndarray | None:
    if values is None:
        return None
    labels = read_labels(values, what)
    if len(labels) != len(samples):
        raise DataError(
            f"{what} has {len(labels)} labels, {samples_name} has {len(samples)} samples; "
            "accepted: one label per sample. Check that both come from the same split."
        )
    return labels


def _alike(*parts: np.ndarray | None) -> tuple[np.ndarray | None, ...]:
    """Read all parts as targets where one of them is: targets may happen to be integers."""
    given = [y for y in parts if y is not None]
    if len({y.ndim for y in given}) < 2:
        return parts
    widths = {y.shape[1] for y in given if y.ndim == 2}
    if widths != {1}:
        return parts  # which the class names refuse, or the network
    return tuple(y if y is None or y.ndim == 2 else y.astype(np.float32)[:, None] for y in parts)


def _same_shape(found: Samples, what: str, other: Samples, other_name: str) -> None:
    if found.shape[1:] == other.shape[1:]:
        return
    raise DataError(
        f"{what} holds samples of shape {found.shape[1:]}, {other_name} of {other.shape[1:]}; "
        "all samples of a data set have one shape. Reshape one of the two."
    )


def _class_names(
    classes: Iterable[str] | None, labels: tuple[np.ndarray | None, ...], name: str
) -> tuple[str, ...]:
    given = [part for part in labels if part is not None]
    numbers = [part for part in given if part.ndim == 1]
    if classes is None:
        needed = 1 + max((int(part.max()) for part in numbers), default=-1)
        return tuple(str(number) for number in range(needed))
    if not isinstance(classes, Iterable) or getattr(classes, "ndim", 1) != 1:
        raise DataError(
            f"{name}.classes is {str(classes)[:40]!r}; accepted: a list of names. Give one "
            "name per class, as ['cat', 'dog']."
        )
    names = tuple(str(label) for label in classes)
    if any(part.ndim == 2 and part.shape[1] != len(names) for part in given):
        raise DataError(
            f"{name}.y holds values that are not class numbers, but {name}.classes names "
            f"{len(names)} classes; accepted: class numbers from 0 to {len(names) - 1}. Number "
            "the classes, e.g. with np.unique(y, return_inverse=True)[1], or leave classes out."
        )
    needed = 1 + max((int(part.max()) for part in numbers), default=-1)
    if len(names) < needed:
        raise DataError(
            f"{name}.classes names {len(names)} classes, but the labels go up to {needed - 1}; "
            f"accepted: at least {needed} names. Name every class, or leave classes out."
        )
    return names
