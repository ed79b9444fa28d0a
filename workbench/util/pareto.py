"""Which points no other one beats."""

from __future__ import annotations

import numpy as np


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
