"""Where accuracy was lost, what it cost, and what wins it back, as one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from workbench.conversion.rewriting import rewritten_for
from workbench.datasets.dataset import Dataset
from workbench.errors import DataError
from workbench.methods.advice import Advice, Adviser
from workbench.methods.attribution import BATCH, PRICED, Attribution, attributed
from workbench.methods.calibration import calibrated
from workbench.methods.score import scored
from workbench.network.graph import Network
from workbench.network.samples import given_samples
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate
from workbench.util.stored_samples import Samples, first

Progress = Callable[[int, int], None]

EXPECTED_CHANGES = 10
"""Settings that are tried, about; for the progress until it is known."""

NOTABLE = 0.5
"""Points that a layer loses at least where advice is looked for."""


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """Where accuracy was lost, and for each row of its table what wins it back.

    Parameters
    ----------
    attribution : Attribution
    advice : tuple of Advice or None
        One for each layer of the attribution, the input and the readout included.
    samples : int
    labelled : bool
        Whether there were labels or targets; else the analog network's outputs count.
    """

    attribution: Attribution
    advice: tuple[Advice | None, ...]
    samples: int
    labelled: bool

    @property
    def table(self) -> pd.DataFrame:
        """What `attribute` returns."""
        table = self.attribution.table()
        table["advice"] = [each.text if each else "" for each in self.advice]
        table["measured_gain"] = [each.gain if each else np.nan for each in self.advice]
        return table


def attribute(
    network: Network,
    spiking: SpikingNetwork,
    x: Samples,
    y: ArrayLike | None = None,
    simulation: Simulation | None = None,
    *,
    calibration: Samples | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Say where the spiking network loses accuracy, layer by layer and cause by cause.

    Parameters
    ----------
    network : Network
        The analog network that was converted.
    spiking : SpikingNetwork
    x : ndarray or StoredSamples, shape (samples, *input shape)
        A few hundred are enough. Where advice is asked for, not those of the final test, on which
        no setting may be chosen.
    y : array_like, optional
        Labels, or the targets of a regression. Without them, the agreement with the analog
        network counts.
    simulation : Simulation, optional
        100 steps of constant input by default; codes in which layers take turns have a length of
        their own.
    calibration : ndarray or StoredSamples, optional
        What the network was converted with. Given it, other settings are tried, and those that
        help are advised with the gain that was measured on `x`.
    progress : callable, optional
        Called with (samples done, samples in all), a sample counting once more for each of the
        settings that are tried; how many these are is known once the losses are. What it raises
        ends the work.

    Returns
    -------
    DataFrame
        A row for the input, for each layer, and for the readout at the end:

        - points: change of the accuracy, in percentage points, that arises there; below 0 where
          accuracy is lost. All rows add up to that of the spiking network less that of the analog
          one. Of a regression, change of the mean squared error.
        - encoding, rounding (of weights), calibration (of biases), clipping, quantization,
          unevenness, pooling, readout: the same by cause.
        - magnitude, signed: mean absolute and mean difference of the decoded activations from
          the analog ones, in units of the layer's scale (of a softmax's inputs without their mean
          over the classes, which it ignores); calibration_size, clipping_size, quantization_size,
          unevenness_size, pooling_size, inherited_size, unevenness_signed: of single terms.
        - saturated, silent: share of neurons, over all samples, that sent all they can (plain ones
          spiked at every step), and nothing.
        - correlation: Pearson correlation of the decoded and the analog activations.
        - advice, measured_gain: settings that help against the cause of the largest loss, and
          what they win on the whole; empty where nothing that was tried helps, or nothing was.

        ``attrs`` holds ann, snn and unit ("points" or "mse").

    Raises
    ------
    DataError
        If the spiking network was not made from this one, or samples or labels do not fit.

    Notes
    -----
    `workbench.methods.attribution` defines the terms. Where layers take turns (codes other than
    "rate"), what is lost, besides the rounding of inputs and weights, is clipping and quantization
    alone, and with the code "ttfs" clipping.
    """
    given = x, y, simulation
    return diagnosed(network, spiking, *given, calibration=calibration, progress=progress).table


