"""The table of targets, and what each of them is given."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.errors import ExportError
from workbench.export.destination import Destination
from workbench.export.report import Parity
from workbench.network.spiking import SpikingNetwork
from workbench.registry import Handlers

Events = tuple[np.ndarray, np.ndarray, np.ndarray]
Simulate = Callable[[SpikingNetwork, np.ndarray, int], dict[str, Events]]
"""The workbench's simulator with constant input: network, samples, steps -> spikes of every
layer as (sample, step, unit)."""

Outcome = tuple[Parity, tuple[str, ...]]


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


def check_options(name: str, handler: Callable[..., Outcome], options: dict[str, Any]) -> None:
    """Refuse options that a target does not have."""
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


def check_samples(
    network: SpikingNetwork, samples: np.ndarray | None, labels: np.ndarray | None
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return samples and labels as arrays that fit the network and each other.

    Raises
    ------
    DataError
        If the samples do not fit the network.
    ExportError
        If there are labels without samples, or not one per sample.
    """
    if samples is None:
        if labels is not None:
            raise ExportError("There are labels but no samples; give both, or samples alone.")
        return None, None
    samples = np.asarray(samples)
    if samples.dtype.kind not in "fiub" or len(samples) == 0:
        raise ExportError(
            f"The samples are an array of {samples.dtype} with shape {samples.shape}; give at "
            "least one sample, as numbers."
        )
    network.encode(samples)
    if labels is None:
        return samples, None
    labels = np.asarray(labels)
    if labels.shape != (len(samples),):
        raise ExportError(
            f"The labels have shape {labels.shape}; {len(samples)} samples need one class number "
            f"each, shape ({len(samples)},)."
        )
    return samples, labels.astype(np.int64)


def probe(network: SpikingNetwork, samples: np.ndarray | None, count: int) -> np.ndarray:
    """Samples on which an export is checked: the first given ones, else seeded noise."""
    if samples is not None:
        return samples[:count]
    generator = np.random.default_rng(0)
    return generator.random((count, *network.input_shape)) * network.input_scale
