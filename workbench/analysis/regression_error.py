"""How far decoded outputs are from targets: mean squared error and R2 against time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.accuracy import latency
from workbench.network.readout import values
from workbench.network.recording import Recording


def squared_error(outputs: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """Mean squared error, and R2, the share of the targets' variance that outputs explain.

    Parameters
    ----------
    outputs, targets : ndarray, shape (samples, ...)

    Returns
    -------
    mse : float
        In the square of the targets' unit.
    r2 : float
        ``1 - sum (y - target)^2 / sum (target - mean)^2``, the mean over outputs, of which those
        are left out whose target is the same for all samples. NaN where that is so for every one.
    """
    targets = targets.reshape(len(targets), -1).astype(np.float64)
    squares = (outputs.reshape(targets.shape) - targets) ** 2
    varies = targets.max(axis=0) > targets.min(axis=0)
    if not varies.any():
        return float(squares.mean()), float("nan")
    spread = targets.var(axis=0)[varies]
    return float(squares.mean()), float(np.mean(1 - squares.mean(axis=0)[varies] / spread))


def error_over_time(recording: Recording, targets: np.ndarray) -> pd.DataFrame:
    """Error of the decoded outputs after the steps that the recording keeps.

    Parameters
    ----------
    recording : Recording
    targets : ndarray, shape (samples, outputs)

    Returns
    -------
    DataFrame
        Indexed by step (1 is after the first): mse, r2.
    """
    rows = [
        squared_error(values(recording.network, recording.gathered[:, place], read_for), targets)
        for place, step in enumerate(recording.gathered_steps)
        for read_for in [recording.read_steps(int(step))]
    ]
    index = pd.Index(recording.gathered_steps, name="step")
    return pd.DataFrame(rows, columns=["mse", "r2"], index=index)


def error_latency(table: pd.DataFrame, within: float = 0.01) -> int | None:
    """First step from which R2 stays within a margin of the analog network's.

    Parameters
    ----------
    table : DataFrame
        With the columns r2 and ann_r2, as `Run.error` returns it with the analog network.
    within : float
        0.01 is one percent of the targets' variance.

    Returns
    -------
    int or None
        None if the last step is not within the margin, or R2 is not defined.
    """
    if "ann_r2" not in table or table["r2"].isna().any():
        return None
    return latency(table.rename(columns={"r2": "snn", "ann_r2": "ann"}), within)
