"""What a caller gives besides the network: options of the target, samples and labels, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.errors import DataError, ExportError, SettingsError
from workbench.exporters.target import OF_EVERY_EXPORT, Target
from workbench.network.spiking import SpikingNetwork
from workbench.setting import Settings, refuse_unknown
from workbench.setting_values import plain
from workbench.settings import Simulation
from workbench.util.labels import are_targets, class_numbers, read_labels, target_values

_ACCEPTED = {
    "samples": "numbers in an array of shape (samples, *input shape), at least one sample",
    "labels": "class numbers in an array of shape (samples,), one for each sample",
}
_LEAST_AXES = {"samples": 2, "labels": 1}


def check_options(
    target: Target, given: Mapping[str, Any]
) -> tuple[Settings, dict[str, np.ndarray | None]]:
    """Return the options of a target, and the arrays `samples` and `labels`, where they are given.

    Raises
    ------
    ExportError
        If the target has no such option, or a value is not accepted.
    """
    arrays, values = {}, {}
    try:
        known = (*OF_EVERY_EXPORT, *target.declared)
        refuse_unknown(f"The export target {target.name!r}", given, known, "option")
        for name, value in given.items():
            if name in OF_EVERY_EXPORT:
                arrays[name] = _array(name, value)
            else:
                values[name] = target.declared[name].values.check(name, plain(value))
        return target.options(**values), arrays
    except SettingsError as error:
        raise ExportError(str(error)) from error


def check_steps(steps: int) -> int:
    """Return time steps that a simulation may have.

    Raises
    ------
    ExportError
        If it may not.
    """
    try:
        return Simulation(steps=steps).steps
    except SettingsError as error:
        raise ExportError(str(error)) from error


def _array(name: str, value: Any) -> np.ndarray | None:
    if value is None:
        return None
    accepted = _ACCEPTED[name]
    try:
        array = np.asanyarray(value)  # pixels keep their units
    except ValueError as error:
        raise ExportError(f"{name} is ragged; accepted: {accepted}.") from error
    numbers = array.dtype.kind in "fiub" and array.ndim >= _LEAST_AXES[name]
    if not numbers or (name == "samples" and not len(array)):
        told = f"of shape {array.shape} and type {array.dtype}" if array.ndim else repr(value)
        raise ExportError(f"{name} is {told}; accepted: {accepted}.")
    return array


def check_samples(
    network: SpikingNetwork, samples: np.ndarray | None, labels: np.ndarray | None
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return samples in the network's units, and labels or targets, checked to fit it.

    Raises
    ------
    DataError
        If the samples do not fit the network.
    ExportError
        If there are labels without samples, not one per sample, or of no output.
    """
    if samples is None:
        if labels is not None:
            raise ExportError("There are labels but no samples; give both, or samples alone.")
        return None, None
    network.encode(samples)
    samples = np.asarray(network.take_samples(samples))
    if labels is None:
        return samples, None
    try:
        named = "labels", f"'{network.name}'"
        read = target_values if _are_targets(network, labels) else class_numbers
        return samples, read(labels, len(samples), network.classes, *named)
    except DataError as error:
        raise ExportError(str(error)) from error


def _are_targets(network: SpikingNetwork, labels: np.ndarray) -> bool:
    rows = read_labels(labels, "labels")
    return are_targets(rows, network.classes) and rows[:1].size == network.classes
