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
        Number of spikes, whatever their payloads.
    back : ndarray of uint8, shape (steps, units + spare), or None
        Absolute payloads of spikes below 0, where the layer is signed; `plane` then holds those
        above 0 alone.
    """

    plane: np.ndarray
    per_step: np.ndarray
    back: np.ndarray | None = None

    def part(self, steps: slice) -> SpikeWindow:
        """Return some of the steps."""
        back = None if self.back is None else self.back[steps]
        return SpikeWindow(self.plane[steps], self.per_step[steps], back)

    @property
    def spikes(self) -> int:
        """Number of spikes."""
        return int(self.per_step.sum())


def net_counts(plane: np.ndarray, back: np.ndarray | None, size: int) -> np.ndarray:
    """Sums of payloads after every step of a window; int32, shape (steps, units)."""
    total = plane[:, :size].cumsum(axis=0, dtype=np.int32)
    return total if back is None else total - back[:, :size].cumsum(axis=0, dtype=np.int32)


def listed(
    plane: np.ndarray, back: np.ndarray | None, size: int, first_step: int
) -> tuple[np.ndarray, ...]:
    """List single spikes in order: step and unit, and their payloads where these may differ."""
    if back is None:
        step, unit = np.nonzero(plane[:, :size])
        return step + first_step, unit
    sent = plane[:, :size].astype(np.int16) - back[:, :size].astype(np.int16)
    step, unit = np.nonzero(sent)
    return step + first_step, unit, sent[step, unit].astype(np.int64)


def gathered(lists: list[list[tuple[np.ndarray, ...]]], *, signed: bool) -> Events:
    """Join the parts of all samples, which are in order; as `Window.spikes` has them."""
    nothing = (np.zeros(0, np.int64),) * (3 if signed else 2)
    sample = [np.full(len(part[0]), i) for i, parts in enumerate(lists) for part in parts]
    parts = [nothing, *(part for one in lists for part in one)]
    joined = (np.concatenate(column) for column in zip(*parts, strict=True))
    return np.concatenate([nothing[0], *sample]), *joined
