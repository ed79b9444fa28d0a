"""Accuracy against time, from one run."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.errors import DataError


def accuracy_over_time(
    predictions: np.ndarray, labels: np.ndarray, ann_accuracy: float = np.nan
) -> pd.DataFrame:
    """Share of right and of undecided samples after every step.

    Parameters
    ----------
    predictions : ndarray of int, shape (samples, steps)
        -1 where a sample is undecided; such a sample counts as wrong.
    labels : ndarray of int, shape (samples,)
    ann_accuracy : float
        Accuracy of the analog network on the same samples.

    Returns
    -------
    DataFrame
        Indexed by step (1 is after the first): snn, undecided, ann; all between 0 and 1.
    """
    right = (predictions == np.asarray(labels)[:, None]).mean(axis=0)
    return pd.DataFrame(
        {"snn": right, "undecided": (predictions < 0).mean(axis=0), "ann": ann_accuracy},
        index=pd.RangeIndex(1, predictions.shape[1] + 1, name="step"),
    )


def among_first(outputs: np.ndarray, labels: np.ndarray, k: int) -> float:
    """Share of samples whose class is among the k largest outputs; of equal ones, the first."""
    rows = outputs.reshape(len(outputs), -1)
    first = np.argsort(-rows, axis=1, kind="stable")[:, :k]
    return float((first == labels[:, None]).any(axis=1).mean())


def confusion_table(
    predictions: np.ndarray, labels: np.ndarray, classes: int, names: Sequence[str] | None = None
) -> pd.DataFrame:
    """Count how often each class was taken for each; see `Run.confusion`.

    Raises
    ------
    DataError
        If there are too few names.
    """
    if names is not None and len(names) < classes:
        raise DataError(
            f"There are {len(names)} names for {classes} classes. Name every class, or leave the "
            "names out."
        )
    counts = np.zeros((classes, classes + 1), np.int64)
    np.add.at(counts, (labels, predictions), 1)  # the last column, -1, is of undecided samples
    known = list(range(classes) if names is None else names[:classes])
    table = pd.DataFrame(counts, index=known, columns=[*known, "undecided"])
    table.index.name, table.columns.name = "true", "predicted"
    return table if counts[:, -1].any() else table.drop(columns="undecided")


def latency(table: pd.DataFrame, within: float = 0.01) -> int | None:
    """First step from which accuracy stays within a margin of the analog network's.

    Parameters
    ----------
    table : DataFrame
        As `accuracy_over_time` returns, with the analog accuracy known.
    within : float
        Margin; 0.01 is one point.

    Returns
    -------
    int or None
        None if the last step is not within the margin.
    """
    if len(table) == 0 or np.isnan(table["ann"].iloc[-1]):
        return None
    place = stays_from((table["snn"] >= table["ann"] - within).to_numpy())
    return None if place is None else int(table.index[place])


def stays_from(near: np.ndarray) -> int | None:
    """Return the first place from which all truth values are True; None if the last one is not."""
    if len(near) == 0 or not near[-1]:
        return None
    far = np.nonzero(~near)[0]
    return int(far[-1]) + 1 if len(far) else 0


def wilson(right: float, samples: int, errors: float = 1.96) -> tuple[float, float]:
    """Interval of a share, by Wilson: honest also near 0 and 1, where it stays within both.

    With p the share, n the samples and z the standard errors::

        (p + z^2 / 2n  +-  z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)

    Parameters
    ----------
    right : float
        Samples that are right.
    samples : int
    errors : float
        Standard errors to either side; 1.96 is 95 %.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
       J. Am. Stat. Assoc. 22(158), 1927.
    """
    share, more = right / samples, errors**2 / samples
    centre = share + more / 2
    spread = errors * math.sqrt(share * (1 - share) / samples + more / (4 * samples))
    return max(0.0, (centre - spread) / (1 + more)), min(1.0, (centre + spread) / (1 + more))
