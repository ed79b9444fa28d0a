"""Since which step the answers of a run have been what they are, followed window by window."""

from __future__ import annotations

import numpy as np


class Decisions:
    """The newest answer of each sample, and how long it has held.

    Parameters
    ----------
    samples : int

    Attributes
    ----------
    choice : ndarray of int, shape (samples,)
        Class that leads; -1 where none does.
    """

    def __init__(self, samples: int):
        self.choice = np.full(samples, -1)
        self._changed = np.zeros(samples, np.int64)

    def follow(self, chosen: np.ndarray, start: int) -> None:
        """Go on with the choices after the steps from `start` + 1 on.

        Parameters
        ----------
        chosen : ndarray of int, shape (samples, steps)
            -1 where undecided.
        start : int
        """
        if not chosen.shape[1]:
            return
        changed = np.diff(chosen, axis=1, prepend=self.choice[:, None]) != 0
        last = changed.shape[1] - np.argmax(changed[:, ::-1], axis=1)
        self._changed = np.where(changed.any(axis=1), start + last, self._changed)
        self.choice = chosen[:, -1]

    @property
    def since(self) -> np.ndarray:
        """Step, from 1, from which each choice has stayed as it is; 0 while undecided."""
        return np.where(self.choice >= 0, self._changed, 0)