def samples_for_choosing(data: Dataset, samples: int) -> tuple[Samples, np.ndarray | None, str]:
    """Return the first samples by which settings may be chosen, with their labels, and their name.

    Validation samples where there are some, else training samples; never those of the test.

    Raises
    ------
    DataError
        If there are none.
    """
    part = "train" if data.x_validation is None else "validation"
    x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
    if len(x) == 0:
        raise DataError(
            f"{data.name}.x_{part} holds no samples, and no setting may be chosen by those of the "
            "test. Give samples apart from those, as x_validation."
        )
    x = first(x, samples)
    return x, None if y is None else y[: len(x)], "validation" if part != "train" else "training"


def diagnosed(
    network: Network,
    spiking: SpikingNetwork,
    x: Samples,
    y: ArrayLike | None = None,
    simulation: Simulation | None = None,
    *,
    calibration: Samples | None = None,
    progress: Progress | None = None,
) -> Diagnosis:
    """Return what `attribute` puts into a table; parameters and errors are the same."""
    if not isinstance(spiking, SpikingNetwork):
        raise DataError(
            f"A {type(spiking).__name__} has no spikes to trace; accepted: what wb.convert "
            "returned for the analog network."
        )
    x = given_samples(x, "x_test", spiking)
    settings = simulation or Simulation()
    rewritten = rewritten_for(network, spiking.conversion)
    labels = None if y is None else np.asarray(y)
    trials = 0 if calibration is None else EXPECTED_CHANGES

    def tell(done: int, total: int) -> None:
        if progress is not None:
            progress(done, total + trials * total)

    found = attributed(network, rewritten, spiking, x, labels, settings, tell)
    advice: tuple[Advice | None, ...] = (None,) * len(found.layers)
    if calibration is not None:
        advice = _advice(network, spiking, x, labels, settings, found, calibration, progress)
    return Diagnosis(found, advice, len(x), labels is not None)


def _advice(
    network: Network,
    spiking: SpikingNetwork,
    x: Samples,
    labels: np.ndarray | None,
    settings: Simulation,
    found: Attribution,
    calibration: Samples,
    progress: Progress | None,
) -> tuple[Advice | None, ...]:
    """Return what helps most against the largest loss of each row, if anything does."""
    samples = given_samples(calibration, "calibration", network)
    planned = tried = 0

    def tell(done: int) -> None:
        if progress is not None:
            progress((1 + tried) * len(x) + done, (1 + max(planned, tried + 1)) * len(x))

    def measure(conversion: Conversion, simulation: Simulation) -> float:
        nonlocal tried
        tell(0)
        changed = spiking
        if conversion != spiking.conversion:
            changed = calibrated(network, samples, conversion, lambda _step: tell(0))
        unrecorded = replace(simulation, record=(), record_potentials=(), batch_size=BATCH)
        run = simulate(changed, x, unrecorded, lambda done, _total: tell(done))
        tried += 1
        return scored(network, run, x, labels)

    sign = -1 if found.unit == "mse" else 1
    adviser = Adviser((spiking.conversion, settings), measure, found.snn, sign)
    least = NOTABLE if found.unit == "points" else 0.1 * abs(found.snn - found.ann)
    causes: list[str] = []
    for terms in found.layers.values():
        losses = {cause: -sign * terms.points[cause] for cause in PRICED}
        cause = max(losses, key=lambda cause: losses[cause])
        causes.append(cause if losses[cause] >= max(least, 1e-12) else "")
    planned = adviser.planned(filter(None, causes))
    rows = tuple(adviser.best(cause) if cause else None for cause in causes)
    if progress is not None:
        progress((1 + tried) * len(x), (1 + tried) * len(x))
    return rows
