"""How many points a spiking network is below the analog one, and how sure that is.

Both are tried on the same samples, so only samples count on which one is right and the other wrong:
b where the analog network alone is right, c where the spiking one alone is. The loss is
``(b - c) / n``, and the interval that of Bonett and Price for paired proportions::

    d = (b - c) / (n + 2),  s^2 = ((b + c + 2) / (n + 2) - d^2) / (n + 2),  d +- z s

It is honest also where b and c are 0, of which the plain standard error would be 0.

References
----------
.. [1] D. G. Bonett and R. M. Price, "Adjusted Wald confidence interval for a difference of binomial
   proportions based on paired data", J. Educ. Behav. Stat. 37(4), 2012.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

SURE = 1.96
"""Standard errors from which a difference is clear: 95 %, two-sided."""

CONFIDENCE = 0.95
"""How sure it is that a loss is no larger than its bound."""

CONFIDENT = 1.645
"""Standard errors of `CONFIDENCE`, one-sided."""


@dataclass(frozen=True)
class PairedLoss:
    """Accuracy that is lost on the same samples.

    Parameters
    ----------
    samples : int
    lost, won : int
        Samples on which the analog network alone, and the spiking one alone, is right.
    """

    samples: int = 0
    lost: int = 0
    won: int = 0

    @classmethod
    def of(cls, ann_right: np.ndarray, snn_right: np.ndarray) -> PairedLoss:
        """Compare truth values of the same samples, each of shape (samples,)."""
        lost, won = ann_right & ~snn_right, snn_right & ~ann_right
        return cls(len(ann_right), int(lost.sum()), int(won.sum()))

    def __add__(self, other: PairedLoss) -> PairedLoss:
        return PairedLoss(
            self.samples + other.samples, self.lost + other.lost, self.won + other.won
        )

    @property
    def points(self) -> float:
        """Loss in percentage points."""
        return 100 * (self.lost - self.won) / max(1, self.samples)

    @property
    def error(self) -> float:
        """Standard error in percentage points."""
        n = self.samples + 2
        variance = (self.lost + self.won + 2) / n - ((self.lost - self.won) / n) ** 2
        return 100 * math.sqrt(variance / n)

    @property
    def bound(self) -> float:
        """Percentage points that the true loss does not exceed, with a confidence of 95 %."""
        return 100 * (self.lost - self.won) / (self.samples + 2) + CONFIDENT * self.error

    def is_clearly_above(self, most: float) -> bool:
        """Whether the whole interval lies above so many points."""
        return 100 * (self.lost - self.won) / (self.samples + 2) - SURE * self.error > most
