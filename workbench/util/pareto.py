"""Which points no other one beats in what they cost."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np


def column_of(names: Container[str], cost: str) -> str:
    """Return the column of a sweep that holds a cost: steps are those that a run takes.

    Parameters
    ----------
    names : container of str
        Columns that there are, or the table.
    cost : str
    """
    return "length" if cost == "steps" and "length" in names else cost


def undominated(costs: np.ndarray, losses: np.ndarray) -> np.ndarray:
    """Return the indices of the Pareto front, from the cheapest point to the dearest.

    Parameters
    ----------
    costs, losses : ndarray of float, shape (points,)
        Both are to be small. Of equal points, the first is taken.
    """
    order = np.lexsort((losses, costs))
    best = np.concatenate([[np.inf], np.minimum.accumulate(losses[order])[:-1]])
    chosen: np.ndarray = order[losses[order] < best]
    return chosen


ACCURACY, AGREEMENT = "accuracy", "agreement"


def measure_of(table: Any) -> str:
    """What the column accuracy of a sweep's table holds: without labels, agreement with the ANN."""
    told = {str(value) for value in table.get("labelled", ())}
    return AGREEMENT if "False" in told else ACCURACY
