"""The table of targets, and what each of them is given."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.errors import DataError, ExportError
from workbench.exporters.export_report import Parity
from workbench.exporters.output_files import Destination
from workbench.network.spiking import SpikingNetwork
from workbench.util.handlers import Handlers
from workbench.util.labels import are_targets, class_numbers, read_labels, target_values

Events = tuple[np.ndarray, ...]
Simulate = Callable[[SpikingNetwork, np.ndarray, int], dict[str, Events]]
"""The workbench's simulator with constant input: network, samples, steps -> spikes of every
layer as (sample, step, unit), of signed layers with the signs besides."""

LARGEST_COUNT = 1_000_000
LONGEST_S = 86_400


@dataclass(frozen=True)
class Outcome:
    """What every target gives back.

    Parameters
    ----------
    parity : Parity
    notes : tuple of str
        What a user of the files should know.
    run : str
        Lines that run or load the files where they will lie.
    """

    parity: Parity
    notes: tuple[str, ...]
    run: str


@dataclass(frozen=True)
class Request:
    """What every target gets.

    Parameters
    ----------
    network : SpikingNetwork
    destination : Destination
    simulate : callable or None
        The simulator to compare with.
    """

    network: SpikingNetwork
    destination: Destination
    simulate: Simulate | None

    @property
    def name(self) -> str:
        """Name of the files, without folder and suffix."""
        return self.destination.name


TARGETS: Handlers[Callable[..., Outcome]] = Handlers("export")


def target(name: str) -> Callable[..., Outcome]:
    """Return the function that writes for a target.

    Raises
    ------
    ExportError
        If there is no such target.
    """
    handler = TARGETS.get(name)
    if handler is None:
        raise ExportError(
            f"There is no export target {name!r}; accepted: {', '.join(TARGETS.kinds)}."
        )
    return handler


def check_options(
    name: str, handler: Callable[..., Outcome], options: dict[str, Any]
) -> dict[str, Any]:
    """Return the options of a target as the plain values that it takes.

    Raises
    ------
    ExportError
        If the target has no such option, or a value is not of the kind that is accepted.
    """
    accepted = [
        p.name
        for p in inspect.signature(handler).parameters.values()
        if p.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    unknown = sorted(set(options) - set(accepted))
    if unknown:
        raise ExportError(
            f"The export target '{name}' has no option {', '.join(unknown)}; "
            f"it has {', '.join(accepted)}."
        )
    return {option: _CHECKS[option](option, value) for option, value in options.items()}


def _whole(option: str, value: Any) -> int:
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or not 1 <= value <= LARGEST_COUNT:
        raise ExportError(f"{option} is {value!r}; accepted: integers from 1 to {LARGEST_COUNT:,}.")
    return int(value)


def _seconds(option: str, value: Any) -> float:
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not real or not 0 < value <= LONGEST_S:
        raise ExportError(f"{option} is {value!r}; accepted: numbers above 0, up to {LONGEST_S:,}.")
    return float(value)


def _word(option: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ExportError(f"{option} is {value!r}; accepted: a name.")
    return value


def _program(option: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ExportError(f"{option} is {value!r}; accepted: the path of a program.")
    return value


def _samples(option: str, value: Any) -> np.ndarray | None:
    accepted = "numbers in an array of shape (samples, *input shape), at least one sample"
    array = _array(option, value, accepted)
    if array is not None and (array.dtype.kind not in "fiub" or array.ndim < 2 or not len(array)):
        raise _not_accepted(option, value, array, accepted)
    return array


def _labels(option: str, value: Any) -> np.ndarray | None:
    accepted = "class numbers in an array of shape (samples,), one for each sample"
    array = _array(option, value, accepted)
    if array is not None and (array.dtype.kind not in "fiub" or array.ndim == 0):
        raise _not_accepted(option, value, array, accepted)
    return array


def _array(option: str, value: Any, accepted: str) -> np.ndarray | None:
    if value is None:
        return None
    try:
        return np.asanyarray(value)  # pixels keep their units
    except ValueError as error:
        raise ExportError(f"{option} is ragged; accepted: {accepted}.") from error


def _not_accepted(option: str, value: Any, array: np.ndarray, accepted: str) -> ExportError:
    given = f"of shape {array.shape} and type {array.dtype}" if array.ndim else repr(value)
    return ExportError(f"{option} is {given}; accepted: {accepted}.")


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "samples": _samples,
    "labels": _labels,
    "parity_samples": _whole,
    "parity_steps": _whole,
    "parity_timeout_s": _seconds,
    "chip": _word,
    "reader": _word,
    "lava_python": _program,
    "lava_timeout_s": _seconds,
}
"""How the options of all targets are checked, by name."""

PROGRAMS = frozenset(option for option, check in _CHECKS.items() if check is _program)
"""Options that choose a program which the check starts: not for viewers of a dashboard."""


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


def probe(network: SpikingNetwork, samples: np.ndarray | None, count: int) -> np.ndarray:
    """Samples on which an export is checked: the first given ones, else seeded noise."""
    if samples is not None:
        return samples[:count]
    generator = np.random.default_rng(0)
    return generator.random((count, *network.input_shape)) * network.input_scale
