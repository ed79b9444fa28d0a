"""What a layer sent in a window of the event engine, as planes and as lists of spikes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.simulation.session import Events

PAYLOAD = np.dtype(np.int16)
"""Of planes whose spikes have payloads; the spikes of others are 1, and their planes are bytes."""

_SINGLE = np.dtype(np.uint8)


def plane_type(signed: bool) -> np.dtype:
    """Return what a layer's planes consist of."""
    return PAYLOAD if signed else _SINGLE


@dataclass(frozen=True)
class SpikeWindow:
    """Spikes of a layer in a window.

    Parameters
    ----------
    plane : ndarray of `plane_type`, shape (steps, units + spare)
        Payloads of spikes.
    per_step : ndarray of int, shape (steps,)
        Number of spikes, whatever their payloads.
    """

    plane: np.ndarray
    per_step: np.ndarray

    @property
    def signed(self) -> bool:
        """Whether payloads may be below 0, or differ."""
        return self.plane.dtype == PAYLOAD

    @property
    def end(self) -> int:
        """Number of steps up to the last spike."""
        if self.per_step[-1]:
            return len(self.per_step)
        return int(np.flatnonzero(self.per_step).max(initial=-1)) + 1

    def part(self, steps: slice) -> SpikeWindow:
        """Return some of the steps."""
        return SpikeWindow(self.plane[steps], self.per_step[steps])

    @property
    def spikes(self) -> int:
        """Number of spikes."""
        return int(self.per_step.sum())


def net_counts(plane: np.ndarray, size: int) -> np.ndarray:
    """Sums of payloads after every step of a window; int32, shape (steps, units)."""
    return plane[:, :size].cumsum(axis=0, dtype=np.int32)


def listed(plane: np.ndarray, size: int, first_step: int) -> tuple[np.ndarray, ...]:
    """List single spikes in order: step and unit, and their payloads where these may differ."""
    # Found in one run of truth values: five times as fast as in rows of a wider plane.
    step, unit = np.divmod(np.flatnonzero(plane[:, :size] != 0), max(1, size))
    if plane.dtype != PAYLOAD:
        return step + first_step, unit
    return step + first_step, unit, plane[step, unit].astype(np.int64)


def gathered(lists: list[list[tuple[np.ndarray, ...]]], *, signed: bool) -> Events:
    """Join the parts of all samples, which are in order; as `Window.spikes` has them."""
    nothing = (np.zeros(0, np.int64),) * (3 if signed else 2)
    sample = [np.full(len(part[0]), i) for i, parts in enumerate(lists) for part in parts]
    parts = [nothing, *(part for one in lists for part in one)]
    joined = (np.concatenate(column) for column in zip(*parts, strict=True))
    return np.concatenate([nothing[0], *sample]), *joined
