"""What the plot against time shows of a regression: its mean squared error."""

from __future__ import annotations

import numpy as np

from workbench.ui.plots.style import thinned, time_scale
from workbench.ui.session.results import Errors

SHOWN_SPREADS = 1.5
"""The first steps of a run are far off; errors up to so many variances of the targets are shown."""


def error_columns(result: Errors, units: str = "steps") -> dict[str, np.ndarray]:
    """Return columns `x`, `snn` (mean squared error) and `undecided`, the targets' variance.

    One who always said the mean of the targets would have that error: R2 is 0 there.
    """
    shown = thinned(len(result.mse))
    x = (shown + 1.0) * time_scale(units, result.dt_ms)
    return {"x": x, "snn": result.mse[shown], "undecided": np.full(len(shown), result.spread)}


def top_of(result: Errors) -> float:
    """Return the end of the axis: above the variance of the targets, or above all errors."""
    highest = float(max(np.max(result.mse, initial=0.0), result.ann_mse))
    if result.spread > 0:
        highest = min(highest, SHOWN_SPREADS * result.spread)
        highest = max(highest, 1.15 * result.spread)
    return 1.05 * highest or 1.0
