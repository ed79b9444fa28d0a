"""The score by which losses are measured: accuracy, agreement with the analog network, or error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbench.network.graph import Network
from workbench.network.recording import Recording
from workbench.network.samples import mean_frames
from workbench.util.labels import are_targets, class_numbers, read_labels, target_values
from workbench.util.stored_samples import Samples

Score = Callable[[np.ndarray, slice], float]
"""From some samples' outputs, or classes, and which these are, to their share of the score."""


def score_of(network: Network, x: Samples, y: np.ndarray | None) -> tuple[Score, str]:
    """Return what some samples' outputs, or classes, add to the score; and the score's unit."""
    given = None if y is None else read_labels(y)
    is_regression = network.classes == 1 if given is None else are_targets(given, network.classes)
    name = f"network '{network.name}'"
    if is_regression:
        wanted = network.forward(x).reshape(len(x), -1) if given is None else given
        targets = target_values(wanted, len(x), network.classes, name=name)

        def error(outputs: np.ndarray, batch: slice) -> float:
            difference = outputs.reshape(len(outputs), -1) - targets[batch]
            return float(np.square(difference).mean(axis=1).sum()) / len(x)

        return error, "mse"
    if given is None:
        labels = network.predictions(x)
    else:
        labels = class_numbers(given, len(x), network.classes, name=name)

    def right(outputs: np.ndarray, batch: slice) -> float:
        chosen = outputs if outputs.ndim == 1 else network.classified(outputs)
        return 100 * float((chosen == labels[batch]).sum()) / len(x)

    return right, "points"


def scored(
    network: Network, recording: Recording, x: Samples, y: np.ndarray | None = None
) -> float:
    """Score of a whole run, as `attributed` measures it.

    Parameters
    ----------
    network : Network
        The analog network.
    recording : Recording
        Of the samples `x`.
    y : ndarray, optional
    """
    settings = recording.settings
    if settings.encoding == "events":
        x = mean_frames(x, settings.steps, recording.network.input_scale)
    score, unit = score_of(network, x, y)
    outputs = recording.outputs() if unit == "mse" else recording.predictions[:, -1]
    return score(outputs, slice(0, len(outputs)))
