"""Labels and targets: what the outputs for samples should be, read in one way everywhere.

*Labels* say which class a sample belongs to: class numbers from 0, as integers or floats of
shape (samples,) or (samples, 1), or one-hot rows of shape (samples, classes). *Targets* are the
values that the outputs of a regression should have, of shape (samples,) or (samples, outputs).

Numbers alone may be either: an age is an integer, too. Then the number of outputs decides, by
these rules (`are_targets`):

- With one output, 0 and 1 are the labels of two classes; any other value makes targets.
- With several outputs, integers of shape (samples,) are labels; rows that each hold probabilities
  with one largest entry are labels; other rows are targets.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from workbench.errors import DataError

MOST_CLASSES = 65_536
"""Every class gets a name: a stray label of a billion must not."""


_TARGETS = "The targets of a regression are measured with run.error(targets)."


def class_count(outputs: int) -> int:
    """Return how many classes outputs tell apart; a single output tells two apart."""
    return max(outputs, 2)


def read_labels(y: ArrayLike, what: str = "Labels") -> np.ndarray:
    """Read labels or targets into the form in which data sets keep them.

    Parameters
    ----------
    y : array_like of numbers, shape (samples,) or (samples, ...)
    what : str
        Its name, for messages.

    Returns
    -------
    ndarray
        Class numbers, int64 of shape (samples,), where the values can be class numbers: integers
        from 0 below 65,536, or one-hot rows (of 0 or -1, and 1). Otherwise targets, float32 of
        shape (samples, outputs).

    Raises
    ------
    DataError
        If this is no array of finite numbers with an entry for every sample.
    """
    rows = _rows(y, what)
    flat = rows[:, 0]
    if rows.shape[1] == 1 and _number_classes(flat):
        return flat.astype(np.int64)
    if rows.shape[1] > 1 and _one_hot(rows):
        return rows.argmax(axis=1)
    with np.errstate(over="ignore"):  # what a float32 cannot hold is refused below
        targets = rows.astype(np.float32)
    _check_finite(targets, rows, what)
    return targets


def are_targets(y: np.ndarray, outputs: int) -> bool:
    """Whether a network with so many outputs takes these for targets, not for labels.

    Parameters
    ----------
    y : ndarray
        As `read_labels` returns it.
    outputs : int
        Output units of the network.
    """
    if y.ndim == 1:
        return outputs == 1 and bool((y > 1).any())
    return not (y.shape[1] == class_count(outputs) and _probabilities(y))


def class_numbers(
    y: ArrayLike, samples: int, outputs: int, what: str = "Labels", name: str = "the network"
) -> np.ndarray:
    """Read labels for a network.

    Parameters
    ----------
    y : array_like
        Class numbers, integers or floats of shape (samples,) or (samples, 1); or one row per
        sample, one-hot or probabilities.
    samples, outputs : int
        Number of samples, and of the network's output units. One output has two classes.
    what, name : str
        Names of the labels and of the network, for messages.

    Returns
    -------
    ndarray of int64, shape (samples,)

    Raises
    ------
    DataError
        If labels do not fit the samples or the classes, or are the targets of a regression.
    """
    rows, classes = _rows(y, what), class_count(outputs)
    if len(rows) != samples or rows.shape[1] not in (1, classes):
        raise DataError(
            f"{what} have shape {np.shape(y)}; accepted for {samples} samples: class numbers "
            f"({samples},), or one-hot rows ({samples}, {classes}). Give one label per sample."
        )
    if rows.shape[1] > 1:
        if not (_one_hot(rows) or _probabilities(rows)):
            wrong = np.flatnonzero(~_has_one_largest(rows))
            which = f"; row {wrong[0]} names no single class" if len(wrong) else ""
            raise DataError(
                f"{what} are rows of numbers that are not labels{which}; accepted: one-hot rows "
                f"and rows of probabilities. {_TARGETS}"
            )
        return rows.argmax(axis=1)
    flat = rows[:, 0]
    fractions = flat[flat != np.floor(flat)] if flat.dtype.kind == "f" else flat[:0]
    if len(fractions):
        raise DataError(
            f"{what} contain {fractions[0]:g}; accepted: class numbers 0, 1, 2 and so on. "
            f"{_TARGETS}"
        )
    wrong = np.flatnonzero((flat < 0) | (flat >= classes))
    if len(wrong):
        first = int(wrong[0])
        raise DataError(
            f"{what}[{first}] is {int(flat[first])} ({len(wrong)} of {len(flat)} labels are out of "
            f"range); {name} has classes 0 to {classes - 1}. Choose a network with more outputs, "
            "or number the classes from 0: np.unique(y, return_inverse=True)[1]."
        )
    return flat.astype(np.int64)


def target_values(
    y: ArrayLike, samples: int, outputs: int, what: str = "Targets", name: str = "the network"
) -> np.ndarray:
    """Read the targets of a regression for a network.

    Parameters
    ----------
    y : array_like of numbers, shape (samples,) for one output, (samples, outputs), or the output's
        own shape
    samples, outputs, what, name
        As of `class_numbers`.

    Returns
    -------
    ndarray of float64, shape (samples, outputs)

    Raises
    ------
    DataError
        If targets do not fit the samples or the outputs, or are class numbers.
    """
    rows = _rows(y, what)
    if rows.shape != (samples, outputs):
        classes = " Measure class numbers with run.accuracy(y)." if rows.shape[1] == 1 else ""
        raise DataError(
            f"{what} have shape {np.shape(y)}; {name} gives ({samples}, {outputs}): one value per "
            f"sample and output.{classes}"
        )
    return rows.astype(np.float64)


def _rows(y: ArrayLike, what: str) -> np.ndarray:
    """Return numbers as one row per sample."""
    try:
        array = np.asarray(y)
    except ValueError as error:
        raise DataError(f"{what} are not an array: rows have different lengths.") from error
    if array.dtype.kind not in "buif":
        raise DataError(
            f"{what} have type {array.dtype}; accepted: numbers. Number the classes, e.g. with "
            "np.unique(y, return_inverse=True)[1]."
        )
    if array.ndim == 0 or 0 in array.shape[1:]:
        raise DataError(
            f"{what} have shape {array.shape}; accepted: (samples,) or (samples, outputs). "
            "Give one entry per sample."
        )
    rows = array.reshape(len(array), -1) if len(array) else array.reshape(0, 1)
    _check_finite(rows, rows, what)
    return rows


def _check_finite(values: np.ndarray, given: np.ndarray, what: str) -> None:
    wrong = ~np.isfinite(values)
    if wrong.any():
        raise DataError(
            f"{what} contain {given[wrong][0]}; accepted: finite float32 numbers. Remove these "
            "samples."
        )


def _number_classes(flat: np.ndarray) -> bool:
    """Whether numbers can be those of classes."""
    if ((flat < 0) | (flat >= MOST_CLASSES)).any():
        return False
    return flat.dtype.kind != "f" or bool((flat == np.floor(flat)).all())


def _one_hot(rows: np.ndarray) -> bool:
    """Whether every row holds a single 1, and 0 (or -1 everywhere) besides."""
    ones = rows == 1
    others_alike = (ones | (rows == 0)).all() or (ones | (rows == -1)).all()
    return bool(others_alike and (ones.sum(axis=1) == 1).all())


def _probabilities(rows: np.ndarray) -> bool:
    """Whether every row holds probabilities, with one largest entry."""
    sums = rows.sum(axis=1, dtype=np.float64)
    return bool(
        (rows >= 0).all() and np.allclose(sums, 1, atol=1e-3) and _has_one_largest(rows).all()
    )


def _has_one_largest(rows: np.ndarray) -> np.ndarray:
    largest = rows.max(axis=1, keepdims=True)
    found: np.ndarray = (rows == largest).sum(axis=1) == 1
    return found
