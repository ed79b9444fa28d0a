"""What a layer sent in a window of the event engine, as bytes and as lists of spikes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.simulation.session import Events


@dataclass(frozen=True)
class SpikeWindow:
    """Spikes of a layer in a window.

    Parameters
    ----------
    plane : ndarray of uint8, shape (steps, units + spare)
    per_step : ndarray of int, shape (steps,)
        Number of spikes.
    back : SpikeWindow or None
        Spikes of -1, where the layer is signed; `plane` then holds those of 1 alone.
    """

    plane: np.ndarray
    per_step: np.ndarray
    back: SpikeWindow | None = None


def net_counts(plane: np.ndarray, back: np.ndarray | None, size: int) -> np.ndarray:
    """Sums of spikes after every step of a window; int32, shape (steps, units)."""
    total = plane[:, :size].cumsum(axis=0, dtype=np.int32)
    return total if back is None else total - back[:, :size].cumsum(axis=0, dtype=np.int32)


def listed(
    plane: np.ndarray, back: np.ndarray | None, size: int, first_step: int
) -> tuple[np.ndarray, ...]:
    """List single spikes in order: step and unit, and their signs where these may differ."""
    if back is None:
        step, unit = np.nonzero(plane[:, :size])
        return step + first_step, unit
    sent = plane[:, :size].astype(np.int8) - back[:, :size].astype(np.int8)
    step, unit = np.nonzero(sent)
    return step + first_step, unit, sent[step, unit].astype(np.int64)


def gathered(lists: list[list[tuple[np.ndarray, ...]]], *, signed: bool) -> Events:
    """Join the parts of all samples, which are in order; as `Window.spikes` has them."""
    nothing = (np.zeros(0, np.int64),) * (3 if signed else 2)
    sample = [np.full(len(part[0]), i) for i, parts in enumerate(lists) for part in parts]
    parts = [nothing, *(part for one in lists for part in one)]
    joined = (np.concatenate(column) for column in zip(*parts, strict=True))
    return np.concatenate([nothing[0], *sample]), *joined
