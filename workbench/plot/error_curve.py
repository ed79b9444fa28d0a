"""What the plot against time shows of a regression: its mean squared error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.plot.clock import Clock
from workbench.plot.style import thinned


@dataclass(frozen=True, eq=False)
class ErrorCurve:
    """Error of a regression after steps of a run.

    Parameters
    ----------
    mse, r2 : ndarray of float64, shape (kept steps,)
        Mean squared error, in the square of the targets' unit; share of their variance that is
        explained, NaN where they do not vary.
    at_steps : ndarray of int, shape (kept steps,)
        Steps, from 1, after which they are measured: all, or fewer of very many outputs.
    ann_mse, ann_r2 : float
        Those of the analog network.
    spread : float
        Variance of the targets: the error of one who always says their mean.
    samples : int
    steps : int
        Of the whole run.
    dt_ms : float
    windows : int
        Of a run in continuous time; 0 where time is in steps.
    """

    mse: np.ndarray
    r2: np.ndarray
    at_steps: np.ndarray
    ann_mse: float
    ann_r2: float
    spread: float
    samples: int
    steps: int
    dt_ms: float
    windows: int = 0

    @property
    def clock(self) -> Clock:
        """What a step is."""
        return Clock(self.dt_ms, self.windows)


SHOWN_SPREADS = 1.5
"""The first steps of a run are far off; errors up to so many variances of the targets are shown."""


def error_columns(result: ErrorCurve, units: str = "steps") -> dict[str, np.ndarray]:
    """Return columns `x`, `snn` (mean squared error) and `undecided`, the targets' variance.

    One who always said the mean of the targets would have that error: R2 is 0 there.
    """
    shown = thinned(len(result.mse))
    x = result.at_steps[shown] * result.clock.scale(units)
    return {"x": x, "snn": result.mse[shown], "undecided": np.full(len(shown), result.spread)}


def top_of(result: ErrorCurve) -> float:
    """Return the end of the axis: above the variance of the targets, or above all errors."""
    known = 0.0 if np.isnan(result.ann_mse) else result.ann_mse
    highest = float(max(np.max(result.mse, initial=0.0), known))
    if result.spread > 0:
        last = float(result.mse[-1]) if len(result.mse) else 0.0
        highest = max(last, min(highest, SHOWN_SPREADS * result.spread))
        highest = max(highest, 1.15 * result.spread)
    return 1.05 * highest or 1.0


def curve_of(table: pd.DataFrame, *, spread: float, samples: int, clock: Clock) -> ErrorCurve:
    """Return the curve of a table as `Run.error` returns it."""
    last = table.iloc[-1]
    return ErrorCurve(
        mse=table["mse"].to_numpy(float),
        r2=table["r2"].to_numpy(float),
        at_steps=table.index.to_numpy(),
        ann_mse=float(last.get("ann_mse", np.nan)),
        ann_r2=float(last.get("ann_r2", np.nan)),
        spread=spread,
        samples=samples,
        steps=int(table.index[-1]),
        dt_ms=clock.dt_ms,
        windows=clock.windows,
    )
