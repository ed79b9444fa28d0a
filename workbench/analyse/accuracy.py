"""Accuracy against time, from one run."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.errors import DataError


def check_labels(labels: np.ndarray, samples: int, classes: int) -> np.ndarray:
    """Return labels as whole numbers, refusing a wrong number or range."""
    labels = np.asarray(labels)
    if labels.dtype.kind not in "biuf":
        raise DataError(
            f"Labels have type {labels.dtype}; whole class numbers are needed. Number the classes."
        )
    if labels.shape != (samples,):
        raise DataError(
            f"Labels have shape {labels.shape}; {samples} samples need ({samples},). "
            "Give one class number per sample."
        )
    if labels.size and not (np.equal(np.mod(labels, 1), 0)).all():
        raise DataError("Labels must be whole class numbers, not probabilities or one-hot rows.")
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        raise DataError(
            f"Labels range from {labels.min():g} to {labels.max():g}; the network has classes "
            f"0 to {classes - 1}. Renumber the labels or use another network."
        )
    return labels.astype(np.int64)


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
    below = (table["snn"] < table["ann"] - within).to_numpy()
    if len(below) == 0 or below[-1] or np.isnan(table["ann"].iloc[-1]):
        return None
    last_below = np.nonzero(below)[0]
    return int(table.index[last_below[-1] + 1 if len(last_below) else 0])
