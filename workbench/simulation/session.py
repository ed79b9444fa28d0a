"""What every engine offers: a batch of samples that advances by windows of steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from workbench.network.spiking import SpikingNetwork
from workbench.simulation.encoders import InputStream
from workbench.simulation.neuron_options import Dynamics

Events = tuple[np.ndarray, ...]
"""Sample, step and unit of single spikes; of signed populations, also the payload of each."""

Cancelled = Callable[[], bool]


def never() -> bool:
    """Say that work is not cancelled."""
    return False


def ordered(events: Events) -> Events:
    """Sort events by sample, step and unit; costs little where they are in order already."""
    sample, step, unit = events[:3]
    rises = sample[1:] > sample[:-1]
    rises |= (sample[1:] == sample[:-1]) & (step[1:] > step[:-1])
    rises |= (sample[1:] == sample[:-1]) & (step[1:] == step[:-1]) & (unit[1:] > unit[:-1])
    if rises.all():
        return events
    order = np.lexsort((unit, step, sample))
    return tuple(part[order] for part in events)


@dataclass(frozen=True, eq=False)
class Batch:
    """Samples that are simulated together, and how: what every engine is given.

    Parameters
    ----------
    network : SpikingNetwork
    stream : InputStream
    record, traced : tuple of layer names
        Layers of which spikes, and of which potentials are listed.
    steps : int
        Steps that will be run in all; the range of potentials is proven for these.
    dynamics : dict of population name to Dynamics
        Of all populations with a membrane.
    delay_steps : int
        Steps that a layer's spikes take to the next.
    threads : int or None
        Threads of the event engine.
    weighed : tuple of (layer, ndarray of int64, shape (units,))
        Weights of single units whose sums over spikes windows have as `Window.weighed`; the event
        engine adds them up on the way.
    """

    network: SpikingNetwork
    stream: InputStream
    record: tuple[str, ...]
    traced: tuple[str, ...]
    steps: int
    dynamics: dict[str, Dynamics]
    delay_steps: int = 0
    threads: int | None = None
    weighed: tuple[tuple[str, np.ndarray], ...] = ()

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(self.stream.encoded)


@dataclass(frozen=True, eq=False, repr=False)
class Window:
    """What happened to some samples during some steps.

    Parameters
    ----------
    samples : range
        Samples of the run that this window is about.
    start, stop : int
        Steps ``start`` to ``stop - 1``.
    spikes : dict of layer to (sample, step, unit)
        Single spikes of the recorded layers, int64, ordered by sample, step and unit; samples
        and steps are counted from the start of the run. Signed layers have a fourth array, the
        payload of each spike: 1 or -1, or other integers of graded spikes.
    spike_counts : dict of layer to ndarray of int32, shape (samples, steps)
        Spikes per sample and step, of all layers, those of either sign.
    output_counts : ndarray of int32, shape (samples, steps, classes)
        Sums of the outputs' payloads since step 0; with `Simulation.readout_after`, those
        after that step.
    output_potentials : ndarray of int64, shape (samples, steps, classes)
        Membrane potentials of the output after each step, in grid units; with
        `Simulation.readout_after`, of an output that is read by them: the initial ones, and what
        has been gathered since.
    potentials : dict of layer to ndarray of int64, shape (samples, steps, units)
        Those of the layers of which they are recorded.
    counts, sent : dict of layer to ndarray of int32, shape (samples, units)
        As of a `Session`, of a batch's last window; empty before.
    times : dict of layer to ndarray of float64, shape (spikes,)
        Of `spikes`, in windows, where time is continuous (code "ttfs"); else empty.
    early : dict of layer to int
        With that code, neurons that reached their threshold before their window; of a batch's
        first window.
    weighed : tuple of ndarray of int64, shape (samples, steps)
        Where that is asked for: the weights of the units that spike, added up.
    """

    samples: range
    start: int
    stop: int
    spikes: dict[str, Events]
    spike_counts: dict[str, np.ndarray]
    output_counts: np.ndarray
    output_potentials: np.ndarray
    potentials: dict[str, np.ndarray]
    counts: dict[str, np.ndarray] = field(default_factory=dict)
    sent: dict[str, np.ndarray] = field(default_factory=dict)
    times: dict[str, np.ndarray] = field(default_factory=dict)
    early: dict[str, int] = field(default_factory=dict)
    weighed: tuple[np.ndarray, ...] = ()

    def __repr__(self) -> str:
        spikes = sum(int(counts.sum()) for counts in self.spike_counts.values())
        return (
            f"Window: steps {self.start} to {self.stop - 1} of {len(self.samples)} samples, "
            f"{spikes:,} spikes"
        )


class Session(Protocol):
    """A batch under simulation."""

    @property
    def counts(self) -> dict[str, np.ndarray]:
        """Sums of payloads per unit since step 0 of every layer, which are spikes where all
        payloads are 1, or layers take turns; int32, shape (samples, units)."""
        ...

    sent: dict[str, np.ndarray]
    """Spikes per unit since step 0 of the signed layers, whatever their payloads; int32, shape
    (samples, units)."""

    def advance(self, steps: int, cancelled: Cancelled = never) -> Window:
        """Simulate some more steps of all samples; the window counts samples from 0.

        When `cancelled` turns true on the way, the work stops early, and neither the window nor
        the session is of use any more.
        """
        ...
